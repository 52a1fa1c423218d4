/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/agents/agent_impl.h"

#include "base/digest.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "core/tx.h"
#include "core/updates/update_states.h"
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

struct beats {
	struct beat *items;
	size_t n, room;
	uint32_t slots[SLOTS]; /* index + 1; 0 free */
};

struct heartbeat_queue {
	pthread_mutex_t lock;
	struct beats both[2], *waiting, *writing; /* writing: on their way into the database */
	uint64_t seed;
};

bool heartbeat_queue_new(struct heartbeat_queue **out, struct err *e)
{
	struct heartbeat_queue *q = mem_new(struct heartbeat_queue);

	if (!q)
		return err_nomem(e);
	pthread_mutex_init(&q->lock, NULL);
	q->waiting = &q->both[0];
	q->writing = &q->both[1];
	random_bytes(&q->seed, sizeof(q->seed));
	*out = q;
	return true;
}

static void beats_clear(struct beats *all)
{
	for (size_t i = 0; i < all->n; i++)
		mem_free(all->items[i].text);
	mem_free(all->items);
	if (all->n > 0)
		memset(all->slots, 0, sizeof(all->slots));
	all->items = NULL;
	all->n = all->room = 0;
}

void heartbeat_queue_free(struct heartbeat_queue *q)
{
	if (!q)
		return;
	beats_clear(q->waiting);
	beats_clear(q->writing);
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

/* Under the lock, as the next two: the slot where this one lies, or is to lie. */
static uint32_t *slot_of(const struct heartbeat_queue *q, struct beats *all, const char *id)
{
	uint64_t h = table_hash(span_str(id), q->seed);

	for (size_t i = h % SLOTS;; i = (i + 1) % SLOTS)
		if (all->slots[i] == 0 || strcmp(all->items[all->slots[i] - 1].id, id) == 0)
			return &all->slots[i];
}

static struct beat *beat_of(struct heartbeat_queue *q, const char *id)
{
	struct beats *all = q->waiting;
	uint32_t *slot = slot_of(q, all, id);

	if (*slot != 0)
		return &all->items[*slot - 1];
	if (all->n == AGENT_HEARTBEATS_MAX)
		return NULL;
	if (all->n == all->room) {
		void *more = mem_grow(all->items, all->room, all->room + GROW, sizeof(*all->items));

		if (!more)
			return NULL;
		all->items = more;
		all->room += GROW;
	}
	all->items[all->n] = (struct beat){.at_s = 0};
	text_copy(all->items[all->n].id, AGENT_ID_SIZE, id);
	*slot = (uint32_t)++all->n;
	return &all->items[all->n - 1];
}

/* The report of this one among these; NULL: none. */
static struct beat *report_in(struct heartbeat_queue *q, struct beats *all, const char *id)
{
	uint32_t slot = *slot_of(q, all, id);

	return slot != 0 && all->items[slot - 1].text ? &all->items[slot - 1] : NULL;
}

void heartbeat_put(struct heartbeat_queue *q, const char *id, const char *address, int64_t now_s,
		   const struct agent_report *r, bool same)
{
	struct beat *b;

	pthread_mutex_lock(&q->lock);
	b = beat_of(q, id);
	if (b) {
		b->at_s = now_s;
		text_copy(b->address, sizeof(b->address), address);
		/* the row may be as this report says, and another one wait that says otherwise */
		if ((!same || b->text || report_in(q, q->writing, id)) && !report_keep(b, r))
			b->at_s = now_s; /* memory is short: at least it was seen */
	}
	pthread_mutex_unlock(&q->lock);
}

void heartbeat_inventory_told(struct heartbeat_queue *q, const char *id)
{
	pthread_mutex_lock(&q->lock);
	for (size_t i = 0; i < ARRAY_LEN(q->both); i++) {
		struct beat *former = report_in(q, &q->both[i], id);

		if (former)
			former->row.inventory_digest = "";
	}
	pthread_mutex_unlock(&q->lock);
}

static const char *digest_of(struct heartbeat_queue *q, const struct beat *b)
{
	const char *digest;

	pthread_mutex_lock(&q->lock);
	digest = b->row.inventory_digest;
	pthread_mutex_unlock(&q->lock);
	return digest;
}

static bool beat_write(struct core *c, struct heartbeat_queue *q, struct beat *b, bool *inventories,
		       bool *updates, struct err *e)
{
	bool changed = false, moved = false;
	const char *digest;

	if (!b->text)
		return agent_row_touch(core_store(c), b->id, b->address, b->at_s, e);
	b->row.id = b->id;
	b->row.address = b->address;
	b->row.last_seen_s = b->at_s;
	digest = digest_of(q, b);
	if (!agent_row_report(core_store(c), &b->row, e) ||
	    (digest[0] &&
	     !agent_row_inventory_same(core_store(c), b->id, digest, b->at_s, &changed, e)))
		return false;
	if (!update_state_take(c, b->id, b->row.states, b->row.clock_skew_s, b->at_s, &moved, e))
		return false;
	*inventories |= changed;
	*updates |= moved;
	return true;
}

static bool group_write(struct core *c, struct heartbeat_queue *q, struct beat *beats, size_t n,
			struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;
	bool reports = false, inventories = false, updates = false;

	if (!tx_begin(c, &tx, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!beat_write(c, q, &beats[i], &inventories, &updates, e))
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
	struct beats *all;
	bool good = true;

	pthread_mutex_lock(&q->lock);
	all = q->waiting;
	q->waiting = q->writing;
	q->writing = all;
	pthread_mutex_unlock(&q->lock);
	for (size_t i = 0; good && i < all->n; i += AGENT_HEARTBEATS_GROUP)
		good = group_write(c, q, all->items + i,
				   all->n - i < AGENT_HEARTBEATS_GROUP ? all->n - i
								       : AGENT_HEARTBEATS_GROUP,
				   e);
	pthread_mutex_lock(&q->lock);
	beats_clear(all);
	pthread_mutex_unlock(&q->lock);
	return good;
}
