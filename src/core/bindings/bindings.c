/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/bindings.h"

#include "base/json.h"
#include "base/num.h"
#include "core/audit.h"
#include "core/bindings/plan.h"
#include "core/permit.h"
#include "core/tx.h"
#include "core/view/view_binding.h"

bool bindings_list(struct core *c, json_t **out, struct err *e)
{
	struct binding_rows rows AUTO_BINDING_ROWS = {.n = 0};
	json_t *items AUTO_JSON = json_array();
	json_t *o;

	if (!items)
		return err_nomem(e);
	if (!binding_row_list(core_store(c), &rows, e))
		return false;
	for (size_t i = 0; i < rows.n; i++) {
		json_t *one = NULL;

		if (!binding_view(c, &rows.items[i], &one, e))
			return false;
		if (json_array_append_new(items, one) != 0)
			return err_nomem(e);
	}
	o = json_pack("{s:O, s:i}", "items", items, "total", (int)rows.n);
	if (!o)
		return err_nomem(e);
	*out = o;
	return true;
}

bool bindings_show(struct core *c, const char *id_or_endpoint, json_t **out, struct err *e)
{
	struct binding_row row;

	return binding_find(c, id_or_endpoint, &row, e) && binding_view(c, &row, out, e);
}

static bool page_read(const struct page *p, int *limit, int64_t *before_seq, struct err *e)
{
	uint64_t seq = 0;

	*limit = p && p->limit ? p->limit : PAGE_LIMIT_DEFAULT;
	*before_seq = 0;
	if (*limit < 1 || *limit > PAGE_LIMIT_MAX)
		return err_set(e, ERR_INVALID, "limit %d, 1 to %d", *limit, PAGE_LIMIT_MAX);
	if (!p || !p->token)
		return true;
	if (!num_u64(p->token, INT64_MAX, &seq))
		return err_set(e, ERR_INVALID, "no page has the token '%.40s'", p->token);
	*before_seq = (int64_t)seq;
	return true;
}

bool bindings_history(struct core *c, const char *id_or_endpoint, const struct page *p,
		      json_t **out, struct err *e)
{
	struct change_rows rows AUTO_CHANGE_ROWS = {.n = 0};
	struct binding_row row;
	json_t *items AUTO_JSON = json_array();
	json_t *o AUTO_JSON = NULL;
	int64_t before_seq, total = 0;
	int limit;

	if (!items)
		return err_nomem(e);
	if (!page_read(p, &limit, &before_seq, e) || !binding_find(c, id_or_endpoint, &row, e) ||
	    !change_row_history(core_store(c), row.id, before_seq, limit, &rows, &total, e))
		return false;
	for (size_t i = 0; i < rows.n; i++)
		if (json_array_append_new(items, change_view(&rows.items[i])) != 0)
			return err_nomem(e);
	o = json_pack("{s:O, s:I}", "items", items, "total", (json_int_t)total);
	if (!o)
		return err_nomem(e);
	if ((int)rows.n == limit &&
	    json_object_set_new(o, "next_page_token",
				json_sprintf("%lld", (long long)rows.items[rows.n - 1].seq)) != 0)
		return err_nomem(e);
	*out = o;
	o = NULL;
	return true;
}

static bool remove_row(struct core *c, const struct actor *by, const char *name, struct err *e)
{
	struct change_row open AUTO_CHANGE_ROW = CHANGE_ROW_INIT;
	struct binding_row row;
	char text[320];
	bool is_open = false;

	if (!binding_find(c, name, &row, e) ||
	    !change_row_open(core_store(c), row.id, &open, &is_open, e))
		return false;
	binding_row_text(&row, text, sizeof text);
	if (row.is_default)
		return err_reason(e, "binding.last", "%s is the default binding", text);
	if (row.state.agents)
		return err_set(e, ERR_IN_USE,
			       "%s is the agents' binding: make another one the agents' first",
			       text);
	if (is_open)
		return err_reason(e, "change.open", "the change %.8s of %s is open", open.id, text);
	return binding_row_delete(core_store(c), row.id, e) &&
	       tx_bump(c, COUNTER_CHANGE_SEQ, NULL, e) &&
	       tx_bump(c, COUNTER_TLS_GENERATION, NULL, e) &&
	       audit_add(c, by, "bind.remove", text,
			 json_pack("{s:o}", "before", binding_state_view(&row.state)), e);
}

bool bindings_remove(struct core *c, const struct actor *by, const char *id_or_endpoint,
		     struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;

	return permit(by, PERM_BIND, e) && tx_begin(c, &tx, e) &&
	       remove_row(c, by, id_or_endpoint, e) && tx_commit_publish(&tx, e);
}
