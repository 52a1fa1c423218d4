/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/hash.h"

#include <nettle/sha2.h>

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(((struct hash *)0)->state), "nettle's state");

void hash_start(struct hash *h)
{
	sha256_init((struct sha256_ctx *)(void *)h->state);
}

void hash_add(struct hash *h, struct span piece)
{
	sha256_update((struct sha256_ctx *)(void *)h->state, piece.len, piece.p);
}

void hash_end(struct hash *h, uint8_t out[static SHA256_BYTES])
{
	sha256_digest((struct sha256_ctx *)(void *)h->state, SHA256_BYTES, out);
}
