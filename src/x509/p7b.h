/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "x509/bag.h"
#include "x509/cert.h"

#include <stdbool.h>

/*
 * P7B: certificates and lists in a signed-data (RFC 5652 5.1), mostly without content and signatures. Signatures that
 * are there are not looked at: what a P7B says about its certificates is nothing.
 * Errors  p7b.corrupt, p7b.empty, x509.corrupt with the member's number, limit.body
 */
#define P7B_MAX_BYTES ((size_t)32 << 20) /* of a P7B file */

bool p7b_looks_like(struct span in);
bool p7b_read(struct span in, struct bag *out, struct err *e) MUST_USE;
bool p7b_write(const struct cert_list *certs, struct buf *out, struct err *e) MUST_USE; /* DER */
