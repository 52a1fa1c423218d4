/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/agent_impl.h"

#include "base/digest.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "core/tx.h"
#include "core/update_states.h"
#include "store/root_inventories.h"

#include <pthread.h>
#include <string.h>

/*
 * Heartbeats between the door and the database: one entry an agent, the newest report in it, found
 * by a hash of the id. Ids are the agents' own choice, so nobody may foresee where one comes to lie.
 */
#define SLOTS (2 * AGENT_HEARTBEATS_MAX)
#define GROW 1024

struct beat {
	char id[AGENT_ID_SIZE], address[48];
	int64_t at_s;
	struct agent_row row; /* texts are in text, or none: only seen */
	char *text;
};

struct heartbeat_queue {
	pthread_mutex_t lock;
	struct beat *beats;
	size_t n, room;
	uint32_t slots[SLOTS]; /* index + 1; 0 free */
	uint64_t seed;
};

bool heartbeat_queue_new(struct heartbeat_queue **out, struct err *e)
{
	struct heartbeat_queue *q = mem_new(struct heartbeat_queue);

	if (!q)
		return err_nomem(e);
	pthread_mutex_init(&q->lock, NULL);
	random_bytes(&q->seed, sizeof(q->seed));
	*out = q;
	return true;
}

static void beats_free(struct beat *beats, size_t n)
{
	for (size_t i = 0; i < n; i++)
		mem_free(beats[i].text);
	mem_free(beats);
}

void heartbeat_queue_free(struct heartbeat_queue *q)
{
	if (!q)
		return;
	beats_free(q->beats, q->n);
	pthread_mutex_destroy(&q->lock);
	mem_free(q);
}

/* All texts of a report in one piece, so that an entry is one allocation. */
static bool report_keep(struct beat *b, const struct agent_report *r)
{
	const char *const texts[] = {r->name,
				     r->ntcer,
				     r->ipcer,
				     buf_str(&r->next),
				     buf_str(&r->versions),
				     buf_str(&r->states),
				     r->roots};
	const char **places[] = {
		&b->row.name,	  &b->row.ntcer_sha256, &b->row.ipcer_sha256,	 &b->row.ipcer_next,
		&b->row.versions, &b->row.states,	&b->row.inventory_digest};
	size_t len = 0;
	char *p;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		len += strlen(texts[i]) + 1;
	p = mem_alloc(len);
	if (!p)
		return false;
	mem_free(b->text);
	b->text = p;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		size_t n = strlen(texts[i]) + 1;

		memcpy(p, texts[i], n);
		*places[i] = p;
		p += n;
	}
	b->row.port = r->port;
	b->row.clock_skew_s = r->skew_s;
	b->row.publication = r->publication;
	return true;
}

/* Under the lock. */
static struct beat *beat_of(struct heartbeat_queue *q, const char *id)
{
	uint64_t h = table_hash(span_str(id), q->seed);

	for (size_t i = h % SLOTS;; i = (i + 1) % SLOTS) {
		if (q->slots[i] == 0) {
			if (q->n == AGENT_HEARTBEATS_MAX)
				return NULL;
			if (q->n == q->room) {
				void *more = mem_grow(q->beats, q->room, q->room + GROW,
						      sizeof(*q->beats));

				if (!more)
					return NULL;
				q->beats = more;
				q->room += GROW;
			}
			q->beats[q->n] = (struct beat){.at_s = 0};
			text_copy(q->beats[q->n].id, AGENT_ID_SIZE, id);
			q->slots[i] = (uint32_t)++q->n;
			return &q->beats[q->n - 1];
		}
		if (strcmp(q->beats[q->slots[i] - 1].id, id) == 0)
			return &q->beats[q->slots[i] - 1];
	}
}

void heartbeat_put(struct heartbeat_queue *q, const char *id, const char *address, int64_t now_s,
		   const struct agent_report *r)
{
	struct beat *b;

	pthread_mutex_lock(&q->lock);
	b = beat_of(q, id);
	if (b) {
		b->at_s = now_s;
		text_copy(b->address, sizeof(b->address), address);
		if (r && !report_keep(b, r))
			b->at_s = now_s; /* memory is short: at least it was seen */
	}
	pthread_mutex_unlock(&q->lock);
}

static bool beat_write(struct core *c, struct beat *b, bool *inventories, bool *updates,
		       struct err *e)
{
	bool changed = false, moved = false;

	if (!b->text)
		return agent_row_touch(core_store(c), b->id, b->address, b->at_s, e);
	b->row.id = b->id;
	b->row.address = b->address;
	b->row.last_seen_s = b->at_s;
	if (!agent_row_report(core_store(c), &b->row, e) ||
	    (b->row.inventory_digest[0] &&
	     !agent_row_inventory_same(core_store(c), b->id, b->row.inventory_digest, b->at_s,
				       &changed, e)))
		return false;
	if (!update_state_take(c, b->id, b->row.states, b->row.clock_skew_s, b->at_s, &moved, e))
		return false;
	*inventories |= changed;
	*updates |= moved;
	return true;
}

static bool group_write(struct core *c, struct beat *beats, size_t n, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;
	bool reports = false, inventories = false, updates = false;

	if (!tx_begin(c, &tx, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!beat_write(c, &beats[i], &inventories, &updates, e))
			return false;
		reports |= beats[i].text != NULL;
	}
	if (reports)
		tx_note(c, "agent", json_object());
	if (inventories)
		tx_note(c, "root", json_object());
	if (updates)
		tx_note(c, "update", json_object());
	return tx_commit(&tx, e);
}

bool heartbeats_write(struct core *c, struct heartbeat_queue *q, struct err *e)
{
	struct beat *beats;
	size_t n;
	bool good = true;

	pthread_mutex_lock(&q->lock);
	beats = q->beats;
	n = q->n;
	q->beats = NULL;
	q->n = q->room = 0;
	if (n > 0)
		memset(q->slots, 0, sizeof(q->slots));
	pthread_mutex_unlock(&q->lock);
	for (size_t i = 0; good && i < n; i += AGENT_HEARTBEATS_GROUP)
		good = group_write(c, beats + i,
				   n - i < AGENT_HEARTBEATS_GROUP ? n - i : AGENT_HEARTBEATS_GROUP,
				   e);
	beats_free(beats, n);
	return good;
}
