/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/secret.h"
#include "x509/cert.h"

#include <stdbool.h>

/*
 * Compact JWS (RFC 7515) as commands and publications use it. The algorithm follows from the certificate's key, never
 * from the header: ES256 for P-256, RS256 for RSA of 2048 bits and more (RFC 7518). kid is the lower-case hex SHA-256
 * of the certificate's DER. Judges a signature only: audience, time and sequence are the caller's business.
 * Errors   jws.corrupt (not of this form), jws.signature (does not verify), jws.kid (another key), x509.unsupported_key
 * Threads  any
 */
#define JWS_MAX_BYTES ((size_t)512 << 10) /* of anything signed that an agent is sent */

bool jws_sign(const struct secret *pkcs8, const struct cert *cert, const char *typ,
	      const json_t *payload, struct buf *out, struct err *e) MUST_USE;

/* *payload_out is set only when typ, kid and signature are right. */
bool jws_verify(struct span token, const struct cert *cert, const char *typ, json_t **payload_out,
		struct err *e) MUST_USE;

/* The payload of a token that nobody has verified: for showing only, and for finding out what to verify it with. */
bool jws_peek(struct span token, json_t **header_out, json_t **payload_out, struct err *e) MUST_USE;
