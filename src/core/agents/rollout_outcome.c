/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/agents/rollout_outcome.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "core/agents/agent_desk.h"
#include "core/agents/rollout_view.h"
#include "core/tx.h"
#include "store/agent_events.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define NOTE_EVERY_MS 1000 /* progress is told at most so often */

struct outcome {
	enum work_state state;
	char code[48], detail[AGENT_TEXT_MAX];
	int64_t due_ms;
};

/* In a line: certificates are counted, not listed, and a failure gives its reason; another result as it came. */
static void say(const json_t *result, bool failed, char *out, size_t size)
{
	const char *why = json_string_value(json_object_get(result, "detail"));
	const json_t *installed = json_object_get(result, "installed");
	struct buf text AUTO_BUF = BUF_INIT;
	struct err ignored = ERR_INIT;
	char counts[96] = "";

	if (json_is_array(installed))
		(void)snprintf(counts, sizeof(counts), "%zu installed, %zu held before, %zu failed",
			       json_array_size(installed),
			       json_array_size(json_object_get(result, "held")),
			       json_array_size(json_object_get(result, "failed")));
	if (failed && why)
		(void)snprintf(out, size, "%s%s%s", counts, counts[0] ? ": " : "", why);
	else if (counts[0])
		text_copy(out, size, counts);
	else if (json_is_object(result) && json_write(result, &text, &ignored))
		text_copy(out, size, buf_str(&text));
}

/* An answer of one that took the command, in its words: it may not have come to what was asked. */
static void accepted(const struct dispatch_result *r, struct outcome *o)
{
	json_t *body AUTO_JSON = NULL, *result;
	struct err ignored = ERR_INIT;
	const char *jti = NULL, *failed;

	o->state = WORK_FAILED;
	text_copy(o->code, sizeof(o->code), "agent.answer");
	if (!json_read(r->body, &body, &ignored) || !json_get_str(body, "jti", &jti, &ignored) ||
	    strcmp(jti, r->dispatch->jti) != 0) {
		text_copy(o->detail, sizeof(o->detail), "the answer is not one to this command");
		return;
	}
	result = json_object_get(body, "result");
	failed = json_string_value(json_object_get(result, "error"));
	o->state = failed ? WORK_FAILED : WORK_DONE; /* it was taken: not tried again */
	text_copy(o->code, sizeof(o->code), failed ? failed : "");
	say(result, failed != NULL, o->detail, sizeof(o->detail));
}

/* Later, each time twice as late, and not all at the same moment. */
static void again(const struct dispatch_result *r, struct outcome *o)
{
	const struct dispatch *d = r->dispatch;
	int64_t wait = ROLLOUT_BACKOFF_MAX_MS;
	uint32_t dice;

	if (d->attempts >= d->attempts_max) {
		o->state = WORK_FAILED;
		return;
	}
	if (d->attempts < 10 && (int64_t)ROLLOUT_BACKOFF_MS << (d->attempts - 1) < wait)
		wait = (int64_t)ROLLOUT_BACKOFF_MS << (d->attempts - 1);
	random_bytes(&dice, sizeof(dice));
	o->state = WORK_PENDING;
	o->due_ms = clock_now_ms() + wait * 3 / 4 + dice % (uint32_t)(wait / 2 + 1);
}

static void problem(const struct dispatch_result *r, struct outcome *o)
{
	json_t *body AUTO_JSON = NULL;
	struct err ignored = ERR_INIT;
	const char *code = NULL, *detail = NULL;

	if (json_read(r->body, &body, &ignored) && json_get_str(body, "code", &code, &ignored)) {
		text_copy(o->code, sizeof(o->code), code);
		if (json_get_str_opt(body, "detail", &detail, &ignored) && detail)
			text_copy(o->detail, sizeof(o->detail), detail);
	} else {
		(void)snprintf(o->code, sizeof(o->code), "http.%d", r->status);
	}
	if (strcmp(o->code, "command.replayed") == 0) {
		o->state = WORK_DONE; /* it had taken it before: only its answer was lost */
		text_copy(o->detail, sizeof(o->detail), "taken before; its answer was lost");
	} else if (r->status == 403 && strcmp(o->code, "command.sequence") != 0) {
		o->state = WORK_REFUSED;
	} else {
		again(r, o);
	}
}

