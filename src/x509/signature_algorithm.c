/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/signature_algorithm.h"

#include "base/attr.h"
#include "x509/der.h"
#include "x509/oid.h"

#define SALT_MAX 512 /* octets of salt in a PSS signature; no key is long enough for more */

struct algorithm_row {
	struct span oid;
	enum signature_family family;
	enum digest_kind digest;
	const char *name;
};

struct digest_row {
	struct span oid;
	enum digest_kind digest;
};

#define LITERAL(s)                                                                                 \
	{                                                                                          \
		(const uint8_t *)(s), sizeof(s) - 1                                                \
	}
#define PKCS1(last) LITERAL("\x2a\x86\x48\x86\xf7\x0d\x01\x01" last)
#define ECDSA(last) LITERAL("\x2a\x86\x48\xce\x3d\x04" last)
#define NIST_ALGORITHM(rest) LITERAL("\x60\x86\x48\x01\x65\x03\x04" rest)

static const struct algorithm_row algorithms[] = {
	{PKCS1("\x0b"), FAMILY_RSA, DIGEST_SHA256, "sha256WithRSAEncryption"},
	{ECDSA("\x03\x02"), FAMILY_ECDSA, DIGEST_SHA256, "ecdsa-with-SHA256"},
	{PKCS1("\x0c"), FAMILY_RSA, DIGEST_SHA384, "sha384WithRSAEncryption"},
	{PKCS1("\x0d"), FAMILY_RSA, DIGEST_SHA512, "sha512WithRSAEncryption"},
	{PKCS1("\x0e"), FAMILY_RSA, DIGEST_SHA224, "sha224WithRSAEncryption"},
	{PKCS1("\x0a"), FAMILY_RSA_PSS, DIGEST_SHA1, "RSASSA-PSS"},
	{PKCS1("\x05"), FAMILY_RSA, DIGEST_SHA1, "sha1WithRSAEncryption"},
	{LITERAL("\x2b\x0e\x03\x02\x1d"), FAMILY_RSA, DIGEST_SHA1, "sha1WithRSA"},
	{PKCS1("\x04"), FAMILY_RSA, DIGEST_MD5, "md5WithRSAEncryption"},
	{PKCS1("\x03"), FAMILY_RSA, DIGEST_MD4, "md4WithRSAEncryption"},
	{PKCS1("\x02"), FAMILY_RSA, DIGEST_MD2, "md2WithRSAEncryption"},
	{ECDSA("\x03\x03"), FAMILY_ECDSA, DIGEST_SHA384, "ecdsa-with-SHA384"},
	{ECDSA("\x03\x04"), FAMILY_ECDSA, DIGEST_SHA512, "ecdsa-with-SHA512"},
	{ECDSA("\x03\x01"), FAMILY_ECDSA, DIGEST_SHA224, "ecdsa-with-SHA224"},
	{ECDSA("\x01"), FAMILY_ECDSA, DIGEST_SHA1, "ecdsa-with-SHA1"},
	{LITERAL("\x2b\x65\x70"), FAMILY_ED25519, DIGEST_NONE, "Ed25519"},
	{LITERAL("\x2b\x65\x71"), FAMILY_ED448, DIGEST_NONE, "Ed448"},
	{LITERAL("\x2a\x86\x48\xce\x38\x04\x03"), FAMILY_DSA, DIGEST_SHA1, "dsa-with-SHA1"},
	{NIST_ALGORITHM("\x03\x01"), FAMILY_DSA, DIGEST_SHA224, "dsa-with-SHA224"},
	{NIST_ALGORITHM("\x03\x02"), FAMILY_DSA, DIGEST_SHA256, "dsa-with-SHA256"},
};

static const struct digest_row digests[] = {
	{NIST_ALGORITHM("\x02\x01"), DIGEST_SHA256},	{NIST_ALGORITHM("\x02\x02"), DIGEST_SHA384},
	{NIST_ALGORITHM("\x02\x03"), DIGEST_SHA512},	{NIST_ALGORITHM("\x02\x04"), DIGEST_SHA224},
	{LITERAL("\x2b\x0e\x03\x02\x1a"), DIGEST_SHA1},
};

/* HashAlgorithm: an identifier with NULL or nothing behind it. */
static bool read_digest(struct der *d, enum digest_kind *out)
{
	struct der algorithm;
	struct span oid, null;
	if (!der_enter(d, DER_SEQUENCE, &algorithm) || !der_get(&algorithm, DER_OID, &oid))
		return false;
	if (!der_done(&algorithm) &&
	    (!der_get(&algorithm, DER_NULL, &null) || !der_done(&algorithm)))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(digests); i++)
		if (oid_is(oid, digests[i].oid)) {
			*out = digests[i].digest;
			return true;
		}
	return false;
}

