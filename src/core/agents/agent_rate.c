/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/agents/agent_impl.h"

#include "base/digest.h"
#include "base/mem.h"
#include "core/bindings/peer.h"

#include <pthread.h>
#include <string.h>

/*
 * A bucket for each address: it holds a minute's registrations and fills steadily. An address has
 * its place among a few slots; where all are taken the one that was asked longest ago gives way,
 * which is the fullest.
 */
#define WAYS 8
#define MINUTE_MS 60000
#define REGISTER_PER_MINUTE_MAX 60000 /* registrations of all addresses together */

struct bucket {
	uint8_t address[16];
	int64_t at_ms;
	double tokens;
};

struct agent_rate {
	pthread_mutex_t lock;
	struct bucket all;
	struct bucket buckets[AGENT_REGISTER_ADDRESSES_MAX];
	uint64_t seed;
};

bool agent_rate_new(struct agent_rate **out, struct err *e)
{
	struct agent_rate *r = mem_new(struct agent_rate);

	if (!r)
		return err_nomem(e);
	pthread_mutex_init(&r->lock, NULL);
	random_bytes(&r->seed, sizeof(r->seed)); /* nobody can aim at another's slot */
	*out = r;
	return true;
}

void agent_rate_free(struct agent_rate *r)
{
	if (!r)
		return;
	pthread_mutex_destroy(&r->lock);
	mem_free(r);
}

static struct bucket *bucket_of(struct agent_rate *r, const uint8_t key[static 16])
{
	struct bucket *ways, *oldest;
	uint64_t h = table_hash(span_of(key, 16), r->seed);

	ways = &r->buckets[h % (AGENT_REGISTER_ADDRESSES_MAX / WAYS) * WAYS];
	oldest = ways;
	for (int i = 0; i < WAYS; i++) {
		if (ways[i].at_ms != 0 && memcmp(ways[i].address, key, 16) == 0)
			return &ways[i];
		if (ways[i].at_ms < oldest->at_ms)
			oldest = &ways[i];
	}
	*oldest = (struct bucket){.at_ms = 0};
	memcpy(oldest->address, key, 16);
	return oldest;
}

static bool take(struct bucket *b, double per_minute, int64_t now_ms)
{
	if (b->at_ms == 0)
		b->tokens = per_minute;
	else if (now_ms > b->at_ms)
		b->tokens += (double)(now_ms - b->at_ms) * per_minute / MINUTE_MS;
	if (b->tokens > per_minute)
		b->tokens = per_minute;
	b->at_ms = now_ms;
	if (b->tokens < 1)
		return false;
	b->tokens -= 1;
	return true;
}

bool agent_rate_take(struct agent_rate *r, const char *address, int64_t per_minute, int64_t now_ms,
		     struct err *e)
{
	uint8_t key[16];
	bool good;

	peer_caller(address, key);
	pthread_mutex_lock(&r->lock);
	good = take(bucket_of(r, key), (double)per_minute, now_ms) &&
	       take(&r->all, REGISTER_PER_MINUTE_MAX, now_ms);
	pthread_mutex_unlock(&r->lock);
	if (good)
		return true;
	(void)err_reason(e, "agent.rate", "more than %lld registrations a minute from one address",
			 (long long)per_minute);
	e->wait_s = (int)(60 / per_minute) + 1;
	return false;
}
