/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/*
 * The inner step of SHA-256 (FIPS 180-4 6.2.2), with the processor's own instructions where it has
 * them (nettle). For the TLS library, whose own takes five times as long.
 * Threads  any
 */
#define HASH_BLOCK_BYTES 64

/* Takes one block into state: eight words in the processor's own order. */
void hash_sha256_block(uint32_t *state, const uint8_t *block);
