/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/worker.h"

#include "base/clock.h"
#include "base/mem.h"

#include <fcntl.h>
#include <unistd.h>

#define SWEEP_MS 250
#define HANDSHAKE_BUDGET_NS 200000 /* a turn; one step takes some 150 us of arithmetic */
#define HANDSHAKE_BUDGET_MAX_MS 20 /* of a long turn */

/* ---- lists ---- */

static void watch_clock(struct tls_worker *w)
{
	if (!w->sweeping)
		loop_timer_set(w->sweep, SWEEP_MS);
	w->sweeping = true;
}

void worker_wait(struct connection *c)
{
	struct tls_worker *w = c->worker;

	if (c->on_waiting)
		return;
	c->on_waiting = true;
	TAILQ_INSERT_TAIL(&w->waiting, c, timed);
	w->n_waiting++;
	watch_clock(w);
}

void worker_unwait(struct connection *c)
{
	if (!c->on_waiting)
		return;
	c->on_waiting = false;
	TAILQ_REMOVE(&c->worker->waiting, c, timed);
	c->worker->n_waiting--;
}

void worker_quiet(struct connection *c)
{
	struct tls_worker *w = c->worker;

	c->on_quiet = true;
	c->since_ms = loop_now_ms(w->loop);
	TAILQ_INSERT_TAIL(&w->quiet, c, timed);
	watch_clock(w);
}

void worker_unquiet(struct connection *c)
{
	if (!c->on_quiet)
		return;
	c->on_quiet = false;
	TAILQ_REMOVE(&c->worker->quiet, c, timed);
}

/* Counted from the last change of state. */
void worker_linger(struct connection *c)
{
	struct tls_worker *w = c->worker;

	if (c->on_lingering && c->state != CONNECTION_LINGERING)
		return;
	worker_unwait(c);
	worker_unquiet(c);
	if (c->on_lingering)
		TAILQ_REMOVE(&w->lingering, c, timed);
	c->on_lingering = true;
	c->since_ms = loop_now_ms(w->loop);
	TAILQ_INSERT_TAIL(&w->lingering, c, timed);
	watch_clock(w);
}

void worker_touch(struct connection *c)
{
	if (!c->on_touched)
		TAILQ_INSERT_TAIL(&c->worker->touched, c, touched);
	c->on_touched = true;
}

void worker_again(struct connection *c)
{
	if (!c->on_again)
		TAILQ_INSERT_TAIL(&c->worker->again, c, again);
	c->on_again = true;
}

void worker_handshake(struct connection *c)
{
	if (!c->on_handshakes)
		TAILQ_INSERT_TAIL(&c->worker->handshakes, c, handshakes);
	c->on_handshakes = true;
}

void worker_forget(struct connection *c)
{
	struct tls_worker *w = c->worker;

	worker_unwait(c);
	worker_unquiet(c);
	if (c->on_lingering)
		TAILQ_REMOVE(&w->lingering, c, timed);
	if (c->on_touched)
		TAILQ_REMOVE(&w->touched, c, touched);
	if (c->on_again)
		TAILQ_REMOVE(&w->again, c, again);
	if (c->on_handshakes)
		TAILQ_REMOVE(&w->handshakes, c, handshakes);
	if (w->received_by == c)
		w->received_by = NULL;
	if (w->send_by == c)
		w->send_by = NULL;
}

/* ---- turns ---- */

static void run_touched(struct tls_worker *w)
{
	struct connection *c;

	while ((c = TAILQ_FIRST(&w->touched))) {
		TAILQ_REMOVE(&w->touched, c, touched);
		c->on_touched = false;
		if (c->state != CONNECTION_OPEN)
			continue;
		c->plain_readable = true; /* the reply is there more often than not */
		if (!pump_down(c))
			c->dead = true;
		if (c->dead || c->http_ended)
			connection_run(c);
	}
}