static void outcome_of(const struct dispatch_result *r, struct outcome *o)
{
	*o = (struct outcome){.state = WORK_FAILED};
	if (r->status == 200) {
		accepted(r, o);
	} else if (r->status > 0) {
		problem(r, o);
	} else {
		text_copy(o->code, sizeof(o->code),
			  r->status < 0 ? "agent.address" : "agent.unreachable");
		text_copy(o->detail, sizeof(o->detail), r->error ? r->error : "");
		if (r->status == 0)
			again(r, o);
	}
}

static bool record_one(struct core *c, const struct dispatch_result *r, struct err *e)
{
	static const char *const words[WORK_STATES] = {
		[WORK_DONE] = "done", [WORK_REFUSED] = "refused", [WORK_FAILED] = "failed"};
	const struct dispatch *d = r->dispatch;
	char text[AGENT_TEXT_MAX];
	struct outcome o;

	outcome_of(r, &o);

	const struct work_row w = {.agent = d->agent,
				   .state = o.state,
				   .attempts = d->attempts,
				   .code = o.code,
				   .detail = o.detail,
				   .due_ms = o.due_ms,
				   .ended_s = o.state == WORK_PENDING ? 0 : core_now_s(c)};

	if (!work_set(core_store(c), d->rollout, &w, e))
		return false;
	if (o.state == WORK_PENDING)
		return true;
	(void)snprintf(text, sizeof(text), "%s %s%s%.40s%s%.200s", d->cmd, words[o.state],
		       o.code[0] ? ": " : "", o.code, o.detail[0] ? " " : "", o.detail);
	return agent_event_add(
		core_store(c), d->agent,
		&(struct agent_event_row){.at_s = core_now_s(c), .kind = "command", .text = text},
		e);
}

/* Ends a rollout that has nothing left; tells of progress now and then. */
static bool look(struct core *c, struct flight *f, bool *ended_out, struct err *e)
{
	int64_t n[WORK_STATES], now_ms = clock_mono_ms();
	struct rollout_row r;
	json_t *view = NULL;
	bool found = false;

	*ended_out = false;
	if (f->n > 0 && now_ms - f->noted_ms < NOTE_EVERY_MS)
		return true;
	if (!rollout_row_find(core_store(c), f->rollout, &r, &found, e) ||
	    !work_tally(core_store(c), f->rollout, n, e))
		return false;
	*ended_out = f->n == 0 && (!found || n[WORK_PENDING] + n[WORK_SENDING] == 0);
	if (!found)
		return true;
	if (*ended_out && r.ended_s == 0) {
		text_copy(r.state, sizeof(r.state), "done");
		r.ended_s = core_now_s(c);
		if (!rollout_row_set_state(core_store(c), r.id, r.state, r.ended_s, e))
			return false;
	} else if (now_ms - f->noted_ms < NOTE_EVERY_MS) {
		return true;
	}
	f->noted_ms = now_ms;
	if (!rollout_view(c, &r, &view, e))
		return false;
	tx_note(c, "rollout", view);
	return true;
}

static bool record(struct rollout_engine *x, struct core *c, const struct dispatch_result *results,
		   size_t n, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;
	bool ended[FLIGHTS_MAX];

	if (!tx_begin(c, &tx, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!record_one(c, &results[i], e))
			return false;
	for (size_t i = 0; i < x->n_flights; i++)
		if (!look(c, &x->flights[i], &ended[i], e))
			return false;
	if (!tx_commit(&tx, e))
		return false;
	for (size_t i = x->n_flights; i-- > 0;)
		if (ended[i])
			x->flights[i] = x->flights[--x->n_flights];
	return true;
}

static void count(struct rollout_engine *x, const struct dispatch_result *results, size_t n, int by)
{
	for (size_t i = 0; i < n; i++) {
		struct flight *f = rollout_flight(x, results[i].dispatch->rollout);

		if (f)
			f->n += by;
	}
}

bool rollout_engine_record(struct rollout_engine *x, struct core *c,
			   const struct dispatch_result *results, size_t n, struct err *e)
{
	struct err ignored = ERR_INIT;
	bool good;

	/* An outcome that is lost with the machine is found out again: the agent knows the jti. */
	if (!work_set_relaxed(core_store(c), true, e))
		return false;
	count(x, results, n, -1);
	good = record(x, c, results, n, e);
	if (!work_set_relaxed(core_store(c), false, &ignored))
		assert(!"synchronous"); /* a setting of the connection alone: it cannot fail */
	if (good)
		return true;
	count(x, results, n, 1); /* they come again */
	return false;
}
