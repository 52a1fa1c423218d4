/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/agents/agents.h"

#include "base/json.h"
#include "core/agents/agent_desk.h"
#include "core/agents/agent_egress.h"
#include "core/agents/agent_view.h"
#include "core/audit.h"
#include "core/paging.h"
#include "core/permit.h"
#include "core/tx.h"
#include "core/updates/update_states.h"
#include "store/agent_events.h"
#include "store/root_inventories.h"

#include <string.h>

struct list_arg {
	json_t *items;
	int limit;
	int64_t seen_since_s, last; /* last: rowid of the last one shown, 0 when none follows */
	bool more;
};

static bool list_one(void *arg, const struct agent_row *r, struct err *e)
{
	struct list_arg *a = arg;

	if ((int)json_array_size(a->items) == a->limit) {
		a->more = true;
		return true;
	}
	a->last = r->rowid;
	return json_array_append_new(a->items, agent_view(r, a->seen_since_s)) == 0 || err_nomem(e);
}

/* "%text%", with what LIKE would take for itself made plain. */
static bool like_of(const char *q, struct buf *out, struct err *e)
{
	if (strlen(q) > AGENT_SEARCH_MAX)
		return err_reason(e, "request.parameter", "q has at most %d bytes",
				  AGENT_SEARCH_MAX);
	buf_add_char(out, '%');
	for (; *q; q++) {
		if (strchr("%_\\", *q))
			buf_add_char(out, '\\');
		buf_add_char(out, *q);
	}
	buf_add_char(out, '%');
	return buf_ok(out) || err_nomem(e);
}

static bool filter_of(const struct agents_query *q, int64_t since, struct agent_filter *f,
		      struct err *e)
{
	static const struct {
		const char *state;
		int min, max;
	} ranges[] = {
		{"current", STANDING_CURRENT, STANDING_CURRENT},
		{"recoverable", STANDING_NTCER_OLD, STANDING_IPCER_OLD},
		{"mismatched", STANDING_UNKNOWN, STANDING_AHEAD},
		{"offline", STANDING_CURRENT, STANDING_IPCER_OLD},
	};

	*f = (struct agent_filter){.standing_min = q->mismatched ? STANDING_NTCER_OLD : 0,
				   .standing_max = STANDING_AHEAD,
				   .seen_max_s = INT64_MAX};
	if (!q->state)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		if (strcmp(ranges[i].state, q->state) != 0)
			continue;
		if (f->standing_min < ranges[i].min)
			f->standing_min = ranges[i].min;
		f->standing_max = ranges[i].max;
		if (strcmp(q->state, "offline") == 0)
			f->seen_max_s = since - 1;
		else if (ranges[i].max < STANDING_UNKNOWN)
			f->seen_min_s = since;
		return true;
	}
	return err_reason(e, "request.parameter",
			  "state is current, recoverable, mismatched or offline");
}

/* What is asked for most is counted by the index alone. */
static bool total_of(struct core *c, const struct agents_query *q, const struct agent_filter *f,
		     const struct agent_tally *t, int64_t *out, struct err *e)
{
	if (f->like || (q->mismatched && q->state))
		return agent_rows_matching(core_store(c), f, out, e);
	*out = q->mismatched ? t->files_differ
			     : t->current + t->recoverable + t->mismatched + t->offline;
	if (!q->state || q->mismatched)
		return true;
	*out = strcmp(q->state, "current") == 0	      ? t->current
	       : strcmp(q->state, "recoverable") == 0 ? t->recoverable
	       : strcmp(q->state, "mismatched") == 0  ? t->mismatched
						      : t->offline;
	return true;
}

bool agents_list(struct core *c, const struct agents_query *q, json_t **out, struct err *e)
{
	json_t *items AUTO_JSON = json_array();
	struct list_arg arg = {.items = items};
	struct buf like AUTO_BUF = BUF_INIT;
	struct page_state page;
	struct agent_filter f;
	struct agent_tally t;
	int64_t total = 0;

	if (!items)
		return err_nomem(e);
	if (!page_read(&q->page, &page, e) || !agents_seen_since(c, &arg.seen_since_s, e) ||
	    !filter_of(q, arg.seen_since_s, &f, e) || (q->q && !like_of(q->q, &like, e)))
		return false;
	f.like = q->q ? buf_str(&like) : NULL;
	arg.limit = page.limit;
	if (!agent_row_list(core_store(c), &f, page.after, page.limit + 1, list_one, &arg, e) ||
	    !agent_rows_tally(core_store(c), arg.seen_since_s, &t, e) ||
	    !total_of(c, q, &f, &t, &total, e) ||
	    !page_answer(json_incref(items), total, &page, arg.more ? arg.last : 0, out, e))
		return false;
	return json_object_set_new(
		       *out, "counts",
		       json_pack("{s:I, s:I, s:I, s:I}", "current", (json_int_t)t.current,
				 "recoverable", (json_int_t)t.recoverable, "mismatched",
				 (json_int_t)t.mismatched, "offline", (json_int_t)t.offline)) ==
		       0 ||
	       err_nomem(e);
}

