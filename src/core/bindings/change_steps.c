/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/change_steps.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/agents/agent_files.h"
#include "core/agents/agent_hosts.h"
#include "core/agents/agents.h"
#include "core/audit.h"
#include "core/bindings/change_apply.h"
#include "core/tx.h"
#include "core/view/view_binding.h"

#include <stdio.h>
#include <string.h>

typedef bool (*step_fn)(struct core *c, void *arg, struct err *e);

static bool in_transaction(struct core *c, step_fn fn, void *arg, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;

	return tx_begin(c, &tx, e) && fn(c, arg, e) && tx_commit(&tx, e);
}

static void id_make(char out[static CHANGE_ID_SIZE])
{
	uint8_t bytes[(CHANGE_ID_SIZE - 1) / 2];

	random_bytes(bytes, sizeof bytes);
	hex_lower(span_of(bytes, sizeof bytes), out);
}

enum step { STEP_STAGE, STEP_COMMIT, STEP_PROVE, STEP_CONFIRM, STEP_KEEP, STEP_ABORT, STEP_REVERT };

static const char *step_name(const struct change_row *r, enum step step)
{
	static const char *const names[][STEP_REVERT + 1] = {
		[CHANGE_OF_BINDING] = {"bind.stage", "bind.commit", "bind.prove", "bind.confirm",
				       "bind.keep", "bind.abort", "bind.revert"},
		[CHANGE_OF_TRUST_MODE] = {"trust.stage", "trust.commit", "trust.prove",
					  "trust.confirm", "trust.keep", "trust.abort",
					  "trust.revert"},
	};

	return names[r->kind][step];
}

static bool audit_step(struct core *c, const struct actor *by, enum step step,
		       const struct change_row *r, struct err *e)
{
	const char *action = step_name(r, step);
	json_t *detail = json_pack("{s:s, s:o, s:o}", "change", r->id, "before",
				   change_before_view(r), "after", change_after_view(r));

	if (!detail)
		return err_nomem(e);
	if ((r->override_reason[0] &&
	     json_object_set_new(detail, "override", json_text(span_str(r->override_reason)))) ||
	    (r->evidence[0] &&
	     json_object_set_new(detail, "evidence", json_text(span_str(r->evidence))))) {
		json_decref(detail);
		return err_nomem(e);
	}
	return audit_add(c, by, action, r->endpoint, detail, e);
}

static bool load_in_state(struct core *c, const char *id, enum change_state want,
			  struct change_row *out, struct err *e)
{
	bool found = false;

	if (!change_row_by_id(core_store(c), id, out, &found, e))
		return false;
	if (!found)
		return err_reason(e, "change.not_found", "there is no change %.40s", id);
	if (out->state != want)
		return err_reason(e, "change.state", "the change is %s, not %s",
				  change_state_name(out->state), change_state_name(want));
	return true;
}

struct stage_arg {
	const struct actor *by;
	const struct bind_plan *plan; /* of a binding */
	const struct mode_plan *mode; /* of the trust mode */
	const char *checks;
	struct change_row *out;
};

/* The plan was made outside this transaction: what it builds on must still be so. */
static bool plan_still_holds(struct core *c, const struct bind_plan *p, struct err *e)
{
	struct binding_row now;
	bool found = false;

	if (!binding_row_by_key(core_store(c), p->endpoint.ip, p->endpoint.port, p->endpoint.host,
				&now, &found, e))
		return false;
	if (found != p->has_before || (found && now.version != p->before.version))
		return err_set(e, ERR_CONFLICT, "%s was changed by somebody else meanwhile",
			       p->endpoint_text);
	return true;
}

