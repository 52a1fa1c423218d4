/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/cache.h"

#include "base/mem.h"

#include <pthread.h>
#include <string.h>

#define CACHE_WAYS 4	/* places that one key may take */
#define CACHE_SHARDS 16 /* locks, so that judging threads seldom meet */
#define CACHE_MIN_SIZE 64

struct cache_entry {
	uint8_t key[SHA256_BYTES];
	uint8_t state; /* 0 free, else the result + 1 */
};

struct signature_cache {
	pthread_mutex_t locks[CACHE_SHARDS];
	struct cache_entry *entries;
	size_t n_sets; /* power of two, of CACHE_WAYS entries each */
	unsigned turn[CACHE_SHARDS];
};

bool signature_cache_new(size_t max_entries, struct signature_cache **out, struct err *e)
{
	struct signature_cache *c = mem_new(struct signature_cache);
	if (c == NULL)
		return err_nomem(e);
	c->n_sets = CACHE_MIN_SIZE / CACHE_WAYS;
	while (2 * c->n_sets * CACHE_WAYS <= max_entries)
		c->n_sets *= 2;
	c->entries = mem_array(c->n_sets * CACHE_WAYS, sizeof *c->entries);
	if (c->entries == NULL) {
		mem_free(c);
		return err_nomem(e);
	}
	for (size_t i = 0; i < CACHE_SHARDS; i++)
		(void)pthread_mutex_init(&c->locks[i],
					 NULL); /* cannot fail with default attributes */
	*out = c;
	return true;
}

void signature_cache_free(struct signature_cache *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < CACHE_SHARDS; i++)
		(void)pthread_mutex_destroy(&c->locks[i]);
	mem_free(c->entries);
	mem_free(c);
}

static size_t set_of(const struct signature_cache *c, const uint8_t *key)
{
	size_t h;
	memcpy(&h, key, sizeof h);
	return h & (c->n_sets - 1);
}

bool cache_get(struct signature_cache *c, const uint8_t key[static SHA256_BYTES],
	       enum signature_result *out)
{
	bool found = false;
	if (c == NULL)
		return false;
	size_t set = set_of(c, key);
	pthread_mutex_lock(&c->locks[set % CACHE_SHARDS]);
	for (size_t i = 0; i < CACHE_WAYS && !found; i++) {
		const struct cache_entry *entry = &c->entries[set * CACHE_WAYS + i];
		found = entry->state != 0 && memcmp(entry->key, key, SHA256_BYTES) == 0;
		if (found)
			*out = (enum signature_result)(entry->state - 1);
	}
	pthread_mutex_unlock(&c->locks[set % CACHE_SHARDS]);
	return found;
}

void cache_put(struct signature_cache *c, const uint8_t key[static SHA256_BYTES],
	       enum signature_result r)
{
	if (c == NULL)
		return;
	size_t set = set_of(c, key), shard = set % CACHE_SHARDS;
	pthread_mutex_lock(&c->locks[shard]);
	struct cache_entry *place = NULL;
	for (size_t i = 0; i < CACHE_WAYS && place == NULL; i++) {
		struct cache_entry *entry = &c->entries[set * CACHE_WAYS + i];
		if (entry->state == 0 || memcmp(entry->key, key, SHA256_BYTES) == 0)
			place = entry;
	}
	if (place == NULL)
		place = &c->entries[set * CACHE_WAYS + c->turn[shard]++ % CACHE_WAYS];
	memcpy(place->key, key, SHA256_BYTES);
	place->state = (uint8_t)(r + 1);
	pthread_mutex_unlock(&c->locks[shard]);
}
