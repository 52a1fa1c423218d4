/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/bindings.h"

#include "base/json.h"
#include "base/text.h"
#include "core/agents/agent_files.h"
#include "core/agents/agents.h"
#include "core/bindings/change_flow.h"
#include "core/bindings/change_steps.h"
#include "core/bindings/checks.h"
#include "core/permit.h"
#include "core/view/view_binding.h"

#include <string.h>

/* What a commit would find, or has found, among the agents: while it is open. */
static bool agents_add(struct core *c, const struct change_row *r, json_t *o, struct err *e)
{
	struct agents_share s;

	if (!r->after.agents || (r->state != CHANGE_STAGED && r->state != CHANGE_COMMITTED))
		return true;
	return agents_share_of(c, r->after.cert, &s, e) &&
	       (json_object_set_new(o, "agents",
				    json_pack("{s:I, s:I, s:I, s:I, s:I}", "total",
					      (json_int_t)s.all, "ready", (json_int_t)s.all_holding,
					      "will_refuse", (json_int_t)(s.all - s.all_holding),
					      "online", (json_int_t)s.online, "online_ready",
					      (json_int_t)s.online_holding)) == 0 ||
		err_nomem(e));
}

static bool answer(struct core *c, const struct change_row *r, json_t **out, struct err *e)
{
	json_t *o = change_view(r);

	if (!o)
		return err_nomem(e);
	if (!agents_add(c, r, o, e)) {
		json_decref(o);
		return false;
	}
	*out = o;
	return true;
}

/* A refusal shows its checks: *out is set though false is returned. */
static bool refuse(const struct check_result *checks, json_t **out, struct err *e)
{
	*out = json_pack("{s:O}", "checks", checks->list);
	return check_result_refuse(checks, e);
}

/* What a change that was not made would have looked like: a dry run, or nothing to change. */
static bool answer_unmade(const struct bind_plan *p, const struct check_result *checks,
			  enum change_state state, json_t **out, struct err *e)
{
	struct change_row r AUTO_CHANGE_ROW = {.binding_id = p->before.id,
					       .state = state,
					       .has_before = p->has_before,
					       .before = p->before.state,
					       .after = p->after};
	json_t *o;

	text_copy(r.endpoint, sizeof r.endpoint, p->endpoint_text);
	o = change_view(&r);
	if (!o || json_object_set_new(o, "checks", json_incref(checks->list)) != 0 ||
	    json_object_set_new(o, "unchanged", json_boolean(!p->changes_anything)) != 0) {
		json_decref(o);
		return err_nomem(e);
	}
	*out = o;
	return true;
}

static bool may_bind(const struct actor *by, const struct bind_request *r, struct err *e)
{
	return permit(by, PERM_BIND, e) && (!r->override_reason || !r->override_reason[0] ||
					    permit(by, PERM_CHECK_OVERRIDE, e));
}

static bool checks_text(const struct check_result *checks, struct buf *out, struct err *e)
{
	buf_init(out, CHANGE_CHECKS_MAX);
	return json_write(checks->list, out, e);
}

/* The plan and its checks, after what an earlier change left undone is done. */
static bool plan_and_check(struct core *c, const struct actor *by, const struct bind_request *r,
			   struct bind_plan *plan_out, struct check_result *checks_out,
			   struct err *e)
{
	int64_t next_s;

	return may_bind(by, r, e) && changes_expire(c, &next_s, e) &&
	       bind_plan_make(c, r, plan_out, e) && plan_check(c, plan_out, checks_out, e);
}

bool change_stage(struct core *c, const struct actor *by, const struct bind_request *r,
		  json_t **out, struct err *e)
{
	struct check_result checks AUTO_CHECK_RESULT = {.list = NULL};
	struct change_row row AUTO_CHANGE_ROW = CHANGE_ROW_INIT;
	struct buf json AUTO_BUF = BUF_INIT;
	struct bind_plan plan;

	if (!plan_and_check(c, by, r, &plan, &checks, e))
		return false;
	if (checks.blocked_by)
		return refuse(&checks, out, e);
	if (r->dry_run || !plan.changes_anything)
		return answer_unmade(&plan, &checks, r->dry_run ? CHANGE_STAGED : CHANGE_CONFIRMED,
				     out, e);
	return checks_text(&checks, &json, e) &&
	       change_step_stage(c, by, &plan, buf_str(&json), &row, e) && answer(c, &row, out, e);
}

/* The outcome of a proof is an error for whoever asked, with the change as its evidence. */
static bool answer_proved(struct core *c, const struct change_row *row, json_t **out, struct err *e)
{
	if (!answer(c, row, out, e))
		return false;
	if (row->state == CHANGE_REVERTED)
		return err_reason(e, "change.not_seen", "%s", row->evidence);
	return true;
}

static bool change_load(struct core *c, const char *id, struct change_row *row, struct err *e)
{
	bool found = false;

	if (!change_row_by_id(core_store(c), id, row, &found, e))
		return false;
	return found || err_reason(e, "change.not_found", "there is no change %.40s", id);
}

/* Whoever may stage a change may finish it. */
static bool may_change(struct core *c, const struct actor *by, const char *id, struct err *e)
{
	struct change_row row AUTO_CHANGE_ROW = CHANGE_ROW_INIT;

	return permit(by, PERM_BIND, e) && change_load(c, id, &row, e) &&
	       (row.kind != CHANGE_OF_TRUST_MODE || permit(by, PERM_TRUST_MODE, e));
}

