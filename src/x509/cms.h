/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/span.h"
#include "x509/cert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A detached signature over a file: CMS signed-data without content (RFC 5652 section 5), one signer, SHA-256, signed
 * attributes. The file itself is digested as it streams by; only the digest comes here. Whether the signer is to be
 * believed is trust/'s business. A signing time among the attributes is the signer's word and is not looked at.
 *
 * Errors   cms.corrupt, cms.unsupported (content inside, several signers, another digest, no signed attributes),
 *	    cms.no_signer (the signer's certificate is not in it), cms.digest (another file), cms.signature
 * Threads  any; immutable once read
 */
#define CMS_MAX_BYTES ((size_t)1 << 20) /* one detached signature */
#define CMS_CERTS_MAX 64		/* certificates in one signature */

struct cms {
	struct cert *signer;	/* owned reference */
	struct cert_list certs; /* all that came with it; the signer among them */
	uint8_t digest[SHA256_BYTES];
	struct span attributes; /* as they were signed; borrows from kept */
	struct span algorithm;	/* AlgorithmIdentifier of the signature */
	struct span signature;
	uint8_t *kept; /* owned */
};

#define CMS_INIT                                                                                   \
	{                                                                                          \
		.signer = NULL                                                                     \
	}
void cms_clear(struct cms *m);
#define AUTO_CMS AUTO(cms_clear)

/* DER, BER or PEM. out is untouched on failure. */
bool cms_read(struct span in, struct cms *out, struct err *e) MUST_USE;
/* Whether the signer signed the file with this SHA-256. */
bool cms_verify(const struct cms *m, const uint8_t digest[static SHA256_BYTES],
		struct err *e) MUST_USE;

/*
 * Signs the file with this SHA-256, as DER: signed attributes, SHA-256 with RSA or ECDSA, the signer's certificate and
 * chain inside (cms_sign.c).
 * Errors   cms.unsupported (another kind of key), ERR_CRYPTO, ERR_NOMEM
 */
bool cms_sign(const uint8_t digest[static SHA256_BYTES], const struct cert *signer,
	      const struct cert_list *chain, const struct secret *pkcs8, struct buf *out,
	      struct err *e) MUST_USE;