struct show_arg {
	int64_t seen_since_s;
	json_t *view;
};

static bool show_one(void *arg, const struct agent_row *r, struct err *e)
{
	struct show_arg *a = arg;

	a->view = agent_view(r, a->seen_since_s);
	if (!a->view)
		return err_nomem(e);
	return (json_object_set_new(a->view, "versions",
				    json_loads(r->versions, 0, NULL) ?: json_object()) == 0 &&
		json_object_set_new(a->view, "states",
				    json_loads(r->states, 0, NULL) ?: json_object()) == 0 &&
		json_object_set_new(a->view, "listener_sha256", json_string(r->listener_sha256)) ==
			0) ||
	       err_nomem(e);
}

static bool event_one(void *arg, const struct agent_event_row *r, struct err *e)
{
	return json_array_append_new(arg, json_pack("{s:o, s:s, s:o, s:I}", "time",
						    json_time(r->at_s), "kind", r->kind, "text",
						    json_text(span_str(r->text)), "count",
						    (json_int_t)r->n)) == 0 ||
	       err_nomem(e);
}

bool agents_show(struct core *c, const char *id, json_t **out, struct err *e)
{
	struct show_arg arg = {.view = NULL};
	json_t *history AUTO_JSON = json_array(), *update = NULL;
	bool found = false;

	if (!agents_seen_since(c, &arg.seen_since_s, e) ||
	    !agent_row_find(core_store(c), id, show_one, &arg, &found, e)) {
		json_decref(arg.view);
		return false;
	}
	if (!found)
		return err_reason(e, "agent.not_found", "there is no agent of this id");
	if (!agent_event_each(core_store(c), id, event_one, history, e) ||
	    !update_of_agent(c, id, &update, e) ||
	    json_object_set_new(arg.view, "update", update) != 0 ||
	    json_object_set_new(arg.view, "history", json_incref(history)) != 0) {
		json_decref(arg.view);
		return e->code != ERR_OK ? false : err_nomem(e);
	}
	*out = arg.view;
	return true;
}

bool agents_pin_address(struct core *c, const struct actor *by, const char *id, const char *address,
			json_t **out, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;
	json_t *before AUTO_JSON = NULL;

	return permit(by, PERM_SETTINGS, e) &&
	       (!address || agent_egress_allows(c, address, true, e)) && tx_begin(c, &tx, e) &&
	       agents_show(c, id, &before, e) && agent_row_pin(core_store(c), id, address, e) &&
	       audit_add(c, by, "agent.pin", id,
			 json_pack("{s:O, s:s?}", "before",
				   json_object_get(before, "pinned_address"), "after", address),
			 e) &&
	       agents_show(c, id, out, e) && tx_commit(&tx, e);
}

bool agents_remove(struct core *c, const struct actor *by, const char *id, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;
	bool there = false;

	if (!permit(by, PERM_AGENTS, e) || !tx_begin(c, &tx, e) ||
	    !agent_row_delete(core_store(c), id, &there, e))
		return false;
	if (!there)
		return err_reason(e, "agent.not_found", "there is no agent of this id");
	return audit_add(c, by, "agent.remove", id, json_object(), e) && tx_commit(&tx, e);
}

bool agents_restate(struct core *c, struct err *e)
{
	return agent_rows_restate(core_store(c), e);
}

bool agents_tidy(struct core *c, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;

	return tx_begin(c, &tx, e) &&
	       agent_rows_drop_unproved(core_store(c), core_now_s(c) - AGENT_UNPROVED_KEEP_S, e) &&
	       agent_rows_restate(core_store(c), e) && inventory_rows_tidy(core_store(c), e) &&
	       tx_commit(&tx, e);
}

bool agents_share_of(struct core *c, const char *ipcer_sha256, struct agents_share *out,
		     struct err *e)
{
	int64_t since = 0;

	return agents_seen_since(c, &since, e) &&
	       agent_rows_holding(core_store(c), ipcer_sha256, 0, &out->all_holding, &out->all,
				  e) &&
	       agent_rows_holding(core_store(c), ipcer_sha256, since, &out->online_holding,
				  &out->online, e);
}
