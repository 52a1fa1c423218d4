/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "certbinderd/workers.h"

#include "base/log.h"
#include "base/mem.h"

#include <assert.h>
#include <sched.h>
#include <stdatomic.h>

struct worker {
	struct loop *loop;
	struct http_worker *http;
	struct tls_worker *tls;
	pthread_t thread;
	bool runs;
	unsigned asked;
	atomic_uint answered;
};

struct workers {
	struct worker *items;
	unsigned n;
};

/* Where TLS and HTTP meet. */
static bool accepted(void *arg, int fd, struct peer *peer, struct stream_tap *tap_out)
{
	struct worker *w = arg;

	return http_worker_add(w->http, fd, peer, tap_out);
}

static bool worker_make(struct console *k, struct worker *w, struct err *e)
{
	return loop_new(&w->loop, e) && http_worker_new(k->http, w->loop, &w->http, e) &&
	       tls_worker_new(k->front, w->loop, accepted, w, &w->tls, e);
}

/* Those that this process may use, which in a container are not all there are. */
static unsigned processors(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

	return n < 1 ? 1 : n > TLS_WORKERS_MAX ? TLS_WORKERS_MAX : (unsigned)n;
}

bool workers_new(struct console *k, struct workers **out, struct err *e)
{
	struct workers *w = mem_new(struct workers);

	if (!w)
		return err_nomem(e);
	w->n = processors();
	w->items = mem_array(w->n, sizeof *w->items);
	if (!w->items) {
		workers_free(w);
		return err_nomem(e);
	}
	for (unsigned i = 0; i < w->n; i++)
		if (!worker_make(k, &w->items[i], e)) {
			workers_free(w);
			return false;
		}
	*out = w;
	return true;
}

static void *run(void *arg)
{
	struct worker *w = arg;
	struct err e = ERR_INIT;

	if (!loop_run(w->loop, &e)) {
		log_error("daemon.worker", "%s", e.text);
		assert(!"worker"); /* a dead one would keep its share of clients waiting */
	}
	return NULL;
}

bool workers_start(struct workers *w, struct err *e)
{
	for (unsigned i = 0; i < w->n; i++) {
		int failed = pthread_create(&w->items[i].thread, NULL, run, &w->items[i]);

		if (failed)
			return err_sys(e, failed, "cannot start a worker");
		w->items[i].runs = true;
	}
	return true;
}

static void drain(void *arg)
{
	struct worker *w = arg;

	tls_worker_stop_accepting(w->tls);
	http_worker_drain(w->http);
}

void workers_drain(struct workers *w)
{
	for (unsigned i = 0; i < w->n; i++)
		if (!loop_post(w->items[i].loop, drain, &w->items[i]))
			log_warning("daemon.drain", "memory is short");
}

void workers_stop(struct workers *w)
{
	for (unsigned i = 0; i < w->n; i++)
		if (w->items[i].runs)
			loop_stop(w->items[i].loop);
	for (unsigned i = 0; i < w->n; i++)
		if (w->items[i].runs)
			(void)pthread_join(w->items[i].thread, NULL);
}

static void sign_of_life(void *arg)
{
	struct worker *w = arg;

	atomic_fetch_add(&w->answered, 1);
}

bool workers_answer(struct workers *w)
{
	bool all = true;

	for (unsigned i = 0; i < w->n; i++) {
		struct worker *one = &w->items[i];

		all = all && atomic_load(&one->answered) == one->asked;
		if (loop_post(one->loop, sign_of_life, one))
			one->asked++;
	}
	return all;
}

void workers_free(struct workers *w)
{
	if (!w)
		return;
	for (unsigned i = 0; w->items && i < w->n; i++) {
		tls_worker_free(w->items[i].tls);
		http_worker_free(w->items[i].http);
		loop_free(w->items[i].loop);
	}
	mem_free(w->items);
	mem_free(w);
}
