/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/refusals.h"

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/tx.h"
#include "core/view/view_verdict.h"
#include "store/refusals.h"
#include "x509/pem.h"

#include <pthread.h>
#include <string.h>

/*
 * The queue between the door and the database.
 */
struct entry {
	int64_t at_s, last_s, count, binding_id, trust_generation;
	uint32_t win32;
	int substatus;
	enum trust_mode mode;
	char endpoint[320], client[48], sha256[65];
	const char *reason; /* static */
	char explanation[480];
	char *subject, *verdict, *presented;
};

struct refusal_queue {
	/* Held while taken entries are written: who flushes next finds them in the database. Before lock. */
	pthread_mutex_t flushing;
	pthread_mutex_t lock;
	struct entry entries[REFUSALS_QUEUE_MAX];
	size_t n;
	uint64_t lost;
};

bool refusal_queue_new(struct refusal_queue **out, struct err *e)
{
	struct refusal_queue *q = mem_new(struct refusal_queue);

	if (!q)
		return err_nomem(e);
	pthread_mutex_init(&q->flushing, NULL);
	pthread_mutex_init(&q->lock, NULL);
	*out = q;
	return true;
}

static void entry_clear(struct entry *x)
{
	mem_free(x->subject);
	mem_free(x->verdict);
	mem_free(x->presented);
	memset(x, 0, sizeof(*x));
}

void refusal_queue_free(struct refusal_queue *q)
{
	if (!q)
		return;
	for (size_t i = 0; i < q->n; i++)
		entry_clear(&q->entries[i]);
	pthread_mutex_destroy(&q->lock);
	pthread_mutex_destroy(&q->flushing);
	mem_free(q);
}

static bool is_same(const struct entry *a, const struct entry *b)
{
	return a->binding_id == b->binding_id && a->trust_generation == b->trust_generation &&
	       strcmp(a->reason, b->reason) == 0 && strcmp(a->client, b->client) == 0 &&
	       strcmp(a->sha256, b->sha256) == 0;
}

/* Under the lock: whether x is counted with its like, or as lost, and need not be kept itself. */
static bool counted(struct refusal_queue *q, const struct entry *x)
{
	for (size_t i = 0; i < q->n; i++)
		if (is_same(&q->entries[i], x)) {
			q->entries[i].count++;
			q->entries[i].last_s = x->last_s;
			return true;
		}
	q->lost += q->n == REFUSALS_QUEUE_MAX;
	return q->n == REFUSALS_QUEUE_MAX;
}

static bool count_up(struct refusal_queue *q, const struct entry *x)
{
	bool done;

	pthread_mutex_lock(&q->lock);
	done = counted(q, x);
	pthread_mutex_unlock(&q->lock);
	return done;
}

static char *subject_of(const struct cert_list *chain)
{
	struct buf text AUTO_BUF = BUF_INIT;

	if (chain->n > 0)
		name_text(&chain->items[0]->subject, &text);
	return mem_str(buf_str(&text));
}

static char *pem_of(const struct cert_list *chain)
{
	struct buf text AUTO_BUF = BUF_INIT;
	struct err ignored = ERR_INIT;

	for (size_t i = 0; i < chain->n && i < REFUSAL_PRESENTED_MAX; i++)
		if (!pem_write("CERTIFICATE",
			       span_of(chain->items[i]->der, chain->items[i]->der_len), &text,
			       &ignored))
			return NULL;
	return mem_str(buf_str(&text));
}

static char *verdict_of(const struct verdict *v, enum trust_mode mode)
{
	json_t *o AUTO_JSON = view_verdict(v, mode);
	json_t *paths = json_object_get(o, "paths");
	struct buf text AUTO_BUF = BUF_INIT;
	struct err ignored = ERR_INIT;

	while (json_array_size(paths) > REFUSAL_PATHS_MAX)
		if (json_array_remove(paths, json_array_size(paths) - 1))
			return NULL;
	if (!o || !json_write(o, &text, &ignored))
		return NULL;
	if (text.len > REFUSAL_BYTES_MAX) {
		buf_reset(&text);
		if (json_array_clear(paths) || !json_write(o, &text, &ignored))
			return NULL;
	}
	return mem_str(buf_str(&text));
}

