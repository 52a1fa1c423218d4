/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "certbinderd/fetcher.h"

#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "core/crl_points.h"

struct fetcher {
	struct console *console;
	struct core *core;
	struct loop *loop;
	struct loop_timer *timer;
	pthread_t thread;
	bool runs;
	uint64_t tick;
	int64_t collected_at; /* trust generation */
};

static void collect(struct fetcher *f)
{
	int64_t now = atomic_load(&f->console->trust_generation);
	struct err e = ERR_INIT;

	if (now == f->collected_at && f->tick % FETCHER_COLLECT_TICKS != 0)
		return;
	if (!crl_points_collect(f->core, &e))
		log_warning("daemon.crl_points", "%s", e.text);
	f->collected_at = now;
}

static void say(const json_t *done)
{
	const char *error = json_string_value(json_object_get(done, "error"));
	const char *url = json_string_value(json_object_get(done, "url"));

	/* Warned of once; what goes on failing is in the state of its issuer. */
	if (!error)
		log_info("crl.fetched", "url=%s result=%s", url,
			 json_string_value(json_object_get(done, "result")));
	else if (json_integer_value(json_object_get(done, "failures")) == 1)
		log_warning("crl.fetch_failed", "url=%s why=%s", url, error);
	else
		log_info("crl.fetch_failed", "url=%s why=%s", url, error);
}

static void tick(void *arg)
{
	struct fetcher *f = arg;
	json_t *done = NULL;
	struct err e = ERR_INIT;

	collect(f);
	f->tick++;
	if (!crl_points_fetch_due(f->core, &done, &e)) {
		if (e.code != ERR_CANCELLED)
			log_warning("daemon.crl_fetch", "%s", e.text);
	} else if (done) {
		say(done);
	}
	loop_timer_set(f->timer, done ? 0 : FETCHER_TICK_MS);
	json_decref(done);
}

static void *run(void *arg)
{
	struct fetcher *f = arg;
	struct err e = ERR_INIT;

	loop_timer_set(f->timer, FETCHER_TICK_MS);
	if (!loop_run(f->loop, &e))
		log_error("daemon.fetcher", "%s", e.text);
	return NULL;
}

bool fetcher_start(struct console *k, struct fetcher **out, struct err *e)
{
	struct fetcher *f = mem_new(struct fetcher);
	int failed;

	if (!f)
		return err_nomem(e);
	f->console = k;
	f->collected_at = -1;
	f->core = console_core(k);
	if (!f->core || !loop_new(&f->loop, e) || !loop_timer_new(f->loop, tick, f, &f->timer, e)) {
		if (!f->core)
			err_set(e, ERR_DB, "the database cannot be opened");
		fetcher_stop(f);
		return false;
	}
	failed = pthread_create(&f->thread, NULL, run, f);
	f->runs = failed == 0;
	if (failed) {
		fetcher_stop(f);
		return err_sys(e, failed, "cannot start the fetcher");
	}
	*out = f;
	return true;
}

void fetcher_stop(struct fetcher *f)
{
	if (!f)
		return;
	atomic_store(&f->console->stopping, true);
	if (f->runs) {
		loop_stop(f->loop);
		(void)pthread_join(f->thread, NULL);
	}
	loop_timer_free(f->timer);
	loop_free(f->loop);
	core_close(f->core);
	mem_free(f);
}
