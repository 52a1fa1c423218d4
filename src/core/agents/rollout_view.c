/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/agents/rollout_view.h"

#include "base/clock.h"
#include "base/num.h"
#include "base/text.h"
#include "core/paging.h"

#include <stdio.h>
#include <string.h>

static const char *const states[WORK_STATES] = {
	[WORK_PENDING] = "pending", [WORK_SENDING] = "sending", [WORK_DONE] = "done",
	[WORK_REFUSED] = "refused", [WORK_FAILED] = "failed",	[WORK_CANCELLED] = "cancelled",
};

/* Rate and remaining time, from how it went so far; what waits for a retry is not foreseen. */
static bool pace_add(json_t *o, const struct rollout_row *r, const int64_t *n, int64_t now_s)
{
	int64_t ended = n[WORK_DONE] + n[WORK_REFUSED] + n[WORK_FAILED];
	int64_t left = n[WORK_PENDING] + n[WORK_SENDING];
	int64_t took = (r->ended_s ? r->ended_s : now_s) - r->created_s;
	double rate = took > 0 ? (double)ended / (double)took : (double)ended;
	bool runs = strcmp(r->state, "running") == 0;

	return json_object_set_new(o, "per_second", json_real(rate)) == 0 &&
	       json_object_set_new(o, "seconds_left",
				   runs && rate > 0
					   ? json_integer((json_int_t)((double)left / rate))
					   : json_null()) == 0;
}

bool rollout_view(struct core *c, const struct rollout_row *r, json_t **out, struct err *e)
{
	int64_t n[WORK_STATES], total = 0;
	json_t *counts, *o;
	char id[24];

	if (!work_tally(core_store(c), r->id, n, e))
		return false;
	counts = json_object();
	for (int i = 0; i < WORK_STATES; i++) {
		(void)json_object_set_new(counts, states[i], json_integer(n[i]));
		total += n[i];
	}
	(void)snprintf(id, sizeof(id), "%lld", (long long)r->id);
	o = json_pack("{s:s, s:s, s:s, s:o, s:s, s:I, s:I, s:I, s:s, s:o, s:o, s:I, s:o}", "id", id,
		      "kind", r->kind, "cmd", r->cmd, "args",
		      json_loads(r->args, 0, NULL) ?: json_object(), "state", r->state, "parallel",
		      (json_int_t)r->parallel, "attempts", (json_int_t)r->attempts, "jitter_ms",
		      (json_int_t)r->jitter_ms, "actor", r->actor, "created",
		      json_time(r->created_s), "ended",
		      r->ended_s ? json_time(r->ended_s) : json_null(), "total", (json_int_t)total,
		      "counts", counts);
	if (!o || !pace_add(o, r, n, core_now_s(c))) {
		json_decref(o);
		return err_nomem(e);
	}
	*out = o;
	return true;
}

struct list_arg {
	struct core *core;
	json_t *items;
	int limit;
	int64_t last;
	bool more;
};

static bool list_one(void *arg, const struct rollout_row *r, struct err *e)
{
	struct list_arg *a = arg;
	json_t *o = NULL;

	if ((int)json_array_size(a->items) == a->limit) {
		a->more = true;
		return true;
	}
	a->last = r->id;
	return rollout_view(a->core, r, &o, e) &&
	       (json_array_append_new(a->items, o) == 0 || err_nomem(e));
}

bool rollouts_list(struct core *c, const struct page *p, const char *kind, json_t **out,
		   struct err *e)
{
	json_t *items AUTO_JSON = json_array();
	struct list_arg arg = {.core = c, .items = items};
	struct page_state page;
	int64_t total = 0;

	if (!items)
		return err_nomem(e);
	if (!kind)
		kind = "rollout";
	if (strcmp(kind, "rollout") != 0 && strcmp(kind, "notify") != 0)
		return err_reason(e, "request.parameter", "kind is rollout or notify");
	if (!page_read(p, &page, e))
		return false;
	arg.limit = page.limit;
	return rollout_row_list(core_store(c), kind, page.after, page.limit + 1, list_one, &arg,
				e) &&
	       rollout_rows_count(core_store(c), kind, &total, e) &&
	       page_answer(json_incref(items), total, &page, arg.more ? arg.last : 0, out, e);
}

struct agents_arg {
	json_t *items;
	int limit;
	char last[64];
	bool more;
};

static bool agents_one(void *arg, const struct work_row *r, struct err *e)
{
	struct agents_arg *a = arg;

	if ((int)json_array_size(a->items) == a->limit) {
		a->more = true;
		return true;
	}
	text_copy(a->last, sizeof(a->last), r->agent);
	return json_array_append_new(
		       a->items,
		       json_pack("{s:s, s:o, s:s, s:I, s:s, s:o, s:o, s:o}", "id", r->agent, "name",
				 json_text(span_str(r->name)), "state", states[r->state],
				 "attempts", (json_int_t)r->attempts, "code", r->code, "detail",
				 json_text(span_str(r->detail)), "next",
				 r->state == WORK_PENDING ? json_time(r->due_ms / 1000)
							  : json_null(),
				 "ended", r->ended_s ? json_time(r->ended_s) : json_null())) == 0 ||
	       err_nomem(e);
}

static bool state_of(const char *name, int *out, struct err *e)
{
	*out = -1;
	if (!name)
		return true;
	for (int i = 0; i < WORK_STATES; i++)
		if (strcmp(states[i], name) == 0) {
			*out = i;
			return true;
		}
	return err_reason(e, "request.parameter", "there is no such state of work");
}

bool rollout_agents(struct core *c, const char *id, const char *state, const struct page *p,
		    json_t **out, struct err *e)
{
	json_t *items AUTO_JSON = json_array(), *rollout AUTO_JSON = NULL, *o;
	struct agents_arg arg = {.items = items, .limit = p->limit ? p->limit : PAGE_LIMIT_DEFAULT};
	const char *after = p->token ? p->token : "";
	uint64_t n = 0;
	int wanted;

	if (!items)
		return err_nomem(e);
	if (strspn(after, "0123456789abcdef") != strlen(after))
		return err_reason(e, "request.parameter", "the page token is not one of ours");
	if (!state_of(state, &wanted, e) || !rollout_show(c, id, &rollout, e) ||
	    !num_u64(id, INT64_MAX, &n) ||
	    !work_list(core_store(c), (int64_t)n, wanted, after, arg.limit + 1, agents_one, &arg,
		       e))
		return false;
	o = json_pack("{s:O, s:O}", "items", items, "total",
		      state ? json_object_get(json_object_get(rollout, "counts"), state)
			    : json_object_get(rollout, "total"));
	if (!o ||
	    (arg.more && json_object_set_new(o, "next_page_token", json_string(arg.last)) != 0)) {
		json_decref(o);
		return err_nomem(e);
	}
	*out = o;
	return true;
}
