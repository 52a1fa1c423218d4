/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/signature_algorithm.h"

#include "x509/der.h"
#include "x509/oid.h"

#include <mbedtls/md.h>
#include <mbedtls/rsa.h>
#include <string.h>

/*
 * RSASSA-PSS (RFC 8017 8.1.2) on mbedTLS's modular power: the other library has only three digests and takes a salt of
 * exactly the length that is declared, and both want the mask made with the digest of the message, which Java's
 * defaults do not.
 */
static mbedtls_md_type_t md_of(enum digest_kind d)
{
	switch (d) {
	case DIGEST_SHA1:
		return MBEDTLS_MD_SHA1;
	case DIGEST_SHA224:
		return MBEDTLS_MD_SHA224;
	case DIGEST_SHA256:
		return MBEDTLS_MD_SHA256;
	case DIGEST_SHA384:
		return MBEDTLS_MD_SHA384;
	case DIGEST_SHA512:
		return MBEDTLS_MD_SHA512;
	case DIGEST_NONE:
	case DIGEST_MD2:
	case DIGEST_MD4:
	case DIGEST_MD5:
		break;
	}
	return MBEDTLS_MD_NONE;
}

/* RFC 4055 3.1: a key made for PSS alone may say with which digest, and with how much salt at least. */
static bool key_allows(struct span key_algorithm, const struct signature_algorithm *a)
{
	struct der d;
	struct span oid;
	struct signature_algorithm key;
	if (!der_only(key_algorithm, DER_SEQUENCE, &d) || !der_get(&d, DER_OID, &oid))
		return false;
	if (oid_is(oid, OID_LITERAL("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")))
		return true;
	if (!oid_is(oid, OID_LITERAL("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a")))
		return false;
	if (der_done(&d))
		return true;
	return signature_algorithm_read(key_algorithm, &key) && key.digest == a->digest &&
	       key.mask_digest == a->mask_digest && a->salt_len >= key.salt_len;
}

static bool import(mbedtls_rsa_context *rsa, struct span octets)
{
	struct span n, e;
	if (!rsa_public_key_read(octets, &n, &e))
		return false;
	return mbedtls_rsa_import_raw(rsa, n.p, n.len, NULL, 0, NULL, 0, NULL, 0, e.p, e.len) ==
		       0 &&
	       mbedtls_rsa_complete(rsa) == 0 && mbedtls_rsa_check_pubkey(rsa) == 0;
}

/* RFC 8017 B.2.1, over what is there already. */
static bool unmask(uint8_t *db, size_t len, struct span seed, mbedtls_md_type_t mask)
{
	const mbedtls_md_info_t *info = mbedtls_md_info_from_type(mask);
	uint8_t block[MBEDTLS_MD_MAX_SIZE], input[MBEDTLS_MD_MAX_SIZE + 4];
	size_t size = mbedtls_md_get_size(info);
	memcpy(input, seed.p, seed.len);
	for (size_t at = 0, counter = 0; at < len; at += size, counter++) {
		for (size_t i = 0; i < 4; i++)
			input[seed.len + i] = (uint8_t)(counter >> (24 - 8 * i));
		if (mbedtls_md(info, input, seed.len + 4, block) != 0)
			return false;
		for (size_t i = 0; i < size && at + i < len; i++)
			db[at + i] ^= block[i];
	}
	return true;
}

/* H' of 9.1.2, steps 12 and 13. */
static bool hash_again(const mbedtls_md_info_t *info, struct span hash, struct span salt,
		       uint8_t *out)
{
	static const uint8_t zeros[8];
	mbedtls_md_context_t md AUTO(mbedtls_md_free);
	mbedtls_md_init(&md);
	return mbedtls_md_setup(&md, info, 0) == 0 && mbedtls_md_starts(&md) == 0 &&
	       mbedtls_md_update(&md, zeros, sizeof zeros) == 0 &&
	       mbedtls_md_update(&md, hash.p, hash.len) == 0 &&
	       mbedtls_md_update(&md, salt.p, salt.len) == 0 && mbedtls_md_finish(&md, out) == 0;
}

/* EMSA-PSS-VERIFY, RFC 8017 9.1.2: em is em_bits long, in whole octets. */
static bool encoding_holds(const struct signature_algorithm *a, struct span hash, uint8_t *em,
			   size_t em_bits, bool exact_salt)
{
	const mbedtls_md_info_t *info = mbedtls_md_info_from_type(md_of(a->digest));
	size_t em_len = (em_bits + 7) / 8;
	uint8_t spare = (uint8_t)(0xff >> (8 * em_len - em_bits)), again[MBEDTLS_MD_MAX_SIZE];
	if (em_len < 2 * hash.len + 2 || em[em_len - 1] != 0xbc || (em[0] & ~spare) != 0)
		return false;
	size_t db_len = em_len - hash.len - 1, at = 0;
	struct span h = span_of(em + db_len, hash.len);
	if (!unmask(em, db_len, h, md_of(a->mask_digest)))
		return false;
	em[0] &= spare;
	while (at < db_len && em[at] == 0)
		at++;
	if (at == db_len || em[at] != 1)
		return false;
	struct span salt = span_of(em + at + 1, db_len - at - 1);
	if (exact_salt && salt.len != a->salt_len)
		return false;
	return hash_again(info, hash, salt, again) && memcmp(again, h.p, h.len) == 0;
}

enum signature_result signature_verify_pss(struct span tbs, const struct signature_algorithm *a,
					   struct span signature, struct span key_algorithm,
					   struct span key, bool exact_salt)
{
	mbedtls_rsa_context rsa AUTO(mbedtls_rsa_free);
	uint8_t hash[MBEDTLS_MD_MAX_SIZE], em[RSA_MODULUS_MAX_BYTES];
	const mbedtls_md_info_t *info = mbedtls_md_info_from_type(md_of(a->digest));
	mbedtls_rsa_init(&rsa);
	if (info == NULL || md_of(a->mask_digest) == MBEDTLS_MD_NONE ||
	    !key_allows(key_algorithm, a) || !import(&rsa, key) ||
	    mbedtls_md(info, tbs.p, tbs.len, hash) != 0)
		return SIGNATURE_UNSUPPORTED;
	size_t len = mbedtls_rsa_get_len(&rsa), bits = mbedtls_rsa_get_bitlen(&rsa);
	if (len > sizeof em || signature.len != len ||
	    mbedtls_rsa_public(&rsa, signature.p, em) != 0)
		return SIGNATURE_BAD;
	/* A modulus of 8n + 1 bits leaves an octet in front that the encoding does not have. */
	size_t skip = len - (bits - 1 + 7) / 8;
	if (skip == 1 && em[0] != 0)
		return SIGNATURE_BAD;
	struct span digest = span_of(hash, mbedtls_md_get_size(info));
	return encoding_holds(a, digest, em + skip, bits - 1, exact_salt) ? SIGNATURE_GOOD
									  : SIGNATURE_BAD;
}
