/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "http/known.h"

#include "base/digest.h"
#include "core/bindings/peer.h"

#include <string.h>

static uint64_t mark_of(const char *address)
{
	uint8_t caller[PEER_CALLER_BYTES], hash[SHA256_BYTES];
	uint64_t mark;

	peer_caller(address, caller);
	sha256(span_of(caller, sizeof(caller)), hash);
	memcpy(&mark, hash, sizeof(mark));
	return mark ? mark : 1;
}

void known_add(struct known_callers *k, const char *address)
{
	uint64_t mark = mark_of(address);

	atomic_store_explicit(&k->slots[mark % KNOWN_CALLERS_MAX], mark, memory_order_relaxed);
}

bool known_has(const struct known_callers *k, const char *address)
{
	uint64_t mark = mark_of(address);

	return atomic_load_explicit(&k->slots[mark % KNOWN_CALLERS_MAX], memory_order_relaxed) ==
	       mark;
}
