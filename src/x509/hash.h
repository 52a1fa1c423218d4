/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/digest.h"
#include "base/span.h"

#include <stdint.h>

/*
 * SHA-256 of what streams by, with the processor's instructions (nettle): for files of any size, where base/digest.h
 * would take four times as long. Plain data: copy it, drop it. Threads  one each
 */
struct hash {
	_Alignas(16) uint8_t state[128];
};

void hash_start(struct hash *h);
void hash_add(struct hash *h, struct span piece);
void hash_end(struct hash *h, uint8_t out[static SHA256_BYTES]);
