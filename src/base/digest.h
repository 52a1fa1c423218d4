/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"

#include <stdint.h>

/*
 * SHA-256 of public bytes, for identities and tags (libsodium). SHA-1 thumbprints are x509/'s
 * business. And a quick hash for tables, which proves nothing.
 */
#define SHA256_BYTES 32

/* The place of public bytes in a table (FNV-1a). With a random seed nobody foresees where one comes to lie. */
uint64_t table_hash(struct span in, uint64_t seed);

void sha256(struct span in, uint8_t out[static SHA256_BYTES]);

/* The same of bytes that come piece by piece. A state may be copied; there is nothing to free. */
struct sha256_state {
	uint64_t opaque[13];
};

void sha256_begin(struct sha256_state *s);
void sha256_add(struct sha256_state *s, struct span piece);
void sha256_end(struct sha256_state *s,
		uint8_t out[static SHA256_BYTES]); /* of no use afterwards */