/* MGF1, RFC 4055 2.2 */
static bool read_mask_generator(struct der d, enum digest_kind *out)
{
	struct der generator;
	struct span oid;
	return der_enter(&d, DER_SEQUENCE, &generator) && der_get(&generator, DER_OID, &oid) &&
	       oid_is(oid, OID_LITERAL("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08")) &&
	       read_digest(&generator, out) && der_done(&generator);
}

/* RSASSA-PSS-params (RFC 4055 3.1); what is absent is SHA-1 with 20 octets of salt. */
static bool read_pss(struct der d, struct signature_algorithm *out)
{
	struct der params, inner;
	enum digest_kind digest = DIGEST_SHA1, mask = DIGEST_SHA1;
	int salt = 20, trailer = 1;
	if (!der_enter(&d, DER_SEQUENCE, &params) || !der_done(&d))
		return false;
	if (der_is(&params, DER_CONTEXT_CONSTRUCTED(0)) &&
	    (!der_enter(&params, DER_CONTEXT_CONSTRUCTED(0), &inner) ||
	     !read_digest(&inner, &digest)))
		return false;
	if (der_is(&params, DER_CONTEXT_CONSTRUCTED(1)) &&
	    (!der_enter(&params, DER_CONTEXT_CONSTRUCTED(1), &inner) ||
	     !read_mask_generator(inner, &mask)))
		return false;
	if (der_is(&params, DER_CONTEXT_CONSTRUCTED(2)) &&
	    (!der_enter(&params, DER_CONTEXT_CONSTRUCTED(2), &inner) ||
	     !der_small_int(&inner, DER_INTEGER, SALT_MAX, &salt)))
		return false;
	if (der_is(&params, DER_CONTEXT_CONSTRUCTED(3)) &&
	    (!der_enter(&params, DER_CONTEXT_CONSTRUCTED(3), &inner) ||
	     !der_small_int(&inner, DER_INTEGER, 1, &trailer)))
		return false;
	if (!der_done(&params) || trailer != 1)
		return false;
	out->digest = digest;
	out->mask_digest = mask;
	out->salt_len = (unsigned)salt;
	return true;
}

bool signature_algorithm_read(struct span der, struct signature_algorithm *out)
{
	struct der d;
	struct span oid, null;
	if (!der_only(der, DER_SEQUENCE, &d) || !der_get(&d, DER_OID, &oid))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		const struct algorithm_row *row = &algorithms[i];
		if (!oid_is(oid, row->oid))
			continue;
		struct signature_algorithm a = {
			.family = row->family, .digest = row->digest, .name = row->name};
		if (a.family == FAMILY_RSA_PSS) {
			if (!read_pss(d, &a))
				return false;
		} else if (a.family == FAMILY_RSA) {
			a.odd_parameters = !der_get(&d, DER_NULL, &null) || !der_done(&d);
		} else {
			a.odd_parameters = !der_done(&d);
		}
		*out = a;
		return true;
	}
	return false;
}

static bool positive_within(struct span s, size_t max)
{
	if (s.len == 0 || (s.p[0] & 0x80) != 0)
		return false;
	while (s.len > 0 && s.p[0] == 0) {
		s.p++;
		s.len--;
	}
	return s.len > 0 && s.len <= max;
}

bool rsa_public_key_read(struct span octets, struct span *modulus_out, struct span *exponent_out)
{
	struct der d;
	struct span n, e;
	if (!der_only(octets, DER_SEQUENCE, &d) || !der_get(&d, DER_INTEGER, &n) ||
	    !der_get(&d, DER_INTEGER, &e) || !der_done(&d) ||
	    !positive_within(n, RSA_MODULUS_MAX_BYTES) ||
	    !positive_within(e, RSA_EXPONENT_MAX_BYTES))
		return false;
	*modulus_out = n;
	*exponent_out = e;
	return true;
}

enum hash_strength signature_hash(struct span algorithm)
{
	struct signature_algorithm a;
	if (!signature_algorithm_read(algorithm, &a))
		return HASH_NONE;
	if (a.digest == DIGEST_SHA1)
		return HASH_SHA1;
	if (a.digest == DIGEST_MD2 || a.digest == DIGEST_MD4 || a.digest == DIGEST_MD5)
		return HASH_MD5;
	return HASH_SHA2;
}

const char *signature_algorithm_name(struct span algorithm)
{
	struct signature_algorithm a;
	return signature_algorithm_read(algorithm, &a) ? a.name : "unknown";
}
