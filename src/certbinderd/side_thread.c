/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "certbinderd/side_thread.h"

#include "base/log.h"

#include <assert.h>

static void on_tick(void *arg)
{
	struct side_thread *t = arg;

	loop_timer_set(t->timer, t->tick(t->arg));
}

static void *run(void *arg)
{
	struct side_thread *t = arg;
	struct err e = ERR_INIT;

	if (t->begin)
		t->begin(t->arg);
	loop_timer_set(t->timer, t->first_ms);
	if (!loop_run(t->loop, &e)) {
		log_error("daemon.thread", "%s: %s", t->name, e.text);
		assert(!"side thread"); /* it would silently do nothing any more: end, to be started anew */
	}
	return NULL;
}

bool side_thread_start(struct side_thread *t, struct console *k, struct err *e)
{
	int failed;

	t->core = console_core(k);
	if (!t->core)
		(void)err_set(e, ERR_DB, "the database cannot be opened");
	if (!t->core || !loop_new(&t->loop, e) ||
	    !loop_timer_new(t->loop, on_tick, t, &t->timer, e)) {
		side_thread_stop(t);
		return false;
	}
	failed = pthread_create(&t->thread, NULL, run, t);
	t->runs = failed == 0;
	if (t->runs)
		return true;
	side_thread_stop(t);
	return err_sys(e, failed, "cannot start the %s", t->name);
}

void side_thread_stop(struct side_thread *t)
{
	if (t->runs) {
		loop_stop(t->loop);
		(void)pthread_join(t->thread, NULL);
	}
	loop_timer_free(t->timer);
	loop_free(t->loop);
	core_close(t->core);
	*t = (struct side_thread){.runs = false};
}