static void endpoint_of(const struct served_binding *b, char *out, size_t size)
{
	struct buf text AUTO_BUF = BUF_INIT;

	if (b)
		endpoint_text(&b->endpoint, &text);
	text_copy(out, size, buf_str(&text));
}

static void put(struct refusal_queue *q, struct entry *x)
{
	pthread_mutex_lock(&q->lock);
	if (!counted(q, x)) {
		q->entries[q->n++] = *x;
		memset(x, 0, sizeof(*x));
	}
	pthread_mutex_unlock(&q->lock);
	entry_clear(x);
}

void refusal_put(struct refusal_queue *q, const struct peer *peer, const struct served *served,
		 const struct verdict *v, int64_t now_s)
{
	struct entry x = {.at_s = now_s,
			  .last_s = now_s,
			  .count = 1,
			  .binding_id = peer->binding_id,
			  .trust_generation = served->trust_generation,
			  .win32 = v->win32,
			  .substatus = v->substatus,
			  .mode = served->trust_mode,
			  .reason = v->reason};

	text_copy(x.client, sizeof(x.client), peer->client_ip);
	if (peer->client_chain.n > 0)
		text_copy(x.sha256, sizeof(x.sha256), peer->client_chain.items[0]->id);
	if (count_up(q, &x)) /* the cheap way: nothing is rendered twice */
		return;
	endpoint_of(served_by_id(served, peer->binding_id), x.endpoint, sizeof(x.endpoint));
	text_copy(x.explanation, sizeof(x.explanation), v->explanation);
	x.subject = subject_of(&peer->client_chain);
	x.verdict = verdict_of(v, served->trust_mode);
	x.presented = pem_of(&peer->client_chain);
	if (x.subject && x.verdict && x.presented)
		put(q, &x);
	else
		entry_clear(&x); /* memory is short: the log line tells of it */
}

static bool write_entry(struct core *c, const struct entry *x, struct err *e)
{
	return store_refusal_put(core_store(c),
				 &(struct store_refusal){.at_s = x->at_s,
							 .last_s = x->last_s,
							 .count = x->count,
							 .binding_id = x->binding_id,
							 .endpoint = x->endpoint,
							 .client = x->client,
							 .mode = x->mode,
							 .trust_generation = x->trust_generation,
							 .substatus = x->substatus,
							 .win32 = x->win32,
							 .reason = x->reason,
							 .explanation = x->explanation,
							 .subject = x->subject,
							 .sha256 = x->sha256,
							 .verdict = x->verdict,
							 .presented = x->presented},
				 e);
}

static bool write_all(struct core *c, const struct entry *entries, size_t n, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!tx_begin(c, &tx, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!write_entry(c, &entries[i], e))
			return false;
	tx_note(c, "refusal", json_pack("{s:I}", "count", (json_int_t)n));
	return store_refusal_trim(core_store(c), REFUSALS_MAX, e) && tx_commit(&tx, e);
}

/* What is not recorded is told: nothing else but the log of requests speaks of it. */
static void tell_lost(uint64_t lost)
{
	if (lost > 0)
		log_warning("door.refusals", "lost=%llu", (unsigned long long)lost);
}

static bool flush(struct core *c, struct refusal_queue *q, struct err *e)
{
	struct entry *taken AUTO_MEM = NULL;
	uint64_t lost;
	size_t n;
	bool good;

	pthread_mutex_lock(&q->lock);
	n = q->n;
	taken = mem_dup(q->entries, (n ? n : 1) * sizeof(*taken));
	lost = q->lost;
	if (taken)
		q->n = q->lost = 0;
	pthread_mutex_unlock(&q->lock);
	if (!taken)
		return err_nomem(e);
	good = n == 0 || write_all(c, taken, n, e);
	tell_lost(good ? lost : lost + n);
	for (size_t i = 0; i < n; i++)
		entry_clear(&taken[i]);
	return good;
}

bool refusals_flush(struct core *c, struct refusal_queue *q, struct err *e)
{
	bool good;

	pthread_mutex_lock(&q->flushing);
	good = flush(c, q, e);
	pthread_mutex_unlock(&q->flushing);
	return good;
}
