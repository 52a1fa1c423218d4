/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/digest.h"

#include <sodium.h>

_Static_assert(SHA256_BYTES == crypto_hash_sha256_BYTES, "one digest size");
_Static_assert(sizeof(struct sha256_state) == sizeof(crypto_hash_sha256_state),
	       "room for libsodium's");

uint64_t table_hash(struct span in, uint64_t seed)
{
	uint64_t h = seed;

	for (size_t i = 0; i < in.len; i++)
		h = (h ^ in.p[i]) * UINT64_C(0x100000001b3);
	return h ^ h >> 32; /* a table looks at the low bits, where little has come down to */
}

void sha256(struct span in, uint8_t out[static SHA256_BYTES])
{
	(void)crypto_hash_sha256(out, in.p, in.len); /* cannot fail */
}

static crypto_hash_sha256_state *inner(struct sha256_state *s)
{
	return (crypto_hash_sha256_state *)s->opaque;
}

void sha256_begin(struct sha256_state *s)
{
	(void)crypto_hash_sha256_init(inner(s)); /* cannot fail, nor can the others */
}

void sha256_add(struct sha256_state *s, struct span piece)
{
	(void)crypto_hash_sha256_update(inner(s), piece.p, piece.len);
}

void sha256_end(struct sha256_state *s, uint8_t out[static SHA256_BYTES])
{
	(void)crypto_hash_sha256_final(inner(s), out);
}
