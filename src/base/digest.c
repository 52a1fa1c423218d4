/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/digest.h"

#include <sodium.h>

_Static_assert(SHA256_BYTES == crypto_hash_sha256_BYTES, "one digest size");

void sha256(struct span in, uint8_t out[static SHA256_BYTES])
{
	(void)crypto_hash_sha256(out, in.p, in.len); /* cannot fail */
}
