/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"
#include "x509/cert.h"

#include <stdbool.h>

/*
 * Signatures outside TLS, verified by GnuTLS (RSA PKCS#1 and PSS, ECDSA, EdDSA, DSA for old test
 * sets). Pure: same answer for the same bytes; costs 0.1 to 1 ms. Threads  any
 */
enum signature_result { SIGNATURE_GOOD, SIGNATURE_BAD, SIGNATURE_UNSUPPORTED };
enum hash_strength {
	HASH_NONE,
	HASH_MD5 /* and MD2, MD4 */,
	HASH_SHA1,
	HASH_SHA2 /* SHA-224 and better, EdDSA */
};

/* What algorithm (AlgorithmIdentifier DER) hashes with. */
enum hash_strength signature_hash(struct span algorithm);
const char *signature_algorithm_name(struct span algorithm); /* "ecdsa-with-SHA256"; dotted OID when
								unknown: static or "unknown" */

enum signature_result signature_verify(struct span tbs, struct span algorithm,
				       struct span signature, struct span spki);
enum signature_result cert_verify_signed_by(const struct cert *c,
					    const struct cert *issuer); /* key only, no rules */
/* Parameters of the signature's algorithm are as RFC 4055, 5758 and 8410 want them; for PSS with
 * the salt that is declared. For a signature that was found good. */
bool cert_signature_is_exact(const struct cert *c, const struct cert *issuer);
/* True self-signature: names equal and the signature verifies with its own key. Cached by the
 * caller, not here. */
bool cert_is_self_signed(const struct cert *c);