static bool stage_row(struct core *c, const struct stage_arg *a, struct change_row *r,
		      struct err *e)
{
	if (!tx_bump(c, COUNTER_CHANGE_SEQ, &r->seq, e))
		return false;
	id_make(r->id);
	r->version = r->seq;
	text_copy(r->actor, sizeof r->actor, a->by->name);
	text_copy(r->via, sizeof r->via, a->by->via);
	r->checks = mem_str(a->checks);
	if (!r->checks)
		return err_nomem(e);
	if (!change_row_insert(core_store(c), r, e) || !agent_hosts_follow(c, e) ||
	    !audit_step(c, a->by, STEP_STAGE, r, e))
		return false;
	change_row_clear(a->out);
	*a->out = *r;
	r->checks = NULL;
	return true;
}

static bool stage(struct core *c, void *arg, struct err *e)
{
	struct stage_arg *a = arg;
	const struct bind_plan *p = a->plan;
	struct change_row r AUTO_CHANGE_ROW = {.binding_id = p->before.id,
					       .has_before = p->has_before,
					       .before = p->before.state,
					       .after = p->after,
					       .confirm_within_s = p->confirm_within_s,
					       .wait_agents = p->wait_agents,
					       .created_s = core_now_s(c)};

	if (!plan_still_holds(c, p, e))
		return false;
	text_copy(r.endpoint, sizeof r.endpoint, p->endpoint_text);
	if (p->override_reason)
		text_copy(r.override_reason, sizeof r.override_reason, p->override_reason);
	return stage_row(c, a, &r, e);
}

bool change_step_stage(struct core *c, const struct actor *by, const struct bind_plan *plan,
		       const char *checks_json, struct change_row *out, struct err *e)
{
	struct stage_arg a = {.by = by, .plan = plan, .checks = checks_json, .out = out};

	return in_transaction(c, stage, &a, e);
}

static bool stage_mode(struct core *c, void *arg, struct err *e)
{
	struct stage_arg *a = arg;
	struct change_row r AUTO_CHANGE_ROW = {.kind = CHANGE_OF_TRUST_MODE,
					       .has_before = true,
					       .mode_before = a->mode->before,
					       .mode_after = a->mode->after,
					       .confirm_within_s = a->mode->confirm_within_s,
					       .created_s = core_now_s(c)};

	text_copy(r.endpoint, sizeof r.endpoint, CHANGE_TRUST_MODE_TEXT);
	return stage_row(c, a, &r, e);
}

bool change_step_stage_mode(struct core *c, const struct actor *by, const struct mode_plan *plan,
			    const char *checks_json, struct change_row *out, struct err *e)
{
	struct stage_arg a = {.by = by, .mode = plan, .checks = checks_json, .out = out};

	return in_transaction(c, stage_mode, &a, e);
}

struct step_arg {
	const struct actor *by;
	const char *id, *evidence;
	const struct change_outcome *outcome;
	struct change_row *out;
};

static bool step_close(struct core *c, struct step_arg *a, enum step step, struct change_row *r,
		       struct err *e)
{
	if (!tx_bump(c, COUNTER_CHANGE_SEQ, &r->version, e) ||
	    !change_row_update(core_store(c), r, e) || !agent_hosts_follow(c, e) ||
	    !audit_step(c, a->by, step, r, e))
		return false;
	change_row_clear(a->out);
	*a->out = *r;
	r->checks = NULL;
	return true;
}

static bool files_follow(struct core *c, const struct change_row *r, const char *why, struct err *e)
{
	return r->kind == CHANGE_OF_TRUST_MODE || agent_files_follow(c, why, r->id, e);
}

/* Of those that report, enough know the new certificate; or somebody said why not to wait. */
static bool agents_are_ready(struct core *c, const struct change_row *r, struct err *e)
{
	struct agents_share s;

	if (r->wait_agents == 0 || r->override_reason[0] || !r->after.agents)
		return true;
	if (!agents_share_of(c, r->after.cert, &s, e))
		return false;
	return s.online_holding * 100 >= s.online * r->wait_agents ||
	       err_reason(e, "agents.share",
			  "%lld of %lld agents that report know the new certificate, %lld percent "
			  "are waited for",
			  (long long)s.online_holding, (long long)s.online,
			  (long long)r->wait_agents);
}

