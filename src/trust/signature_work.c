/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/cache.h"
#include "trust/engine.h"

#include <string.h>

/* Results are remembered by what was signed and whose key should have signed it. */
static void make_key(const struct cert *c, const uint8_t *issuer_spki_sha256, uint8_t *out)
{
	uint8_t both[2 * SHA256_BYTES];
	memcpy(both, c->sha256, SHA256_BYTES);
	memcpy(both + SHA256_BYTES, issuer_spki_sha256, SHA256_BYTES);
	sha256(span_of(both, sizeof both), out);
}

enum signature_result judge_signature(struct judgement *j, const struct cert *c,
				      struct span issuer_spki,
				      const uint8_t issuer_spki_sha256[static SHA256_BYTES])
{
	enum signature_result r;
	uint8_t key[SHA256_BYTES];
	make_key(c, issuer_spki_sha256, key);
	if (cache_get(j->cache, key, &r))
		return r;
	if (j->verdict->signatures >= TRUST_MAX_SIGNATURES) {
		j->limit = FAULT_LIMIT_SIGNATURES;
		return SIGNATURE_UNSUPPORTED;
	}
	j->verdict->signatures++;
	r = signature_verify(c->tbs, c->signature_algorithm, c->signature, issuer_spki);
	cache_put(j->cache, key, r);
	return r;
}

bool spend_names(struct judgement *j, unsigned n)
{
	if (j->verdict->names + n > TRUST_MAX_NAMES) {
		j->limit = FAULT_LIMIT_NAMES;
		return false;
	}
	j->verdict->names += n;
	return true;
}
