/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/signature.h"

#include "x509/der.h"
#include "x509/oid.h"
#include "x509/signature_algorithm.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

/*
 * The key is handed over in raw numbers that this floor has read itself, and the verification is told to let weak
 * algorithms through: whether SHA-1 or 512 bits are good enough is for the engine's policy, which explains itself, and
 * not for a machine-wide setting of the library.
 */
struct public_key {
	struct span algorithm_whole, algorithm; /* AlgorithmIdentifier, its OID */
	struct der parameters;
	struct span octets;
};

static void pubkey_autop(gnutls_pubkey_t *key)
{
	if (*key != NULL)
		gnutls_pubkey_deinit(*key);
}

static gnutls_datum_t datum(struct span s)
{
	return (gnutls_datum_t){.data = (unsigned char *)s.p, .size = (unsigned)s.len};
}

static bool read_public_key(struct span spki, struct public_key *out)
{
	struct der d;
	struct der_item algorithm;
	unsigned unused;
	if (!der_only(spki, DER_SEQUENCE, &d) || !der_is(&d, DER_SEQUENCE) ||
	    !der_next(&d, &algorithm))
		return false;
	out->algorithm_whole = algorithm.whole;
	out->parameters = der_of(algorithm.contents);
	return der_get(&out->parameters, DER_OID, &out->algorithm) &&
	       der_bits(&d, DER_BIT_STRING, &out->octets, &unused) && unused == 0 && der_done(&d);
}

static bool import_rsa(gnutls_pubkey_t key, const struct public_key *k)
{
	struct span modulus, exponent;
	if (!rsa_public_key_read(k->octets, &modulus, &exponent))
		return false;
	gnutls_datum_t m = datum(modulus), e = datum(exponent);
	return gnutls_pubkey_import_rsa_raw(key, &m, &e) == GNUTLS_E_SUCCESS;
}

struct curve_row {
	struct span oid;
	gnutls_ecc_curve_t curve;
	size_t octets;
};

#define LITERAL(s)                                                                                 \
	{                                                                                          \
		(const uint8_t *)(s), sizeof(s) - 1                                                \
	}
static const struct curve_row curves[] = {
	{LITERAL("\x2a\x86\x48\xce\x3d\x03\x01\x07"), GNUTLS_ECC_CURVE_SECP256R1, 32},
	{LITERAL("\x2b\x81\x04\x00\x22"), GNUTLS_ECC_CURVE_SECP384R1, 48},
	{LITERAL("\x2b\x81\x04\x00\x23"), GNUTLS_ECC_CURVE_SECP521R1, 66},
	{LITERAL("\x2b\x81\x04\x00\x21"), GNUTLS_ECC_CURVE_SECP224R1, 28},
	{LITERAL("\x2a\x86\x48\xce\x3d\x03\x01\x01"), GNUTLS_ECC_CURVE_SECP192R1, 24},
};
#undef LITERAL

static bool import_ec(gnutls_pubkey_t key, const struct public_key *k)
{
	struct der parameters = k->parameters;
	struct span curve;
	if (!der_get(&parameters, DER_OID, &curve) || !der_done(&parameters))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(curves); i++) {
		size_t octets = curves[i].octets;
		if (!oid_is(curve, curves[i].oid))
			continue;
		if (k->octets.len != 1 + 2 * octets || k->octets.p[0] != 4)
			return false;
		gnutls_datum_t x = datum(span_of(k->octets.p + 1, octets));
		gnutls_datum_t y = datum(span_of(k->octets.p + 1 + octets, octets));
		return gnutls_pubkey_import_ecc_raw(key, curves[i].curve, &x, &y) ==
		       GNUTLS_E_SUCCESS;
	}
	return false;
}

static bool import_dsa(gnutls_pubkey_t key, const struct public_key *k)
{
	struct der parameters = k->parameters, inner, value = der_of(k->octets);
	struct span p, q, g, y;
	if (!der_enter(&parameters, DER_SEQUENCE, &inner) || !der_get(&inner, DER_INTEGER, &p) ||
	    !der_get(&inner, DER_INTEGER, &q) || !der_get(&inner, DER_INTEGER, &g) ||
	    !der_get(&value, DER_INTEGER, &y) || !der_done(&value))
		return false;
	gnutls_datum_t dp = datum(p), dq = datum(q), dg = datum(g), dy = datum(y);
	return gnutls_pubkey_import_dsa_raw(key, &dp, &dq, &dg, &dy) == GNUTLS_E_SUCCESS;
}

static bool import_edwards(gnutls_pubkey_t key, const struct public_key *k,
			   gnutls_ecc_curve_t curve)
{
	gnutls_datum_t x = datum(k->octets);
	return gnutls_pubkey_import_ecc_raw(key, curve, &x, NULL) == GNUTLS_E_SUCCESS;
}

/* Whether a key of this algorithm may have made a signature of this family; then the key is in key. */
static bool import_key(gnutls_pubkey_t key, const struct public_key *k,
		       enum signature_family family)
{
	switch (family) {
	case FAMILY_RSA:
		return oid_is(k->algorithm, OID_LITERAL("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")) &&
		       import_rsa(key, k);
	case FAMILY_ECDSA:
		return oid_is(k->algorithm, OID_LITERAL("\x2a\x86\x48\xce\x3d\x02\x01")) &&
		       import_ec(key, k);
	case FAMILY_DSA:
		return oid_is(k->algorithm, OID_LITERAL("\x2a\x86\x48\xce\x38\x04\x01")) &&
		       import_dsa(key, k);
	case FAMILY_ED25519:
		return oid_is(k->algorithm, OID_LITERAL("\x2b\x65\x70")) &&
		       import_edwards(key, k, GNUTLS_ECC_CURVE_ED25519);
	case FAMILY_ED448:
		return oid_is(k->algorithm, OID_LITERAL("\x2b\x65\x71")) &&
		       import_edwards(key, k, GNUTLS_ECC_CURVE_ED448);
	case FAMILY_RSA_PSS:
		break; /* signature_verify_pss() */
	}
	return false;
}