static bool commit(struct core *c, void *arg, struct err *e)
{
	struct step_arg *a = arg;
	struct change_row r AUTO_CHANGE_ROW = CHANGE_ROW_INIT;

	if (!load_in_state(c, a->id, CHANGE_STAGED, &r, e) || !agents_are_ready(c, &r, e) ||
	    !change_apply(c, &r, e))
		return false;
	r.state = CHANGE_COMMITTED;
	r.committed_s = core_now_s(c);
	r.prove_until_s = r.committed_s + PROOF_WITHIN_S;
	if (r.confirm_within_s > 0)
		r.confirm_until_s = r.committed_s + r.confirm_within_s;
	return files_follow(c, &r, "bound", e) && step_close(c, a, STEP_COMMIT, &r, e);
}

bool change_step_commit(struct core *c, const struct actor *by, const char *id,
			struct change_row *out, struct err *e)
{
	struct step_arg a = {.by = by, .id = id, .out = out};

	return in_transaction(c, commit, &a, e);
}

static bool settle(struct core *c, void *arg, struct err *e)
{
	struct step_arg *a = arg;
	struct change_row r AUTO_CHANGE_ROW = CHANGE_ROW_INIT;

	if (!load_in_state(c, a->id, CHANGE_COMMITTED, &r, e))
		return false;
	r.proved = r.proved || a->outcome->proved;
	r.prove_until_s = 0;
	text_copy(r.evidence, sizeof r.evidence, a->outcome->evidence);
	if (!a->outcome->confirmed)
		return step_close(c, a, STEP_PROVE, &r, e);
	r.state = CHANGE_CONFIRMED;
	r.confirm_until_s = 0;
	r.ended_s = core_now_s(c);
	return step_close(c, a, STEP_CONFIRM, &r, e);
}

bool change_step_settle(struct core *c, const struct actor *by, const char *id,
			const struct change_outcome *o, struct change_row *out, struct err *e)
{
	struct step_arg a = {.by = by, .id = id, .outcome = o, .out = out};

	return in_transaction(c, settle, &a, e);
}

static bool back(struct core *c, void *arg, struct err *e)
{
	struct step_arg *a = arg;
	struct change_row r AUTO_CHANGE_ROW = CHANGE_ROW_INIT;
	bool found = false, has_former = true;

	if (!change_row_by_id(core_store(c), a->id, &r, &found, e))
		return false;
	if (!found)
		return err_reason(e, "change.not_found", "there is no change %.40s", a->id);
	if (r.state != CHANGE_STAGED && r.state != CHANGE_COMMITTED &&
	    !(r.state == CHANGE_CONFIRMED && !r.proved))
		return err_reason(e, "change.state", "the change is %s already",
				  change_state_name(r.state));
	r.ended_s = core_now_s(c);
	r.confirm_until_s = r.prove_until_s = 0;
	text_copy(r.evidence, sizeof r.evidence, a->evidence);
	if (r.state == CHANGE_STAGED) {
		r.state = CHANGE_ABORTED;
		return step_close(c, a, STEP_ABORT, &r, e);
	}
	if (!change_former_is_there(c, &r, &has_former, e))
		return false;
	if (!has_former) {
		r.state = CHANGE_CONFIRMED;
		(void)snprintf(r.evidence, sizeof r.evidence,
			       "kept, since what was bound before is gone; %.300s", a->evidence);
		return step_close(c, a, STEP_KEEP, &r, e);
	}
	r.state = CHANGE_REVERTED;
	return change_undo(c, &r, e) && files_follow(c, &r, "reverted", e) &&
	       step_close(c, a, STEP_REVERT, &r, e);
}

bool change_step_back(struct core *c, const struct actor *by, const char *id, const char *evidence,
		      struct change_row *out, struct err *e)
{
	struct step_arg a = {.by = by, .id = id, .evidence = evidence, .out = out};

	return in_transaction(c, back, &a, e);
}
