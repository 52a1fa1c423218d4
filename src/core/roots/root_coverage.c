/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/roots/root_coverage.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "core/paging.h"
#include "core/roots/root_catalogue.h"
#include "core/roots/root_policy.h"
#include "store/root_agents.h"
#include "store/root_inventories.h"

#include <limits.h>
#include <string.h>

#define NO_INVENTORY '?' /* the letter that stands for all entries then */

typedef int64_t standing_counts[ROOT_STANDINGS];

struct coverage {
	struct root_catalogue k;
	standing_counts *counts; /* one an entry */
	int64_t total;
	enum root_standing of[UCHAR_MAX + 1]; /* by letter, before the clock is asked */
	unsigned policies;		      /* agents with one of these own ones, by bit */
};
#define ALL_POLICIES ((1U << ROOT_POLICIES) - 1)
#define COVERAGE_INIT                                                                              \
	{                                                                                          \
		.k = ROOT_CATALOGUE_INIT, .policies = ALL_POLICIES                                 \
	}

static void coverage_clear(struct coverage *v)
{
	root_catalogue_clear(&v->k);
	mem_free(v->counts);
}

static bool group_count(void *arg, const struct inventory_group *g, struct err *e)
{
	struct coverage *v = arg;
	const uint8_t *letters = g->standing.p;
	size_t n = g->standing.len < v->k.n ? g->standing.len : v->k.n;

	(void)e; /* nothing fails here */
	if (!(v->policies >> root_policy_from(g->policy) & 1))
		return true;
	v->total += g->n;
	for (size_t i = 0; i < n; i++) /* millions of times: keep it small */
		v->counts[i][v->of[letters[i]]] += g->n;
	for (size_t i = n; i < v->k.n; i++)
		v->counts[i][v->of[n ? 0 : NO_INVENTORY]] += g->n;
	return true;
}

/* What the clock and missing digests make of what is kept. */
static void settle(struct coverage *v)
{
	for (size_t i = 0; i < v->k.n; i++) {
		int64_t *n = v->counts[i];

		if (v->k.items[i].expired) {
			n[ROOT_EXPIRED] += n[ROOT_HELD];
			n[ROOT_HELD] = 0;
		}
		if (!v->k.items[i].has_digest) {
			n[ROOT_UNCONFIRMED] += n[ROOT_UNKNOWN];
			n[ROOT_UNKNOWN] = 0;
		}
	}
}

static bool coverage_of(struct core *c, struct coverage *v, struct err *e)
{
	for (int letter = 0; letter <= UCHAR_MAX; letter++)
		v->of[letter] = root_standing_from((char)letter);
	if (!root_catalogue_read_reported(c, &v->k, e))
		return false;
	v->counts = mem_array(v->k.n + 1, sizeof(*v->counts));
	if (!v->counts)
		return err_nomem(e);
	if (!inventory_groups(core_store(c), group_count, v, e))
		return false;
	settle(v);
	return true;
}

/* Catalogue and inventories of one moment. */
static bool coverage_read(struct core *c, struct coverage *v, struct err *e)
{
	bool begun, good;

	if (!store_snapshot(core_store(c), &begun, e))
		return false;
	good = coverage_of(c, v, e);
	store_snapshot_end(core_store(c), begun);
	return good;
}

static json_t *counts_view(const int64_t *n)
{
	json_t *o = json_object();

	for (int s = 0; s < ROOT_STANDINGS; s++)
		if (json_object_set_new(o, root_standing_name((enum root_standing)s),
					json_integer((json_int_t)n[s])) != 0) {
			json_decref(o);
			return NULL;
		}
	return o;
}

static size_t position_of(const struct coverage *v, const json_t *entry)
{
	const char *id = json_string_value(json_object_get(entry, "id"));
	int64_t number = 0;

	return id && num_i64(id, &number) ? root_catalogue_at(&v->k, number) : v->k.n;
}

/* One that came in between has no agents yet. */
static bool entry_add(const struct coverage *v, json_t *entry, struct err *e)
{
	return json_object_set_new(entry, "agents",
				   counts_view(v->counts[position_of(v, entry)])) == 0 ||
	       err_nomem(e);
}

bool root_coverage_add(struct core *c, json_t *list, struct err *e)
{
	struct coverage v AUTO(coverage_clear) = COVERAGE_INIT;
	size_t i;
	json_t *entry;

	if (!coverage_read(c, &v, e))
		return false;
	json_array_foreach(json_object_get(list, "items"), i, entry)
	{
		if (!entry_add(&v, entry, e))
			return false;
	}
	return json_object_set_new(list, "agents_total", json_integer((json_int_t)v.total)) == 0 ||
	       err_nomem(e);
}