struct sign_row {
	enum signature_family family;
	enum digest_kind digest;
	gnutls_sign_algorithm_t sign;
};

static const struct sign_row signs[] = {
	{FAMILY_RSA, DIGEST_MD5, GNUTLS_SIGN_RSA_MD5},
	{FAMILY_RSA, DIGEST_SHA1, GNUTLS_SIGN_RSA_SHA1},
	{FAMILY_RSA, DIGEST_SHA224, GNUTLS_SIGN_RSA_SHA224},
	{FAMILY_RSA, DIGEST_SHA256, GNUTLS_SIGN_RSA_SHA256},
	{FAMILY_RSA, DIGEST_SHA384, GNUTLS_SIGN_RSA_SHA384},
	{FAMILY_RSA, DIGEST_SHA512, GNUTLS_SIGN_RSA_SHA512},
	{FAMILY_ECDSA, DIGEST_SHA1, GNUTLS_SIGN_ECDSA_SHA1},
	{FAMILY_ECDSA, DIGEST_SHA224, GNUTLS_SIGN_ECDSA_SHA224},
	{FAMILY_ECDSA, DIGEST_SHA256, GNUTLS_SIGN_ECDSA_SHA256},
	{FAMILY_ECDSA, DIGEST_SHA384, GNUTLS_SIGN_ECDSA_SHA384},
	{FAMILY_ECDSA, DIGEST_SHA512, GNUTLS_SIGN_ECDSA_SHA512},
	{FAMILY_DSA, DIGEST_SHA1, GNUTLS_SIGN_DSA_SHA1},
	{FAMILY_DSA, DIGEST_SHA224, GNUTLS_SIGN_DSA_SHA224},
	{FAMILY_DSA, DIGEST_SHA256, GNUTLS_SIGN_DSA_SHA256},
	{FAMILY_ED25519, DIGEST_NONE, GNUTLS_SIGN_EDDSA_ED25519},
	{FAMILY_ED448, DIGEST_NONE, GNUTLS_SIGN_EDDSA_ED448},
};

static gnutls_sign_algorithm_t sign_of(const struct signature_algorithm *a)
{
	for (size_t i = 0; i < ARRAY_LEN(signs); i++)
		if (signs[i].family == a->family && signs[i].digest == a->digest)
			return signs[i].sign;
	return GNUTLS_SIGN_UNKNOWN;
}

static enum signature_result verify(struct span tbs, struct span algorithm, struct span signature,
				    struct span spki, bool exact)
{
	gnutls_pubkey_t key AUTO(pubkey_autop) = NULL;
	struct signature_algorithm a;
	struct public_key k;
	if (!signature_algorithm_read(algorithm, &a) || !read_public_key(spki, &k))
		return SIGNATURE_UNSUPPORTED;
	if (a.family == FAMILY_RSA_PSS)
		return signature_verify_pss(tbs, &a, signature, k.algorithm_whole, k.octets, exact);
	gnutls_sign_algorithm_t sign = sign_of(&a);
	if (sign == GNUTLS_SIGN_UNKNOWN || tbs.len > UINT32_MAX || signature.len > UINT16_MAX)
		return SIGNATURE_UNSUPPORTED;
	/* RFC 8032 5.2.7: S is below the order, whose last octet is zero; the library does not look at it. */
	if (a.family == FAMILY_ED448 && (signature.len != 114 || signature.p[113] != 0))
		return SIGNATURE_BAD;
	if (gnutls_pubkey_init(&key) != GNUTLS_E_SUCCESS || !import_key(key, &k, a.family))
		return SIGNATURE_UNSUPPORTED;
	gnutls_datum_t data = datum(tbs), sig = datum(signature);
	int r = gnutls_pubkey_verify_data2(key, sign, GNUTLS_VERIFY_ALLOW_BROKEN, &data, &sig);
	return r >= 0 ? SIGNATURE_GOOD : SIGNATURE_BAD;
}

enum signature_result signature_verify(struct span tbs, struct span algorithm,
				       struct span signature, struct span spki)
{
	return verify(tbs, algorithm, signature, spki, false);
}

bool cert_signature_is_exact(const struct cert *c, const struct cert *issuer)
{
	struct signature_algorithm a;
	if (!signature_algorithm_read(c->signature_algorithm, &a) || a.odd_parameters)
		return false;
	return a.family != FAMILY_RSA_PSS || verify(c->tbs, c->signature_algorithm, c->signature,
						    issuer->spki, true) == SIGNATURE_GOOD;
}

enum signature_result cert_verify_signed_by(const struct cert *c, const struct cert *issuer)
{
	return signature_verify(c->tbs, c->signature_algorithm, c->signature, issuer->spki);
}

bool cert_is_self_signed(const struct cert *c)
{
	return cert_is_self_issued(c) && cert_verify_signed_by(c, c) == SIGNATURE_GOOD;
}
