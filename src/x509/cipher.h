/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The ciphers under which people's keys and containers lie: CBC with padding (RFC 8018 6.1.1), and RC4, on nettle and,
 * for ARIA, mbedTLS. Old ones are here to read what is old; what we write takes AES-256 or, when told so, 3DES.
 */
#define CIPHER_KEY_MAX 32
#define CIPHER_IV_MAX 16

struct cipher;
/* CBC over whole blocks, or the stream; iv is left as the next one. Returns false when the key cannot be used. */
typedef bool (*cipher_fn)(const struct cipher *c, const uint8_t *key, uint8_t *iv, bool encrypt,
			  size_t len, uint8_t *dst, const uint8_t *src);

struct cipher {
	const char *name;	 /* "AES-256-CBC", as DEK-Info writes it */
	struct span oid;	 /* empty where only a whole scheme has one */
	size_t key_len;		 /* octets */
	size_t block;		 /* octets; 1: a stream without IV */
	unsigned effective_bits; /* RC2 */
	cipher_fn crypt;
};

const struct cipher *
cipher_find(struct span oid); /* of an encryption scheme in PBES2; NULL when unknown */
const struct cipher *cipher_named(const char *name); /* NULL when unknown */
/* RC2-CBC with what its parameters say: *out is c with that many effective bits (RFC 8018 B.2.3). */
bool cipher_rc2(uint64_t version, bool has_version, struct cipher *out) MUST_USE;

/* False: the padding is wrong, which is what a wrong key looks like. out is wiped when it is cleared. */
bool cipher_decrypt(const struct cipher *c, const uint8_t *key, struct span iv, struct span in,
		    struct buf *out) MUST_USE;
/* Pads. Failure is that of out. */
void cipher_encrypt(const struct cipher *c, const uint8_t *key, struct span iv, struct span in,
		    struct buf *out);
