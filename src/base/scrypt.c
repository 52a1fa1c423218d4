/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/scrypt.h"

#include <sodium.h>

bool scrypt(struct span password, struct span salt, uint64_t n, uint32_t r, uint32_t p,
	    uint8_t *out, size_t len)
{
	return crypto_pwhash_scryptsalsa208sha256_ll(password.p, password.len, salt.p, salt.len, n,
						     r, p, out, len) == 0;
}
