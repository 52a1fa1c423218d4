/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"
#include "base/span.h"

#include <nettle/nettle-meta.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Keys from passwords, and the keyed hash that guards a PFX: PKCS#12 (RFC 7292 appendix B), PBKDF1 and PBKDF2
 * (RFC 8018), scrypt (RFC 7914), and what OpenSSL does for its old PEM encryption. Pure; the hash functions are nettle's.
 * Whoever calls has checked the counts against a limit: a derivation runs as long as it is told to.
 */
#define KDF_HASH_CONTEXT_MAX 512 /* bytes of state of any hash that kdf_hash_* names */
#define KDF_BLOCK_MAX 144	 /* input block of the widest one (SHA3-224) */
#define KDF_DIGEST_MAX 64

/* By identifier of the plain hash, and of HMAC with it; NULL when unknown. */
const struct nettle_hash *kdf_hash_find(struct span oid);
const struct nettle_hash *kdf_prf_find(struct span oid);

enum kdf_purpose { KDF_KEY = 1, KDF_IV = 2, KDF_MAC = 3 }; /* RFC 7292 B.3 */

/* password as BMPString with its terminator. False when memory is short. */
bool kdf_pkcs12(const struct nettle_hash *h, struct span password, struct span salt,
		unsigned rounds, enum kdf_purpose purpose, uint8_t *out, size_t len) MUST_USE;
void kdf_pbkdf1(const struct nettle_hash *h, struct span password, struct span salt,
		unsigned rounds, uint8_t *out, size_t len); /* len at most the digest */
void kdf_pbkdf2(const struct nettle_hash *prf, struct span password, struct span salt,
		unsigned rounds, uint8_t *out, size_t len);
/* n a power of two; takes 128 * r * (n + p) bytes. False when memory is short. */
bool kdf_scrypt(struct span password, struct span salt, uint64_t n, uint32_t r, uint32_t p,
		uint8_t *out, size_t len) MUST_USE;
/* MD5, one round: the key behind a DEK-Info header. */
void kdf_openssl_pem(struct span password, struct span salt, uint8_t *out, size_t len);

void kdf_hmac(const struct nettle_hash *h, struct span key, struct span data,
	      uint8_t out[static KDF_DIGEST_MAX]);
