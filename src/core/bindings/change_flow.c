/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/change_flow.h"

#include "base/text.h"
#include "core/agents/agent_files.h"
#include "core/bindings/change_steps.h"
#include "core/bindings/proof.h"
#include "core/tx.h"
#include "core/view/view_binding.h"

#include <string.h>

static void change_note(struct core *c, const struct change_row *r)
{
	json_t *what = change_view(r);

	if (what)
		core_notify(c, "change", what);
	json_decref(what);
}

/* Files and console after the rows went back. What cannot be done now is done by the next tick of
 * the console, or by its start: the rows are the truth. */
static bool follow_rows(struct core *c, struct err *e)
{
	enum publish_state state;

	return agent_files_write(c, NULL, e) && publish_now(c, &state, e);
}

bool change_flow_back(struct core *c, const struct actor *by, const char *id, const char *why,
		      struct change_row *out, struct err *e)
{
	if (!change_step_back(c, by, id, why, out, e))
		return false;
	change_note(c, out);
	return out->state == CHANGE_ABORTED || follow_rows(c, e);
}

/* The console and the command line may both finish a change: whoever comes second finds it done. */
static bool done_by_another(struct core *c, const char *id, struct change_row *out, struct err *e)
{
	bool found = false;

	if (!err_is(e, "change.state"))
		return false;
	if (!change_row_by_id(core_store(c), id, out, &found, e) || !found)
		return false;
	if (out->state == CHANGE_REVERTED)
		return err_reason(e, "change.not_confirmed", "%s went back meanwhile: %.160s",
				  out->endpoint, out->evidence);
	return out->state == CHANGE_CONFIRMED;
}

/* The snapshot still says that a confirmation is waited for: nothing is resumed until it is told. */
static void end_waiting(struct core *c)
{
	enum publish_state state;
	struct err ignored = ERR_INIT;

	/* what is served is right, and only slower till the next publish */
	(void)!publish_now(c, &state, &ignored);
}

static bool settle(struct core *c, const struct actor *by, const char *id, bool proved,
		   bool confirmed, const char *evidence, struct change_row *out, struct err *e)
{
	const struct change_outcome o = {
		.proved = proved, .confirmed = confirmed, .evidence = evidence};

	if (!change_step_settle(c, by, id, &o, out, e))
		return done_by_another(c, id, out, e);
	if (confirmed && proved) {
		struct tx tx AUTO(tx_end) = TX_INIT;

		/* What this one replaced unproved needs no proof any more. */
		if (!tx_begin(c, &tx, e) ||
		    !change_rows_mark_proved(core_store(c), out->binding_id, out->seq, e) ||
		    !tx_commit(&tx, e))
			return false;
	}
	if (confirmed && out->confirm_within_s > 0)
		end_waiting(c);
	change_note(c, out);
	return true;
}

static bool prove_change(struct core *c, const struct change_row *r, bool *seen,
			 struct buf *evidence, struct err *e)
{
	struct binding_row row;
	bool found = false;

	if (r->kind == CHANGE_OF_TRUST_MODE) {
		*seen = true; /* the console said that it serves the generation */
		buf_printf(evidence, "clients are judged by mode %d", r->mode_after);
		return true;
	}
	if (!binding_row_by_id(core_store(c), r->binding_id, &row, &found, e))
		return false;
	if (!found)
		return err_reason(e, "binding.not_found", "the binding %s is gone", r->endpoint);
	return binding_prove(c, &row, r->after.cert, seen, evidence, e);
}

/* Committed; now it has to be seen. Whatever goes wrong takes it back. */
static bool publish_and_prove(struct core *c, const struct actor *by, struct change_row *r,
			      struct err *e)
{
	struct buf evidence AUTO_BUF = BUF_INIT;
	struct err why = ERR_INIT;
	enum publish_state state;
	bool seen = false, by_proof = r->confirm_within_s == 0;

