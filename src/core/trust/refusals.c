/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/refusals.h"

#include "base/json.h"
#include "base/num.h"
#include "core/paging.h"
#include "core/trust/refusal_record.h"
#include "core/view/view.h"
#include "store/refusals.h"

#include <stdio.h>
#include <string.h>

static json_t *number_text(int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)n);
	return json_string(text);
}

/* verdict: the stored one, borrowed. */
static json_t *refusal_view(const struct store_refusal *r, const json_t *verdict)
{
	json_t *list = json_object_get(verdict, "issuer_list");

	return json_pack("{s:o, s:o, s:o, s:I, s:o, s:s, s:s, s:o, s:o, s:i, s:I, s:o, s:i, s:I,"
			 " s:s, s:s}",
			 "id", number_text(r->id), "time", json_time(r->at_s), "last",
			 json_time(r->last_s), "count", (json_int_t)r->count, "binding",
			 number_text(r->binding_id), "endpoint", r->endpoint, "client", r->client,
			 "subject", view_text_or_null(r->subject), "sha256",
			 view_text_or_null(r->sha256), "mode", r->mode, "trust_generation",
			 (json_int_t)r->trust_generation, "issuer_list",
			 list ? json_incref(list) : json_null(), "substatus", r->substatus, "win32",
			 (json_int_t)r->win32, "reason", r->reason, "explanation", r->explanation);
}

struct listing {
	json_t *items;
	int64_t last_id, shown_id; /* of the last row, and of the one before it */
};

static bool list_add(void *arg, const struct store_refusal *row, struct err *e)
{
	struct listing *l = arg;
	json_t *verdict AUTO_JSON = json_loads(row->verdict, 0, NULL);

	l->shown_id = l->last_id;
	l->last_id = row->id;
	return json_array_append_new(l->items, refusal_view(row, verdict)) == 0 || err_nomem(e);
}

bool refusals_list(struct core *c, const struct refusal_query *q, json_t **out, struct err *e)
{
	struct store_refusal_filter f = {.binding = q->binding,
					 .reason = q->reason,
					 .client = q->client,
					 .substatus = q->substatus,
					 .since_s = q->since_s,
					 .until_s = q->until_s};
	struct listing l = {.items = json_array()};
	struct page_state page;
	int64_t total = 0;

	if (!page_read(&q->page, &page, e)) {
		json_decref(l.items);
		return false;
	}
	f.before_id = page.after;
	f.limit = page.limit + 1; /* one more tells whether there is a next page */
	if (!store_refusal_count(core_store(c), &f, &total, e) ||
	    !store_refusal_list(core_store(c), &f, list_add, &l, e)) {
		json_decref(l.items);
		return false;
	}
	if (json_array_size(l.items) <= (size_t)page.limit)
		return page_answer(l.items, total, &page, 0, out, e);
	json_array_remove(l.items, (size_t)page.limit);
	return page_answer(l.items, total, &page, l.shown_id, out, e);
}

struct showing {
	json_t *record;
	struct buf *presented; /* NULL: not asked for */
};

static json_t *pem_list(const char *pem)
{
	static const char end[] = "-----END CERTIFICATE-----\n";
	json_t *list = json_array();

	for (const char *next; (next = strstr(pem, end)); pem = next + strlen(end))
		json_array_append_new(list, json_stringn(pem, (size_t)(next - pem) + strlen(end)));
	return list;
}

static bool show(void *arg, const struct store_refusal *row, struct err *e)
{
	struct showing *s = arg;
	json_t *verdict AUTO_JSON = json_loads(row->verdict, 0, NULL);
	json_t *paths = json_object_get(verdict, "paths");
	json_t *o;

	if (s->presented) {
		buf_add_str(s->presented, row->presented);
		return buf_ok(s->presented) || err_nomem(e);
	}
	o = refusal_view(row, verdict);
	if (!o || json_object_set_new(o, "paths", paths ? json_incref(paths) : json_array()) ||
	    json_object_set_new(o, "presented", pem_list(row->presented))) {
		json_decref(o);
		return err_nomem(e);
	}
	s->record = o;
	return true;
}

static bool find(struct core *c, const char *id, struct showing *s, struct err *e)
{
	int64_t n = 0;
	bool found = false;

	if (num_i64(id, &n) && !store_refusal_by_id(core_store(c), n, show, s, &found, e))
		return false;
	return found || err_set(e, ERR_NOT_FOUND, "there is no refusal %.20s", id);
}

bool refusals_presented(struct core *c, const char *id, struct buf *out, struct err *e)
{
	struct showing s = {.presented = out};

	return find(c, id, &s, e);
}

bool refusal_record(struct core *c, const char *id, json_t **out, struct err *e)
{
	struct showing s = {.record = NULL};

	if (!find(c, id, &s, e))
		return false;
	*out = s.record;
	return true;
}
