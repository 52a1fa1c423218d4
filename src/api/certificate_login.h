/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "api/call.h"
#include "core/access/account_certificates.h"

/*
 * Who a client certificate is. Only a chain that the door accepted in this request counts, under the
 * present trust generation; where the path asks for no certificate, there is nobody.
 */
bool api_certificate_match(const struct http_call *call, struct core *core, struct cert_match *out,
			   struct err *e) MUST_USE;
/* 403.12, kept as a record. */
void api_refuse_mapping(struct http_call *call, const char *why);
void api_identity_of_match(const struct cert_match *m, struct identity *out);
/* session.c: cookie and answer of a session that was opened; for handlers. */
bool api_session_opened(struct api_call *c, const struct secret *cookie, struct err *e) MUST_USE;