	if (!agent_files_write(c, NULL, &why) || !publish_now(c, &state, &why)) {
		if (!change_flow_back(c, by, r->id, why.text, r, e))
			return false;
		if (why.code != ERR_TIMEOUT)
			return true; /* reverted, with its evidence */
		*e = why;
		return false;
	}
	if (state == CONSOLE_DOWN && r->kind == CHANGE_OF_TRUST_MODE)
		return settle(c, by, r->id, true, by_proof,
			      "the console does not run; it starts with this mode", r, e);
	if (state == CONSOLE_DOWN)
		return settle(c, by, r->id, false, by_proof,
			      "the console does not run; proved at its next start", r, e);
	if (!prove_change(c, r, &seen, &evidence, &why)) {
		buf_reset(&evidence);
		buf_add_str(&evidence, why.text);
	}
	if (!seen)
		return change_flow_back(c, by, r->id, buf_str(&evidence), r, e);
	return settle(c, by, r->id, true, by_proof, buf_str(&evidence), r, e);
}

bool change_flow_commit(struct core *c, const struct actor *by, const char *id,
			struct change_row *out, struct err *e)
{
	if (!change_step_commit(c, by, id, out, e))
		return false;
	change_note(c, out);
	return publish_and_prove(c, by, out, e);
}

bool change_flow_prove(struct core *c, const struct actor *by, const char *id,
		       struct change_row *out, struct err *e)
{
	struct change_row r AUTO_CHANGE_ROW = CHANGE_ROW_INIT;
	struct buf evidence AUTO_BUF = BUF_INIT;
	struct tx tx AUTO(tx_end) = TX_INIT;
	bool found = false, seen = false;

	if (!change_row_by_id(core_store(c), id, &r, &found, e))
		return false;
	if (!found)
		return err_reason(e, "change.not_found", "there is no change %.40s", id);
	if (r.state == CHANGE_COMMITTED)
		return publish_and_prove(c, by, &r, e);
	if (!prove_change(c, &r, &seen, &evidence, e))
		return false;
	if (!seen)
		return change_flow_back(c, by, id, buf_str(&evidence), out, e);
	return tx_begin(c, &tx, e) &&
	       change_rows_mark_proved(core_store(c), r.binding_id, r.seq, e) && tx_commit(&tx, e);
}

static bool stage_and_commit(struct core *c, const struct actor *by, const struct bind_plan *plan,
			     const char *checks_json, struct change_row *out, struct err *e)
{
	struct change_row staged AUTO_CHANGE_ROW = CHANGE_ROW_INIT;
	struct tx tx AUTO(tx_end) = TX_INIT;

	return tx_begin(c, &tx, e) && change_step_stage(c, by, plan, checks_json, &staged, e) &&
	       change_step_commit(c, by, staged.id, out, e) && tx_commit(&tx, e);
}

static bool stage_and_commit_mode(struct core *c, const struct actor *by,
				  const struct mode_plan *plan, const char *checks_json,
				  struct change_row *out, struct err *e)
{
	struct change_row staged AUTO_CHANGE_ROW = CHANGE_ROW_INIT;
	struct tx tx AUTO(tx_end) = TX_INIT;

	return tx_begin(c, &tx, e) &&
	       change_step_stage_mode(c, by, plan, checks_json, &staged, e) &&
	       change_step_commit(c, by, staged.id, out, e) && tx_commit(&tx, e);
}

bool change_flow_set_mode(struct core *c, const struct actor *by, const struct mode_plan *plan,
			  const char *checks_json, struct change_row *out, struct err *e)
{
	if (!stage_and_commit_mode(c, by, plan, checks_json, out, e))
		return false;
	change_note(c, out);
	return publish_and_prove(c, by, out, e);
}

bool change_flow_set(struct core *c, const struct actor *by, const struct bind_plan *plan,
		     const char *checks_json, struct change_row *out, struct err *e)
{
	if (!stage_and_commit(c, by, plan, checks_json, out, e))
		return false;
	change_note(c, out);
	return publish_and_prove(c, by, out, e);
}

bool change_flow_refresh(struct core *c, const struct binding_row *row, bool *seen_out,
			 struct buf *evidence, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;
	enum publish_state state;

	*seen_out = false;
	if (!tx_begin(c, &tx, e) || !tx_bump(c, COUNTER_TLS_GENERATION, NULL, e) ||
	    !tx_commit(&tx, e) || !agent_files_write(c, NULL, e) || !publish_now(c, &state, e))
		return false;
	if (state == CONSOLE_DOWN) {
		buf_add_str(evidence, "the console does not run");
		return true;
	}
	return binding_prove(c, row, row->state.cert, seen_out, evidence, e);
}

