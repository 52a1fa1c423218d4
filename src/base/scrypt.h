/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * scrypt (RFC 7914) by libsodium, for keys that others encrypted with it; our own passwords take Argon2id.
 * n a power of two above 1; takes 128 * r * (n + p) bytes of memory, which the caller has held against a limit.
 * Returns false when memory is short or the parameters make no sense.
 */
bool scrypt(struct span password, struct span salt, uint64_t n, uint32_t r, uint32_t p,
	    uint8_t *out, size_t len) MUST_USE;
