/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/cache.h"
#include "trust/engine.h"

#include <string.h>

/* Results are remembered by what was signed and whose key should have signed it. */
struct signed_thing {
	const uint8_t *sha256; /* of the whole */
	struct span tbs, algorithm, signature;
};

/* What a signature of this key costs, in verifications with P-256 (0.14 ms when measured). */
static unsigned cost_of(const struct cert *issuer)
{
	switch (issuer->key_type) {
	case KEY_RSA:
	case KEY_RSA_PSS:
	case KEY_DSA:
		return issuer->key_bits <= 4096 ? 1 : issuer->key_bits <= 8192 ? 2 : 6;
	case KEY_EC:
		return issuer->key_bits <= 256 ? 1 : issuer->key_bits <= 384 ? 3 : 5;
	case KEY_ED448:
		return 2;
	case KEY_ED25519:
	case KEY_UNKNOWN:
		break;
	}
	return 1;
}

static enum signature_result judge(struct judgement *j, const struct signed_thing *t,
				   const struct cert *issuer)
{
	enum signature_result r;
	uint8_t both[2 * SHA256_BYTES], key[SHA256_BYTES];
	memcpy(both, t->sha256, SHA256_BYTES);
	memcpy(both + SHA256_BYTES, issuer->spki_sha256, SHA256_BYTES);
	sha256(span_of(both, sizeof both), key);
	if (cache_get(j->cache, key, &r))
		return r;
	unsigned cost = cost_of(issuer);
	if (j->effort + cost > TRUST_MAX_SIGNATURES) {
		j->limit = FAULT_LIMIT_SIGNATURES;
		return SIGNATURE_UNSUPPORTED;
	}
	j->effort += cost;
	j->verdict->signatures++;
	r = signature_verify(t->tbs, t->algorithm, t->signature, issuer->spki);
	cache_put(j->cache, key, r);
	return r;
}

enum signature_result judge_signature(struct judgement *j, const struct cert *c,
				      const struct cert *issuer)
{
	const struct signed_thing t = {c->sha256, c->tbs, c->signature_algorithm, c->signature};
	return judge(j, &t, issuer);
}

enum signature_result judge_crl_signature(struct judgement *j, const struct crl *l,
					  const struct cert *issuer)
{
	const struct signed_thing t = {l->sha256, l->tbs, l->signature_algorithm, l->signature};
	return judge(j, &t, issuer);
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
