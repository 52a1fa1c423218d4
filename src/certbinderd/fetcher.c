/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "certbinderd/fetcher.h"

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "certbinderd/side_thread.h"
#include "core/trust/crl_points.h"

struct fetcher {
	struct console *console;
	struct side_thread side;
	uint64_t tick;
	int64_t collected_at; /* trust generation */
};

static void collect(struct fetcher *f)
{
	int64_t now = atomic_load(&f->console->trust_generation);
	struct err e = ERR_INIT;

	if (now == f->collected_at && f->tick % FETCHER_COLLECT_TICKS != 0)
		return;
	if (!crl_points_collect(f->side.core, &e))
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

static int tick(void *arg)
{
	struct fetcher *f = arg;
	json_t *done AUTO_JSON = NULL;
	struct err e = ERR_INIT;

	collect(f);
	f->tick++;
	if (!crl_points_fetch_due(f->side.core, &done, &e)) {
		if (e.code != ERR_CANCELLED)
			log_warning("daemon.crl_fetch", "%s", e.text);
	} else if (done) {
		say(done);
	}
	return done ? 0 : FETCHER_TICK_MS;
}

bool fetcher_start(struct console *k, struct fetcher **out, struct err *e)
{
	struct fetcher *f = mem_new(struct fetcher);

	if (!f)
		return err_nomem(e);
	f->console = k;
	f->collected_at = -1;
	f->side = (struct side_thread){
		.name = "fetcher", .tick = tick, .first_ms = FETCHER_TICK_MS, .arg = f};
	if (!side_thread_start(&f->side, k, e)) {
		mem_free(f);
		return false;
	}
	*out = f;
	return true;
}

void fetcher_stop(struct fetcher *f)
{
	if (!f)
		return;
	atomic_store(&f->console->stopping, true);
	side_thread_stop(&f->side);
	mem_free(f);
}
