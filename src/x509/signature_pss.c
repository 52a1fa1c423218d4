/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/signature_algorithm.h"

#include "x509/der.h"
#include "x509/oid.h"

#include <mbedtls/md.h>
#include <mbedtls/rsa.h>

/*
 * RSASSA-PSS goes to mbedTLS: the other library has only three digests, wants the mask made with the same one, and
 * takes a salt of exactly the length that is declared.
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

enum signature_result signature_verify_pss(struct span tbs, const struct signature_algorithm *a,
					   struct span signature, struct span key_algorithm,
					   struct span key, bool exact_salt)
{
	mbedtls_rsa_context rsa AUTO(mbedtls_rsa_free);
	unsigned char hash[MBEDTLS_MD_MAX_SIZE];
	mbedtls_md_type_t md = md_of(a->digest), mask = md_of(a->mask_digest);
	const mbedtls_md_info_t *info = mbedtls_md_info_from_type(md);
	mbedtls_rsa_init(&rsa);
	if (info == NULL || mask == MBEDTLS_MD_NONE || !key_allows(key_algorithm, a) ||
	    !import(&rsa, key) || mbedtls_md(info, tbs.p, tbs.len, hash) != 0)
		return SIGNATURE_UNSUPPORTED;
	if (signature.len != mbedtls_rsa_get_len(&rsa))
		return SIGNATURE_BAD;
	int salt = exact_salt ? (int)a->salt_len : MBEDTLS_RSA_SALT_LEN_ANY;
	return mbedtls_rsa_rsassa_pss_verify_ext(&rsa, md, mbedtls_md_get_size(info), hash, mask,
						 salt, signature.p) == 0
		       ? SIGNATURE_GOOD
		       : SIGNATURE_BAD;
}