static void run_again(struct tls_worker *w)
{
	struct connections now = TAILQ_HEAD_INITIALIZER(now);
	struct connection *c;

	TAILQ_CONCAT(&now, &w->again, again);
	while ((c = TAILQ_FIRST(&now))) {
		TAILQ_REMOVE(&now, c, again);
		c->on_again = false;
		connection_run(c);
	}
}

/* Half of what the others took in this turn, at least: where many open connections make turns long,
 * who knocks has its part of the time all the same. */
static int64_t handshake_budget_ns(const struct tls_worker *w)
{
	int64_t took_ms = clock_mono_ms() - loop_now_ms(w->loop);

	if (took_ms < 2)
		return HANDSHAKE_BUDGET_NS;
	took_ms /= 2;
	return (took_ms < HANDSHAKE_BUDGET_MAX_MS ? took_ms : HANDSHAKE_BUDGET_MAX_MS) * 1000000;
}

static void run_handshakes(struct tls_worker *w)
{
	int64_t until = 0;
	struct connection *c;

	while ((c = TAILQ_FIRST(&w->handshakes))) {
		int64_t now = clock_mono_ns();

		if (until == 0)
			until = now + handshake_budget_ns(w);
		if (now >= until)
			return;
		TAILQ_REMOVE(&w->handshakes, c, handshakes);
		c->on_handshakes = false;
		connection_handshake(c);
	}
}

/* http/ has run just before: takes its replies without asking epoll for them. */
static int64_t before_sleep(void *arg)
{
	struct tls_worker *w = arg;

	run_touched(w);
	run_again(w);
	run_handshakes(w);
	return TAILQ_EMPTY(&w->again) && TAILQ_EMPTY(&w->handshakes) && TAILQ_EMPTY(&w->touched)
		       ? -1
		       : 0;
}

static void on_sweep(void *arg)
{
	struct tls_worker *w = arg;
	int64_t now = loop_now_ms(w->loop);
	struct connection *c;

	w->sweeping = false;
	while ((c = TAILQ_FIRST(&w->waiting)) && now - c->since_ms >= TLS_HANDSHAKE_MAX_MS)
		connection_free(c);
	while ((c = TAILQ_FIRST(&w->quiet)) && now - c->since_ms >= TLS_QUIET_MAX_MS)
		connection_end(c);
	for (struct connection *next = TAILQ_FIRST(&w->lingering); (c = next);) {
		int64_t max =
			c->state == CONNECTION_LINGERING ? TLS_LINGER_MAX_MS : TLS_STUCK_MAX_MS;

		next = TAILQ_NEXT(c, timed);
		if (now - c->since_ms >= max)
			connection_free(c);
	}
	if (!TAILQ_EMPTY(&w->waiting) || !TAILQ_EMPTY(&w->quiet) || !TAILQ_EMPTY(&w->lingering))
		watch_clock(w);
}

/* ---- making and freeing ---- */

bool worker_init(struct tls_worker *w, struct err *e)
{
	TAILQ_INIT(&w->listeners);
	TAILQ_INIT(&w->all);
	TAILQ_INIT(&w->waiting);
	TAILQ_INIT(&w->quiet);
	TAILQ_INIT(&w->lingering);
	TAILQ_INIT(&w->touched);
	TAILQ_INIT(&w->again);
	TAILQ_INIT(&w->handshakes);
	w->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return loop_timer_new(w->loop, on_sweep, w, &w->sweep, e) &&
	       loop_before(w->loop, before_sleep, w, e);
}

void worker_clear(struct tls_worker *w)
{
	struct worker_listener *l;

	while (!TAILQ_EMPTY(&w->all))
		connection_free(TAILQ_FIRST(&w->all));
	while ((l = TAILQ_FIRST(&w->listeners))) {
		TAILQ_REMOVE(&w->listeners, l, entry);
		loop_remove(l->io);
		close(l->fd);
		mem_free(l);
	}
	loop_timer_free(w->sweep);
	if (w->spare_fd >= 0)
		close(w->spare_fd);
}
