/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/hash_block.h"

#include "base/secret.h"

#include <nettle/sha2.h>
#include <string.h>

void hash_sha256_block(uint32_t *state, const uint8_t *block)
{
	struct sha256_ctx h; /* its block[] stays untouched, since whole blocks are not buffered */

	memcpy(h.state, state, sizeof(h.state));
	h.index = 0;
	h.count = 0;
	sha256_update(&h, HASH_BLOCK_BYTES, block);
	memcpy(state, h.state, sizeof(h.state));
	secret_wipe(h.state, sizeof(h.state));
}
