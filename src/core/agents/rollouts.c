/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/agents/rollouts.h"

#include "base/clock.h"
#include "base/num.h"
#include "base/text.h"
#include "core/agents/rollout_view.h"
#include "core/audit.h"
#include "core/permit.h"
#include "core/tx.h"
#include "store/agents.h"

#include <string.h>

static const char *const commands[] = {"status", "update-files", "configuration", "update-check"};
#define COMMAND_ROOTS "roots" /* with work of its own alone: what it names has been looked at */

static bool command_is_known(const struct rollout_request *r, struct err *e)
{
	const char *cmd = r->cmd;

	if (r->add && cmd && strcmp(cmd, COMMAND_ROOTS) == 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (cmd && strcmp(cmd, commands[i]) == 0)
			return true;
	return err_reason(e, "rollout.command",
			  "commands are status, update-files, configuration, update-check");
}

static bool row_fill(struct core *c, const struct actor *by, const char *kind,
		     const struct rollout_request *r, struct rollout_row *row, struct err *e)
{
	struct buf args AUTO_BUF = BUF_INIT;

	if (!command_is_known(r, e))
		return false;
	if (r->args && (!json_is_object(r->args) || !json_write(r->args, &args, e)))
		return err_reason(e, "request.member", "args must be an object");
	if (args.len > ROLLOUT_ARGS_MAX)
		return err_reason(e, "request.member", "args has at most %d bytes",
				  ROLLOUT_ARGS_MAX);
	*row = (struct rollout_row){.parallel = r->parallel,
				    .attempts = r->attempts,
				    .jitter_ms = r->jitter_ms,
				    .created_s = core_now_s(c)};
	text_copy(row->kind, sizeof(row->kind), kind);
	text_copy(row->cmd, sizeof(row->cmd), r->cmd);
	text_copy(row->args, sizeof(row->args), args.len ? buf_str(&args) : "{}");
	text_copy(row->state, sizeof(row->state), "running");
	text_copy(row->actor, sizeof(row->actor), by->name);
	return true;
}

static bool nothing(void *arg, const struct agent_row *r, struct err *e)
{
	(void)arg, (void)r, (void)e;
	return true;
}

static bool add_one(struct core *c, const struct rollout_row *row, const char *id, struct err *e)
{
	bool found = false;

	if (!agent_row_find(core_store(c), id, nothing, NULL, &found, e))
		return false;
	if (!found)
		return err_reason(e, "agent.not_found", "there is no agent %.40s", id);
	return work_add(core_store(c), row->id, id, clock_now_ms(), e);
}

static bool add_work(struct core *c, const struct rollout_request *r, const struct rollout_row *row,
		     struct err *e)
{
	if (r->add)
		return r->add(c, row->id, r->add_arg, e);
	if (!r->agents)
		return work_add_all(core_store(c), row->id, clock_now_ms(), row->jitter_ms, e);
	if (!json_is_array(r->agents) || json_array_size(r->agents) == 0 ||
	    json_array_size(r->agents) > ROLLOUT_AGENTS_MAX)
		return err_reason(e, "request.member", "agents must be 1 to %d ids",
				  ROLLOUT_AGENTS_MAX);
	for (size_t i = 0; i < json_array_size(r->agents); i++)
		if (!add_one(c, row, json_string_value(json_array_get(r->agents, i)) ?: "", e))
			return false;
	return true;
}

static bool has_room(struct core *c, const char *kind, int64_t most, struct err *e)
{
	int64_t n = 0;

	if (!rollout_rows_open(core_store(c), kind, &n, e))
		return false;
	return n < most ||
	       err_set(e, ERR_BUSY, "%lld are under way already; let them end first", (long long)n);
}

/* Without any agent there is nothing to wait for. */
static bool end_if_empty(struct core *c, struct rollout_row *row, struct err *e)
{
	int64_t n[WORK_STATES];

	if (!work_tally(core_store(c), row->id, n, e))
		return false;
	if (n[WORK_PENDING] > 0)
		return true;
	text_copy(row->state, sizeof(row->state), "done");
	row->ended_s = core_now_s(c);
	return rollout_row_set_state(core_store(c), row->id, row->state, row->ended_s, e);
}

static bool make(struct core *c, const struct actor *by, const char *kind,
		 const struct rollout_request *r, const char *object, json_t **out, struct err *e)
{
	bool single = strcmp(kind, "notify") == 0;
	struct tx tx AUTO(tx_end) = TX_INIT;
	struct rollout_row row;

	if (!permit(by, PERM_AGENTS, e) || !row_fill(c, by, kind, r, &row, e) ||
	    !tx_begin(c, &tx, e) ||
	    !has_room(c, kind, single ? ROLLOUT_NOTIFIES_MAX : ROLLOUT_RUNNING_MAX, e) ||
	    !rollout_row_insert(core_store(c), &row, e) || !add_work(c, r, &row, e) ||
	    !end_if_empty(c, &row, e) || !rollout_rows_trim(core_store(c), ROLLOUT_KEEP, e) ||
	    !audit_add(c, by, single ? "agent.notify" : "rollout.start", object,
		       json_pack("{s:I, s:s}", "rollout", (json_int_t)row.id, "cmd", row.cmd), e) ||
	    !rollout_view(c, &row, out, e))
		return false;
	tx_note(c, "rollout", json_incref(*out));
	if (tx_commit(&tx, e))
		return true;
	json_decref(*out);
	*out = NULL;
	return false;
}

bool rollout_start(struct core *c, const struct actor *by, const struct rollout_request *r,
		   json_t **out, struct err *e)
{
	return make(c, by, "rollout", r, "agents", out, e);
}

bool agent_notify(struct core *c, const struct actor *by, const char *agent, const char *cmd,
		  const json_t *args, json_t **out, struct err *e)
{
	json_t *one AUTO_JSON = json_pack("[s]", agent);
	struct rollout_request r = ROLLOUT_REQUEST_INIT;

	if (!one)
		return err_nomem(e);
	r.cmd = cmd;
	r.args = args;
	r.agents = one;
	return make(c, by, "notify", &r, agent, out, e);
}

static bool find(struct core *c, const char *id, struct rollout_row *out, struct err *e)
{
	uint64_t n = 0;
	bool found = false;

	if (num_u64(id, INT64_MAX, &n) &&
	    !rollout_row_find(core_store(c), (int64_t)n, out, &found, e))
		return false;
	return found || err_reason(e, "rollout.not_found", "there is no rollout %.24s", id);
}

bool rollout_show(struct core *c, const char *id, json_t **out, struct err *e)
{
	struct rollout_row row;

	return find(c, id, &row, e) && rollout_view(c, &row, out, e);
}

bool rollout_change(struct core *c, const struct actor *by, const char *id, enum rollout_step step,
		    json_t **out, struct err *e)
{
	static const struct {
		const char *action, *from, *to;
	} steps[] = {
		[ROLLOUT_PAUSE] = {"rollout.pause", "running", "paused"},
		[ROLLOUT_RESUME] = {"rollout.resume", "paused", "running"},
		[ROLLOUT_CANCEL] = {"rollout.cancel", NULL, "cancelled"},
	};
	struct tx tx AUTO(tx_end) = TX_INIT;
	struct rollout_row row;
	bool ends = step == ROLLOUT_CANCEL;

	if (!permit(by, PERM_AGENTS, e) || !tx_begin(c, &tx, e) || !find(c, id, &row, e))
		return false;
	if (row.ended_s != 0 || (steps[step].from && strcmp(row.state, steps[step].from) != 0))
		return err_reason(e, "rollout.state", "the rollout is %s", row.state);
	text_copy(row.state, sizeof(row.state), steps[step].to);
	row.ended_s = ends ? core_now_s(c) : 0;
	if (!rollout_row_set_state(core_store(c), row.id, row.state, row.ended_s, e) ||
	    (ends && !work_cancel(core_store(c), row.id, core_now_s(c), e)) ||
	    !audit_add(c, by, steps[step].action, id, json_object(), e) ||
	    !rollout_view(c, &row, out, e))
		return false;
	tx_note(c, "rollout", json_incref(*out));
	return tx_commit(&tx, e);
}
