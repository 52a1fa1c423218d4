/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/audit.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/audit_chain.h"
#include "core/paging.h"
#include "core/tx.h"
#include "core/view/view.h"
#include "store/audit.h"

#include <assert.h>
#include <string.h>

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static bool row_append(struct core *c, const struct actor *by, const char *action,
		       const char *object, const char *detail, struct store_audit *r, struct err *e)
{
	uint8_t prev[SHA256_BYTES], hash[SHA256_BYTES];
	int64_t last;

	if (!store_audit_head(core_store(c), &last, prev, e))
		return false;
	*r = (struct store_audit){.seq = last + 1,
				  .at_s = core_now_s(c),
				  .actor = or_empty(by->name),
				  .via = or_empty(by->via),
				  .address = or_empty(by->address),
				  .request_id = or_empty(by->request_id),
				  .action = action,
				  .object = or_empty(object),
				  .detail = detail,
				  .prev = span_of(prev, sizeof(prev))};
	if (!audit_row_hash(r, hash, e))
		return false;
	r->hash = span_of(hash, sizeof(hash));
	return store_audit_insert(core_store(c), r, e) && audit_anchor_set(c, r->seq, hash, e);
}

bool audit_add(struct core *c, const struct actor *by, const char *action, const char *object,
	       json_t *detail, struct err *e)
{
	json_t *what AUTO_JSON = detail ? detail : json_object();
	struct buf text AUTO_BUF = BUF_INIT;
	struct store_audit r;

	assert(store_in_transaction(
		core_store(c))); /* the row goes with its change, or not at all */
	if (!what || !json_write(what, &text, e) ||
	    !row_append(c, by, action, object, buf_str(&text), &r, e) ||
	    !tx_bump(c, COUNTER_CHANGE_SEQ, NULL, e))
		return err_wrap(e, "cannot write the audit trail");
	tx_note(c, "audit",
		json_pack("{s:I, s:s, s:s, s:s}", "seq", (json_int_t)r.seq, "action", action,
			  "object", or_empty(object), "actor", r.actor));
	return true;
}

struct listing {
	json_t *items; /* borrowed */
	int limit;
	int64_t last;
	bool more;
};

static bool item_add(void *arg, const struct store_audit *row, struct err *e)
{
	struct listing *l = arg;

	if ((int)json_array_size(l->items) == l->limit) {
		l->more = true;
		return true;
	}
	l->last = row->seq;
	return json_array_append_new(l->items, view_audit(row)) == 0 || err_nomem(e);
}

bool audit_list(struct core *c, const struct audit_query *q, json_t **out, struct err *e)
{
	struct store_audit_filter f = {.actor = q->actor,
				       .object = q->object,
				       .since_s = q->since_s,
				       .until_s = q->until_s};
	struct page_state p;
	char *prefix AUTO_MEM = NULL;
	json_t *items AUTO_JSON = json_array();
	struct listing l = {.items = items};
	int64_t total;

	if (!items)
		return err_nomem(e);
	if (!page_read(&q->page, &p, e))
		return false;
	if (p.sort[0] != '\0' && strcmp(p.sort, "seq") != 0)
		return err_reason(e, "request.parameter",
				  "the audit trail is sorted by -seq alone");
	if (q->action && text_ends_with(q->action, ".*")) {
		prefix = mem_strn(q->action, strlen(q->action) - 1);
		if (!prefix)
			return err_nomem(e);
		f.action_prefix = prefix;
	} else {
		f.action = q->action;
	}
	f.before_seq = p.after;
	f.limit = p.limit + 1;
	l.limit = p.limit;
	if (!store_audit_count(core_store(c), &f, &total, e) ||
	    !store_audit_list(core_store(c), &f, item_add, &l, e))
		return false;
	return page_answer(json_incref(items), total, &p, l.more ? l.last : 0, out, e);
}
