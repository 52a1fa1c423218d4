/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/change_steps.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/agent_files.h"
#include "core/audit.h"
#include "core/tx.h"
#include "core/view_binding.h"
#include "store/stores.h"

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

static bool audit_step(struct core *c, const struct actor *by, const char *action,
		       const struct change_row *r, struct err *e)
{
	json_t *detail = json_pack("{s:s, s:o, s:o}", "change", r->id, "before",
				   r->has_before ? binding_state_view(&r->before) : json_null(),
				   "after", binding_state_view(&r->after));

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
	const struct bind_plan *plan;
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

static bool stage(struct core *c, void *arg, struct err *e)
{
	struct stage_arg *a = arg;
	const struct bind_plan *p = a->plan;
	struct change_row r AUTO_CHANGE_ROW = {.binding_id = p->before.id,
					       .has_before = p->has_before,
					       .before = p->before.state,
					       .after = p->after,
					       .confirm_within_s = p->confirm_within_s,
					       .created_s = core_now_s(c)};

	if (!plan_still_holds(c, p, e) || !tx_bump(c, COUNTER_CHANGE_SEQ, &r.seq, e))
		return false;
	id_make(r.id);
	r.version = r.seq;
	text_copy(r.endpoint, sizeof r.endpoint, p->endpoint_text);
	text_copy(r.actor, sizeof r.actor, a->by->name);
	text_copy(r.via, sizeof r.via, a->by->via);
	if (p->override_reason)
		text_copy(r.override_reason, sizeof r.override_reason, p->override_reason);
	r.checks = mem_str(a->checks);
	if (!r.checks)
		return err_nomem(e);
	if (!change_row_insert(core_store(c), &r, e) || !audit_step(c, a->by, "bind.stage", &r, e))
		return false;
	change_row_clear(a->out);
	*a->out = r;
	r.checks = NULL;
	return true;
}

bool change_step_stage(struct core *c, const struct actor *by, const struct bind_plan *plan,
		       const char *checks_json, struct change_row *out, struct err *e)
{
	struct stage_arg a = {.by = by, .plan = plan, .checks = checks_json, .out = out};

	return in_transaction(c, stage, &a, e);
}

struct step_arg {
	const struct actor *by;
	const char *id, *evidence;
	const struct change_outcome *outcome;
	struct change_row *out;
};

/* What a change goes back to must still be there: nothing holds it once a change is closed. */
static bool former_is_there(struct core *c, const struct change_row *r, bool *out, struct err *e)
{
	struct store_row row;

	if (!r->has_before) {
		*out = true;
		return true;
	}
	if (!binding_cert_is_there(core_store(c), r->before.cert, out, e))
		return false;
	if (!*out || r->before.issuer_store[0] == '\0')
		return true;
	return store_row_find(core_store(c), r->before.issuer_store, &row, out, e);
}

static bool step_close(struct core *c, struct step_arg *a, const char *action, struct change_row *r,
		       struct err *e)
{
	if (!tx_bump(c, COUNTER_CHANGE_SEQ, &r->version, e) ||
	    !change_row_update(core_store(c), r, e) || !audit_step(c, a->by, action, r, e))
		return false;
	change_row_clear(a->out);
	*a->out = *r;
	r->checks = NULL;
	return true;
}

/* Rules for client certificates are part of what verdicts rest on: those that connections remember
 * are made anew. */
static bool trust_moves(struct core *c, const struct binding_state *a,
			const struct binding_state *b, struct err *e)
{
	if (a->client_certs == b->client_certs && strcmp(a->issuer_store, b->issuer_store) == 0 &&
	    a->revocation == b->revocation && a->check_usage == b->check_usage &&
	    a->revocation_freshness_s == b->revocation_freshness_s)
		return true;
	return tx_bump(c, COUNTER_TRUST_GENERATION, NULL, e);
}

static bool binding_apply(struct core *c, struct change_row *r, struct binding_row *b,
			  struct err *e)
{
	struct binding_row former;
	struct endpoint ep;
	bool found = false;

	*b = (struct binding_row){.id = 0};
	if (r->has_before && !binding_row_by_id(core_store(c), r->binding_id, b, &found, e))
		return false;
	if (r->has_before && !found)
		return err_reason(e, "binding.not_found", "the binding %s is gone", r->endpoint);
	if (!r->has_before) {
		if (!endpoint_parse(r->endpoint, &ep, e))
			return false;
		text_copy(b->ip, sizeof b->ip, ep.ip);
		text_copy(b->host, sizeof b->host, ep.host);
		b->port = ep.port;
	}
	if (!tx_bump(c, COUNTER_CHANGE_SEQ, &b->version, e))
		return false;
	if (r->after.agents && !b->state.agents) {
		if (!binding_row_agents(core_store(c), &former, &found, e) ||
		    !binding_row_clear_agents(core_store(c), b->version, e))
			return false;
		r->agents_from = found ? former.id : 0;
	}
	if (r->has_before && !trust_moves(c, &b->state, &r->after, e))
		return false;
	b->state = r->after;
	return binding_row_put(core_store(c), b, e);
}

static bool commit(struct core *c, void *arg, struct err *e)
{
	struct step_arg *a = arg;
	struct change_row r AUTO_CHANGE_ROW = CHANGE_ROW_INIT;
	struct binding_row b;

	if (!load_in_state(c, a->id, CHANGE_STAGED, &r, e) || !binding_apply(c, &r, &b, e) ||
	    !tx_bump(c, COUNTER_TLS_GENERATION, &r.tls_generation, e))
		return false;
	r.binding_id = b.id;
	r.state = CHANGE_COMMITTED;
	r.committed_s = core_now_s(c);
	r.prove_until_s = r.committed_s + PROOF_WITHIN_S;
	if (r.confirm_within_s > 0)
		r.confirm_until_s = r.committed_s + r.confirm_within_s;
	return agent_files_follow(c, "bound", r.id, e) && step_close(c, a, "bind.commit", &r, e);
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
		return step_close(c, a, "bind.prove", &r, e);
	r.state = CHANGE_CONFIRMED;
	r.confirm_until_s = 0;
	r.ended_s = core_now_s(c);
	return step_close(c, a, "bind.confirm", &r, e);
}

bool change_step_settle(struct core *c, const struct actor *by, const char *id,
			const struct change_outcome *o, struct change_row *out, struct err *e)
{
	struct step_arg a = {.by = by, .id = id, .outcome = o, .out = out};

	return in_transaction(c, settle, &a, e);
}

/* The agents' mark goes back to where it came from, if that is still there. */
static bool agents_mark_back(struct core *c, const struct change_row *r, struct err *e)
{
	struct binding_row from;
	bool found = false;

	if (!r->after.agents || r->before.agents || r->agents_from == 0)
		return true;
	if (!binding_row_by_id(core_store(c), r->agents_from, &from, &found, e))
		return false;
	if (!found)
		return true;
	from.state.agents = true;
	return tx_bump(c, COUNTER_CHANGE_SEQ, &from.version, e) &&
	       binding_row_put(core_store(c), &from, e);
}

static bool binding_undo(struct core *c, const struct change_row *r, struct err *e)
{
	struct binding_row b;
	bool found = false;

	if (!r->has_before)
		return binding_row_delete(core_store(c), r->binding_id, e) &&
		       agents_mark_back(c, r, e);
	if (!binding_row_by_id(core_store(c), r->binding_id, &b, &found, e))
		return false;
	if (!found)
		return err_reason(e, "binding.not_found", "the binding %s is gone", r->endpoint);
	if (!trust_moves(c, &b.state, &r->before, e))
		return false;
	b.state = r->before;
	return tx_bump(c, COUNTER_CHANGE_SEQ, &b.version, e) &&
	       binding_row_put(core_store(c), &b, e) && agents_mark_back(c, r, e);
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
		return step_close(c, a, "bind.abort", &r, e);
	}
	if (!former_is_there(c, &r, &has_former, e))
		return false;
	if (!has_former) {
		r.state = CHANGE_CONFIRMED;
		(void)snprintf(r.evidence, sizeof r.evidence,
			       "kept, since what was bound before is gone; %.300s", a->evidence);
		return step_close(c, a, "bind.keep", &r, e);
	}
	r.state = CHANGE_REVERTED;
	return binding_undo(c, &r, e) && tx_bump(c, COUNTER_TLS_GENERATION, NULL, e) &&
	       agent_files_follow(c, "reverted", r.id, e) && step_close(c, a, "bind.revert", &r, e);
}

bool change_step_back(struct core *c, const struct actor *by, const char *id, const char *evidence,
		      struct change_row *out, struct err *e)
{
	struct step_arg a = {.by = by, .id = id, .evidence = evidence, .out = out};

	return in_transaction(c, back, &a, e);
}
