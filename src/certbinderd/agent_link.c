/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "certbinderd/agent_link.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/agents/rollout_engine.h"
#include "wire/fetch.h"
#include "wire/sender.h"

#include <string.h>

#define WAITING_MAX (SENDER_PARALLEL_MAX + ROLLOUT_BATCH_MAX) /* answered, not yet recorded */

struct answer {
	struct dispatch *dispatch;
	int status;
	char *error, *body;
	size_t body_len;
};

struct agent_link {
	struct core *core;
	struct rollout_engine *engine;
	struct sender *sender;
	struct answer answers[WAITING_MAX];
	size_t n_answers;
	int64_t recorded_ms;
	pthread_t thread;
	bool runs;
	atomic_bool ends;
};

static void answer_clear(struct answer *a)
{
	dispatch_free(a->dispatch);
	mem_free(a->error);
	mem_free(a->body);
	*a = (struct answer){.dispatch = NULL};
}

static void answer_add(struct agent_link *l, struct dispatch *d, int status, const char *error,
		       struct span body)
{
	l->answers[l->n_answers++] = (struct answer){.dispatch = d,
						     .status = status,
						     .error = mem_str(error),
						     .body = mem_strn(body.p, body.len),
						     .body_len = body.len};
}

static void landed(void *arg, const struct sender_answer *a)
{
	answer_add(arg, a->arg, a->status, a->error, a->body);
}

static bool record(struct agent_link *l, struct err *e)
{
	struct dispatch_result results[ROLLOUT_BATCH_MAX] = {{.status = 0}};
	size_t n = l->n_answers < ROLLOUT_BATCH_MAX ? l->n_answers : ROLLOUT_BATCH_MAX;

	for (size_t i = 0; i < n; i++) {
		const struct answer *a = &l->answers[i];

		results[i] = (struct dispatch_result){
			.dispatch = a->dispatch,
			.status = a->status,
			.error = a->error,
			.body = span_of(a->body, a->body ? a->body_len : 0)};
	}
	if (!rollout_engine_record(l->engine, l->core, results, n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		answer_clear(&l->answers[i]);
	l->n_answers -= n;
	memmove(l->answers, l->answers + n, l->n_answers * sizeof(*l->answers));
	l->recorded_ms = clock_mono_ms();
	return true;
}

static void post(struct agent_link *l, struct dispatch *d)
{
	uint8_t listener[SHA256_BYTES] = {0};
	struct err e = ERR_INIT;
	size_t n = 0;

	if (hex_decode(d->listener_sha256, strlen(d->listener_sha256), listener, sizeof(listener),
		       &n) &&
	    sender_post(l->sender,
			&(struct sender_post){.address = d->address,
					      .port = d->port,
					      .listener_sha256 = listener,
					      .body = buf_span(&d->token),
					      .arg = d},
			&e))
		return;
	answer_add(l, d, 0, e.text, span_of("", 0));
}

/* Room for the answers too: what is sent must be recorded. */
static bool send_due(struct agent_link *l, bool *sent_out, struct err *e)
{
	struct dispatch *due[ROLLOUT_BATCH_MAX];
	size_t room = sender_room(l->sender), on_the_way = SENDER_PARALLEL_MAX - room, n = 0;

	*sent_out = on_the_way > 0;
	if (l->n_answers + SENDER_PARALLEL_MAX > WAITING_MAX || room == 0)
		return true;
	if (!rollout_engine_take(l->engine, l->core, room, due, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		post(l, due[i]);
	*sent_out = *sent_out || n > 0;
	return true;
}

static bool turn(struct agent_link *l, struct err *e)
{
	bool busy = false;

	if (!send_due(l, &busy, e) ||
	    !sender_run(l->sender, busy ? AGENT_LINK_BUSY_MS : AGENT_LINK_IDLE_MS, e))
		return false;
	return l->n_answers == 0 ||
	       (l->n_answers < ROLLOUT_BATCH_MAX / 2 &&
		clock_mono_ms() - l->recorded_ms < AGENT_LINK_RECORD_MS) ||
	       record(l, e);
}

static void *run(void *arg)
{
	struct agent_link *l = arg;

	while (!atomic_load(&l->ends)) {
		struct err e = ERR_INIT, ignored = ERR_INIT;

		if (turn(l, &e))
			continue;
		log_warning("daemon.agents", "%s", e.text);
		if (!sender_run(l->sender, AGENT_LINK_IDLE_MS, &ignored)) /* not at once again */
			log_warning("daemon.agents", "%s", ignored.text);
	}
	return NULL;
}

static void drop(void *dispatch)
{
	dispatch_free(dispatch);
}

bool agent_link_start(struct console *k, struct agent_link **out, struct err *e)
{
	struct agent_link *l = mem_new(struct agent_link);
	int failed;

	if (!l)
		return err_nomem(e);
	l->core = console_core(k);
	if (!l->core)
		(void)err_set(e, ERR_DB, "the database cannot be opened");
	if (!l->core || !wire_start(e) || !rollout_engine_new(l->core, &l->engine, e) ||
	    !sender_new(landed, l, &l->sender, e)) {
		agent_link_stop(l);
		return false;
	}
	failed = pthread_create(&l->thread, NULL, run, l);
	l->runs = failed == 0;
	if (failed) {
		agent_link_stop(l);
		return err_sys(e, failed, "cannot start the link to agents");
	}
	*out = l;
	return true;
}

void agent_link_stop(struct agent_link *l)
{
	struct err ignored = ERR_INIT;

	if (!l)
		return;
	atomic_store(&l->ends, true);
	if (l->sender)
		sender_wake(l->sender);
	if (l->runs)
		(void)pthread_join(l->thread, NULL);
	while (l->n_answers > 0 && record(l, &ignored)) /* else they are asked again */
		;
	for (size_t i = 0; i < l->n_answers; i++)
		answer_clear(&l->answers[i]);
	sender_free(l->sender, drop);
	rollout_engine_free(l->engine);
	core_close(l->core);
	mem_free(l);
}