bool change_commit(struct core *c, const struct actor *by, const char *change, json_t **out,
		   struct err *e)
{
	struct change_row row AUTO_CHANGE_ROW = CHANGE_ROW_INIT;

	return may_change(c, by, change, e) && change_flow_commit(c, by, change, &row, e) &&
	       answer_proved(c, &row, out, e);
}

/* Nothing changes, but what is bound may have become servable meanwhile (a key imported again). */
static bool set_again(struct core *c, const struct bind_plan *plan,
		      const struct check_result *checks, json_t **out, struct err *e)
{
	struct buf evidence AUTO_BUF = BUF_INIT;
	bool seen = false;

	if (!change_flow_refresh(c, &plan->before, &seen, &evidence, e) ||
	    !answer_unmade(plan, checks, CHANGE_CONFIRMED, out, e))
		return false;
	if (json_object_set_new(*out, "proved", json_boolean(seen)) == 0 &&
	    json_object_set_new(*out, "evidence", json_text(buf_span(&evidence))) == 0)
		return true;
	json_decref(*out);
	*out = NULL;
	return err_nomem(e);
}

bool bind_set(struct core *c, const struct actor *by, const struct bind_request *r, json_t **out,
	      struct err *e)
{
	struct check_result checks AUTO_CHECK_RESULT = {.list = NULL};
	struct change_row row AUTO_CHANGE_ROW = CHANGE_ROW_INIT;
	struct buf json AUTO_BUF = BUF_INIT;
	struct bind_plan plan;

	if (!plan_and_check(c, by, r, &plan, &checks, e))
		return false;
	if (checks.blocked_by)
		return refuse(&checks, out, e);
	if (r->dry_run)
		return answer_unmade(&plan, &checks, CHANGE_STAGED, out, e);
	if (!plan.changes_anything)
		return set_again(c, &plan, &checks, out, e);
	return checks_text(&checks, &json, e) &&
	       change_flow_set(c, by, &plan, buf_str(&json), &row, e) &&
	       answer_proved(c, &row, out, e);
}

bool change_confirm(struct core *c, const struct actor *by, const char *change,
		    const struct confirm_proof *p, json_t **out, struct err *e)
{
	struct change_row row AUTO_CHANGE_ROW = CHANGE_ROW_INIT;

	return may_change(c, by, change, e) && change_flow_confirm(c, by, change, p, &row, e) &&
	       answer(c, &row, out, e);
}

bool change_abort(struct core *c, const struct actor *by, const char *change, json_t **out,
		  struct err *e)
{
	struct change_row row AUTO_CHANGE_ROW = CHANGE_ROW_INIT;

	return may_change(c, by, change, e) &&
	       change_flow_back(c, by, change, "given up on request", &row, e) &&
	       answer(c, &row, out, e);
}

bool change_show(struct core *c, const char *change, json_t **out, struct err *e)
{
	struct change_row row AUTO_CHANGE_ROW = CHANGE_ROW_INIT;

	return change_load(c, change, &row, e) && answer(c, &row, out, e);
}

/* The change whose before is to come back. */
static bool rollback_source(struct core *c, const struct binding_row *b, const char *to,
			    struct change_row *row, struct err *e)
{
	bool found = false;

	if (to) {
		if (!change_load(c, to, row, e))
			return false;
		if (row->binding_id != b->id)
			return err_reason(e, "change.not_found",
					  "the change %.40s is not of this binding", to);
	} else if (!change_row_latest(core_store(c), b->id, row, &found, e)) {
		return false;
	} else if (!found) {
		return err_reason(e, "change.not_found", "this binding was never changed");
	}
	if (!row->has_before)
		return err_reason(e, "change.state",
				  "the change made the binding: there is nothing before it");
	return true;
}

bool bind_rollback(struct core *c, const struct actor *by, const char *endpoint, const char *to,
		   json_t **out, struct err *e)
{
	struct change_row row AUTO_CHANGE_ROW = CHANGE_ROW_INIT;
	struct binding_row b;

	if (!permit(by, PERM_BIND, e) || !binding_find(c, endpoint, &b, e) ||
	    !rollback_source(c, &b, to, &row, e))
		return false;
	/* An unconfirmed change needs no new one: it just goes back. */
	if (row.state == CHANGE_COMMITTED)
		return change_abort(c, by, row.id, out, e);

	/* It was bound before: what speaks against it now is overridden, and written down; what
	 * cannot be overridden still blocks. */
	struct bind_request again = {.endpoint = endpoint,
				     .cert = row.before.cert,
				     .client_certs = row.before.client_certs,
				     .issuer_store = row.before.issuer_store,
				     .agents = -1,
				     .revocation = row.before.revocation,
				     .cached_only = row.before.revocation_cached_only ? 1 : 2,
				     .sets_freshness = true,
				     .freshness_s = row.before.revocation_freshness_s,
				     .check_usage = row.before.check_usage ? 1 : 2,
				     .sets_path_rules = true,
				     .override_reason = "rollback"};
	const struct actor as = {.name = by->name,
				 .via = by->via,
				 .address = by->address,
				 .request_id = by->request_id,
				 .role = ROLE_ADMIN};

	text_copy(again.path_rules, sizeof again.path_rules, row.before.path_rules);
	return bind_set(c, &as, &again, out, e);
}