/* The trust mode shows no certificate: what counts is that the door let this very request pass under
 * it, or that somebody sits at the machine. */
static bool mode_proof_counts(const struct change_row *r, const struct confirm_proof *p,
			      struct buf *evidence)
{
	if (!p) {
		buf_add_str(evidence, "confirmed on the machine");
		return true;
	}
	buf_add_str(evidence, p->trust_generation >= r->generation
				      ? "confirmed by a request that the new mode let in"
				      : "this request was let in under the former mode");
	return p->trust_generation >= r->generation;
}

/* A connection counts when its full handshake was made after the commit and showed the staged
 * certificate: an older one, or one by a ticket, says nothing of what a newcomer would meet. */
static bool proof_counts(struct core *c, const struct change_row *r, const struct confirm_proof *p,
			 struct buf *evidence, bool *counts, struct err *e)
{
	if (r->kind == CHANGE_OF_TRUST_MODE) {
		*counts = mode_proof_counts(r, p, evidence);
		return true;
	}
	if (!p)
		return prove_change(c, r, counts, evidence, e);
	*counts = p->full_handshake && p->cert_sha256 &&
		  strcmp(p->cert_sha256, r->after.cert) == 0 && p->tls_generation >= r->generation;
	if (*counts)
		buf_add_str(evidence, "confirmed over a connection that showed it");
	else if (!p->full_handshake)
		buf_add_str(evidence, "this connection was resumed");
	else if (p->tls_generation < r->generation)
		buf_add_str(evidence, "this connection is older than the change");
	else
		buf_add_str(evidence, "this connection shows another certificate");
	return true;
}

static bool too_late(struct core *c, const struct actor *by, struct change_row *r, struct err *e)
{
	struct err why = ERR_INIT;

	if (!change_flow_back(c, by, r->id, "not confirmed in time", r, &why))
		*e = why;
	return err_reason(e, "change.not_confirmed", "the time to confirm %s is over", r->endpoint);
}

/* Where no console runs, another connection is no cure. */
static bool not_seen(struct core *c, const struct confirm_proof *p, const char *evidence,
		     struct err *e)
{
	enum publish_state state = PUBLISHED;
	struct err ignored = ERR_INIT;

	if (!p && publish_now(c, &state, &ignored) && state == CONSOLE_DOWN)
		return err_reason(e, "daemon.down", "%.200s", evidence);
	return err_reason(e, "change.wrong_connection", "%.200s", evidence);
}

bool change_flow_confirm(struct core *c, const struct actor *by, const char *id,
			 const struct confirm_proof *p, struct change_row *out, struct err *e)
{
	struct change_row r AUTO_CHANGE_ROW = CHANGE_ROW_INIT;
	struct buf evidence AUTO_BUF = BUF_INIT;
	bool found = false, counts = false;

	if (!change_row_by_id(core_store(c), id, &r, &found, e))
		return false;
	if (!found)
		return err_reason(e, "change.not_found", "there is no change %.40s", id);
	if (r.state == CHANGE_REVERTED)
		return err_reason(e, "change.not_confirmed", "%s is reverted already: %.120s",
				  r.endpoint, r.evidence);
	if (r.state == CHANGE_CONFIRMED) { /* nothing to do: the first answer may have been lost */
		*out = r;
		r = (struct change_row)CHANGE_ROW_INIT;
		return true;
	}
	if (r.state != CHANGE_COMMITTED)
		return err_reason(e, "change.state", "the change is %s",
				  change_state_name(r.state));
	if (r.confirm_until_s > 0 && core_now_s(c) >= r.confirm_until_s)
		return too_late(c, by, &r, e);
	if (!proof_counts(c, &r, p, &evidence, &counts, e))
		return false;
	if (!counts)
		return not_seen(c, p, buf_str(&evidence), e);
	return settle(c, by, id, true, true, buf_str(&evidence), out, e);
}
