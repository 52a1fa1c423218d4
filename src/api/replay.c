/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/call.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"

#include <pthread.h>
#include <string.h>

/*
 * Answers by Idempotency-Key, in memory: a restart forgets them. Keys and requests are kept as
 * hashes under a random salt, since a request may hold a password. A ring: the oldest ended entry
 * goes first.
 */
struct replay {
	uint8_t key[SHA256_BYTES], request[SHA256_BYTES];
	int64_t at_s;
	enum { FREE, RUNNING, ENDED } state;
	struct replay_answer answer; /* status 0: not kept */
};

struct replay_table {
	pthread_mutex_t lock;
	uint8_t salt[16];
	struct replay entries[REPLAY_MAX];
};

struct replay_table *replay_table_new(void)
{
	struct replay_table *t = mem_new(struct replay_table);

	if (!t)
		return NULL;
	pthread_mutex_init(&t->lock, NULL);
	random_bytes(t->salt, sizeof(t->salt));
	return t;
}

static void entry_clear(struct replay *r)
{
	mem_free(r->answer.body);
	memset(r, 0, sizeof(*r));
}

void replay_table_free(struct replay_table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < REPLAY_MAX; i++)
		entry_clear(&t->entries[i]);
	pthread_mutex_destroy(&t->lock);
	mem_free(t);
}

static bool salted(const struct replay_table *t, struct span in, uint8_t out[static SHA256_BYTES],
		   struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;

	text.secret = true;
	buf_add(&text, t->salt, sizeof(t->salt));
	buf_add_span(&text, in);
	if (!buf_ok(&text))
		return err_nomem(e);
	sha256(buf_span(&text), out);
	return true;
}

static struct replay *find(struct replay_table *t, const uint8_t key[static SHA256_BYTES],
			   int64_t now_s)
{
	for (size_t i = 0; i < REPLAY_MAX; i++) {
		struct replay *r = &t->entries[i];

		if (r->state == ENDED && now_s - r->at_s > REPLAY_KEEP_S)
			entry_clear(r);
		if (r->state != FREE && memcmp(r->key, key, SHA256_BYTES) == 0)
			return r;
	}
	return NULL;
}

static struct replay *room(struct replay_table *t)
{
	struct replay *oldest = NULL;

	for (size_t i = 0; i < REPLAY_MAX; i++) {
		struct replay *r = &t->entries[i];

		if (r->state == FREE)
			return r;
		if (r->state == ENDED && (!oldest || r->at_s < oldest->at_s))
			oldest = r;
	}
	if (oldest)
		entry_clear(oldest);
	return oldest;
}

static enum replay_state known_state(const struct replay *r,
				     const uint8_t request[static SHA256_BYTES])
{
	if (memcmp(r->request, request, SHA256_BYTES) != 0)
		return REPLAY_OTHER;
	if (r->state == RUNNING)
		return REPLAY_RUNNING;
	return r->answer.status ? REPLAY_KNOWN : REPLAY_UNKEPT;
}

static bool answer_copy(const struct replay_answer *from, struct replay_answer *to)
{
	*to = *from;
	to->body = mem_str(from->body);
	return !from->body || to->body;
}

/* Under the lock: finds or reserves. False when memory or room is short. */
static bool begin(struct replay_table *t, const uint8_t key[static SHA256_BYTES],
		  const uint8_t request[static SHA256_BYTES], int64_t now_s,
		  enum replay_state *state_out, struct replay **entry_out,
		  struct replay_answer *answer_out)
{
	struct replay *r = find(t, key, now_s);

	if (r) {
		*state_out = known_state(r, request);
		return *state_out != REPLAY_KNOWN || answer_copy(&r->answer, answer_out);
	}
	r = room(t);
	if (!r)
		return false;
	memcpy(r->key, key, SHA256_BYTES);
	memcpy(r->request, request, SHA256_BYTES);
	r->at_s = now_s;
	r->state = RUNNING;
	*state_out = REPLAY_NEW;
	*entry_out = r;
	return true;
}

bool replay_begin(struct replay_table *t, struct span key, struct span request, int64_t now_s,
		  enum replay_state *state_out, struct replay **entry_out,
		  struct replay_answer *answer_out, struct err *e)
{
	uint8_t key_hash[SHA256_BYTES], request_hash[SHA256_BYTES];
	bool good;

	if (!salted(t, key, key_hash, e) || !salted(t, request, request_hash, e))
		return false;
	pthread_mutex_lock(&t->lock);
	good = begin(t, key_hash, request_hash, now_s, state_out, entry_out, answer_out);
	pthread_mutex_unlock(&t->lock);
	return good || err_set(e, ERR_BUSY, "no room for another Idempotency-Key");
}

void replay_keep(struct replay_table *t, struct replay *r, const struct replay_answer *answer)
{
	pthread_mutex_lock(&t->lock);
	r->answer = *answer;
	r->state = ENDED;
	pthread_mutex_unlock(&t->lock);
}

void replay_drop(struct replay_table *t, struct replay *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&t->lock);
	entry_clear(r);
	pthread_mutex_unlock(&t->lock);
}
