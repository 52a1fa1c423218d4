/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"
#include "x509/signature.h"

#include <stdbool.h>

/*
 * What an AlgorithmIdentifier of a signature says, without any library's word for it: family, digest and, for
 * RSASSA-PSS, its parameters. For x509/signature.c.
 */
enum signature_family {
	FAMILY_RSA,
	FAMILY_RSA_PSS,
	FAMILY_ECDSA,
	FAMILY_DSA,
	FAMILY_ED25519,
	FAMILY_ED448
};
enum digest_kind {
	DIGEST_NONE, /* the family has its own */
	DIGEST_MD2,
	DIGEST_MD4,
	DIGEST_MD5,
	DIGEST_SHA1,
	DIGEST_SHA224,
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512
};

struct signature_algorithm {
	enum signature_family family;
	enum digest_kind digest;
	enum digest_kind mask_digest; /* PSS */
	unsigned salt_len;	      /* PSS, octets */
	bool odd_parameters;	      /* not as RFC 4055, 5758 or 8410 want them */
	const char *name;
};

/* Keys beyond these would make one verification as dear as hundreds. */
#define RSA_MODULUS_MAX_BYTES 2048 /* 16384 bits */
#define RSA_EXPONENT_MAX_BYTES 8   /* 64 bits; everybody uses 65537 */

/* The numbers of an RSAPublicKey (RFC 8017 A.1.1) within those limits. */
bool rsa_public_key_read(struct span octets, struct span *modulus_out, struct span *exponent_out);

/* False: unknown, or parameters that nobody can follow. */
bool signature_algorithm_read(struct span der, struct signature_algorithm *out);

/*
 * RSASSA-PSS. exact_salt: only with the salt that the parameters declare; else with any, since the
 * length is no part of what makes the signature hold (RFC 8017 9.1.2), and encoders get it wrong.
 */
enum signature_result signature_verify_pss(struct span tbs, const struct signature_algorithm *a,
					   struct span signature, struct span key_algorithm,
					   struct span key, bool exact_salt);