/* ---- the agents of an entry ---- */

struct page_arg {
	struct root_entry entry;
	enum root_policy server;
	json_t *items; /* borrowed */
	int limit;
	int64_t last;
	bool more;
};

static json_t *policy_view(enum root_policy own, enum root_policy server)
{
	return json_pack("{s:s, s:s}", "own", root_policy_name(own), "effective",
			 root_policy_name(root_policy_effective(own, server)));
}

static bool agent_add(void *arg, const struct root_agent_row *r, struct err *e)
{
	struct page_arg *a = arg;
	enum root_standing s =
		root_catalogue_standing(&a->entry, r->letter ? r->letter : NO_INVENTORY);

	if (json_array_size(a->items) == (size_t)a->limit) {
		a->more = true;
		return true;
	}
	a->last = r->rowid;
	return json_array_append_new(
		       a->items,
		       json_pack("{s:s, s:o, s:s, s:o, s:s, s:o, s:o}", "id", r->id, "name",
				 json_text(span_str(r->name)), "address", r->address, "last_seen",
				 json_time(r->last_seen_s), "standing", root_standing_name(s),
				 "policy", policy_view(root_policy_from(r->policy), a->server),
				 "reported_at",
				 r->letter ? json_time(r->inventory_s) : json_null())) == 0 ||
	       err_nomem(e);
}

/* The letters that mean this standing for this entry now. */
static void letters_of(const struct root_entry *entry, enum root_standing s,
		       char out[static ROOT_STANDINGS + 1])
{
	size_t n = 0;

	for (int i = 0; i < ROOT_STANDINGS; i++) {
		char letter = root_standing_letter((enum root_standing)i);

		if (root_catalogue_standing(entry, letter) == s)
			out[n++] = letter;
	}
	out[n] = '\0';
}

/* The own policies that amount to this one. */
static bool policies_of(const char *name, enum root_policy server, unsigned *out, struct err *e)
{
	struct err ignored = ERR_INIT; /* it speaks of a member */
	enum root_policy wanted, own;

	if (!name)
		return true;
	if (!root_policy_parse(name, &wanted, &ignored))
		return err_reason(e, "request.parameter", "there is no policy '%.20s'", name);
	*out = 0;
	for (own = 0; own < ROOT_POLICIES; own++)
		if (root_policy_effective(own, server) == wanted)
			*out |= 1U << own;
	return true;
}

static bool agents_of(struct core *c, const struct root_agents_query *q, struct page_arg *a,
		      struct page_state *page, int64_t *total, struct err *e)
{
	struct coverage v AUTO(coverage_clear) = COVERAGE_INIT;
	char letters[ROOT_STANDINGS + 1] = "";
	enum root_standing wanted = ROOT_UNKNOWN;
	int64_t id = 0;
	size_t at;

	if (q->standing && !root_standing_parse(q->standing, &wanted))
		return err_reason(e, "request.parameter", "there is no standing '%.20s'",
				  q->standing);
	if (!policies_of(q->policy, a->server, &v.policies, e) || !coverage_of(c, &v, e))
		return false;
	at = num_i64(q->entry, &id) ? root_catalogue_at(&v.k, id) : v.k.n;
	if (at == v.k.n)
		return err_reason(e, "root.not_found", "the catalogue has no entry '%.40s'",
				  q->entry);
	a->entry = v.k.items[at];
	*total = q->standing ? v.counts[at][wanted] : v.total;
	if (q->standing)
		letters_of(&a->entry, wanted, letters);
	return root_agent_list(core_store(c),
			       &(struct root_agent_choice){.position = (int64_t)at,
							   .letters = q->standing ? letters : NULL,
							   .policies = v.policies},
			       page->after, page->limit + 1, agent_add, a, e);
}

bool root_agents(struct core *c, const struct root_agents_query *q, json_t **out, struct err *e)
{
	json_t *items AUTO_JSON = json_array();
	struct page_arg a = {.items = items};
	struct page_state page;
	int64_t total = 0;
	bool good;

	if (!items)
		return err_nomem(e);
	if (!page_read(&q->page, &page, e) || !root_policy_of_server(c, &a.server, e) ||
	    !store_begin_read(core_store(c), e))
		return false;
	a.limit = page.limit;
	good = agents_of(c, q, &a, &page, &total, e);
	store_rollback(core_store(c));
	return good && page_answer(json_incref(items), total, &page, a.more ? a.last : 0, out, e);
}
