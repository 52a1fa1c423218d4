/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "trust/judge.h"
#include "x509/signature.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Signature results by what was signed and the key that should have. A result never changes, so an entry lives until
 * another takes its place. key is SHA-256 over both identities, made by the caller.
 */
bool cache_get(struct signature_cache *c, const uint8_t key[static SHA256_BYTES],
	       enum signature_result *out);
void cache_put(struct signature_cache *c, const uint8_t key[static SHA256_BYTES],
	       enum signature_result r);
