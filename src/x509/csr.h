/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/span.h"
#include "x509/name.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One certification request (PKCS#10, RFC 2986) read: who asks, for which names, with which key. A signed certificate
 * finds its request by spki_sha256. Whoever made the request proved that it has the key: the signature is checked.
 * x509/issue.h makes them.
 */
#define CSR_MAX_BYTES ((size_t)64 << 10) /* of a request */

struct csr {
	uint8_t *der; /* owned; the spans borrow from it */
	size_t der_len;
	struct name subject;
	bool has_san;
	struct general_names san; /* what the extension request asks for */
	struct span spki;	  /* SubjectPublicKeyInfo DER */
	uint8_t spki_sha256[SHA256_BYTES];
};
#define CSR_INIT                                                                                   \
	{                                                                                          \
		.der = NULL                                                                        \
	}

/* in: DER, or PEM with one request in it. Errors: csr.corrupt, x509.unsupported_signature, limit.body */
bool csr_parse(struct span in, struct csr *out, struct err *e) MUST_USE;
void csr_clear(struct csr *c);
#define AUTO_CSR AUTO(csr_clear)
