/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "http/events.h"
#include "http/file.h"
#include "http/server.h"
#include "http/w3c.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define MHD_POOL_BYTES ((size_t)10752) /* one head with its fields, then one reply's header */
#define MHD_CONNECTIONS_MAX 20000
#define HTTP_TURN_NS 5000000 /* then clients who shake hands or send have their turn */

/* ---- the snapshot ---- */

/* One comparison a request; the lock only after a publish. */
struct served *worker_served(struct http_worker *w)
{
	struct http_server *s = w->server;
	uint64_t version = atomic_load_explicit(&s->served_version, memory_order_acquire);

	if (version != w->served_version) {
		pthread_mutex_lock(&s->lock);
		served_unref(w->served);
		w->served = s->served ? served_ref(s->served) : NULL;
		w->served_version = atomic_load(&s->served_version);
		pthread_mutex_unlock(&s->lock);
	}
	return w->served ? served_ref(w->served) : NULL;
}

/* ---- calls ---- */

static void *on_target(void *worker, const char *target, struct MHD_Connection *mhd)
{
	struct http_wire *wire = wire_of(mhd);

	(void)worker;
	if (!wire)
		return NULL;
	wire->n_calls++;
	wire->call = call_new(wire, target);
	return wire->call;
}

static void log_call(const struct http_call *c)
{
	const struct peer *p = c->wire->peer;
	struct w3c_line line = {
		.time_s = clock_now_s(),
		.server_ip = p->local_ip,
		.client_ip = p->client_ip,
		.port = p->local_port,
		.status = c->status,
		.substatus = c->substatus,
		.win32 = c->win32,
		.user = c->log_user,
		.took_ms = clock_mono_ms() - c->began_ms,
	};

	if (!c->path) { /* the strict front refused it */
		line.method = c->wire->strict.seen_method;
		line.path = c->wire->strict.seen_target;
	} else {
		line.method = c->method;
		line.path = c->path;
		line.query = c->query;
		line.user_agent = http_header(c, "User-Agent");
		line.referer = http_header(c, "Referer");
	}
	w3c_add(c->server->log, &line);
}

static void on_completed(void *worker, struct MHD_Connection *mhd, void **call,
			 enum MHD_RequestTerminationCode why)
{
	struct http_call *c = *call;

	(void)worker, (void)mhd, (void)why;
	if (!c)
		return;
	if (c->status != 0)
		traffic_count(&c->server->traffic, clock_now_s(), c->substatus != 0);
	/* what has no request line is no entry (nor is it in an IIS site's log) */
	if (c->server->log && c->status != 0 && (c->path || c->wire->strict.seen_method[0]))
		log_call(c);
	c->wire->call = NULL;
	call_free(c);
	*call = NULL;
}

/* ---- turns ---- */

static int64_t before_sleep(void *arg)
{
	struct http_worker *w = arg;
	MHD_UNSIGNED_LONG_LONG wait_ms;
	int64_t until = 0;

	if (!w->dirty && (w->run_at_ms < 0 || clock_mono_ms() < w->run_at_ms))
		return w->run_at_ms < 0 ? -1 : w->run_at_ms - clock_mono_ms();
	do {
		w->dirty = false;
		MHD_run(w->mhd);
		w->run_at_ms = -1;
		if (MHD_get_timeout(w->mhd, &wait_ms) == MHD_YES)
			w->run_at_ms = (int64_t)wait_ms;
		if (until == 0)
			until = clock_mono_ns() + HTTP_TURN_NS;
	} while ((w->run_at_ms == 0 || w->dirty) && clock_mono_ns() < until);
	if (w->dirty)
		return 0;
	if (w->run_at_ms < 0)
		return -1;
	w->run_at_ms += clock_mono_ms();
	return w->run_at_ms - clock_mono_ms();
}

static void on_daemon(void *arg, uint32_t events)
{
	struct http_worker *w = arg;

	(void)events;
	w->dirty = true;
}

/*
 * 408, where nothing of a reply can be under way: all heads that were passed on are answered, but for
 * one whose body is still coming. Written past libmicrohttpd, which knows of no time-out with an
 * answer.
 */
static void tell_too_slow(const struct http_wire *wire)
{
	static const char reply[] =
		"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
		"Content-Type: application/problem+json\r\nContent-Length: 77\r\n\r\n"
		"{\"title\":\"The request took too "
		"long\",\"status\":408,\"code\":\"request.too_slow\"}\n";

	if (wire->n_calls != wire->strict.n_heads || (wire->call && wire->call->stage != CALL_BODY))
		return;
	(void)send(wire->fd, reply, sizeof(reply) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* The client may have sent more, but it is read only when our own work is done. */
static bool waits_for_us(const struct http_wire *wire)
{
	enum call_stage stage = wire->call ? wire->call->stage : CALL_NEW;

	return stage == CALL_SPOOLING || stage == CALL_ADMITTING || stage == CALL_JUDGING;
}

/* Cuts off who takes too long to send a request, and finds jobs whose letter was lost. */
static void on_sweep(void *arg)
{
	struct http_worker *w = arg;
	int64_t now = loop_now_ms(w->loop);
	struct http_wire *wire, *next;

	w->sweeping = false;
	mail_read(w->mail);
	for (wire = TAILQ_FIRST(&w->slow); wire; wire = next) {
		next = TAILQ_NEXT(wire, slow);
		if (now - wire->reading_since_ms < HTTP_REQUEST_MAX_MS)
			break;
		if (waits_for_us(wire)) {
			wire_progress(wire); /* to the end of the list, where the walk stops */
			continue;
		}
		tell_too_slow(wire);
		(void)shutdown(wire->fd, SHUT_RDWR); /* gone already */
		w->dirty = true;
	}
	if (!TAILQ_EMPTY(&w->slow) || !LIST_EMPTY(&w->suspended)) {
		loop_timer_set(w->sweep, HTTP_SWEEP_MS);
		w->sweeping = true;
	}
}

void http_worker_drain(struct http_worker *w)
{
	struct http_wire *wire, *next;

	w->draining = true;
	events_end(w->events);
	for (wire = TAILQ_FIRST(&w->all); wire; wire = next) {
		next = TAILQ_NEXT(wire, all);
		if (!wire->call)
			(void)shutdown(wire->fd, SHUT_RDWR); /* gone already */
	}
	w->dirty = true;
}

/* ---- the daemon ---- */

/* libmicrohttpd takes its socketpairs for TCP and complains; just those lines are dropped. */
static void on_log(void *unused, const char *format, va_list args)
{
	char text[256];

	(void)unused;
	if (strstr(format, "TCP_NODELAY") || strstr(format, "TCP_CORK") ||
	    strstr(format, "socket to"))
		return;
	vsnprintf(text, sizeof(text), format, args);
	text[strcspn(text, "\n")] = '\0';
	log_debug("http.library", "text=\"%s\"", text);
}

/* Targets are decoded by target.c, from what was sent. */
static size_t keep_escapes(void *unused, struct MHD_Connection *mhd, char *s)
{
	(void)unused, (void)mhd;
	return strlen(s);
}

static bool start_daemon(struct http_worker *w, struct err *e)
{
	const union MHD_DaemonInfo *info;
	unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME;

	if (log_debug_on("http")) /* it would put a line together twice a request, to be dropped */
		flags |= MHD_USE_ERROR_LOG;
	w->mhd = MHD_start_daemon(
		flags, 0, NULL, NULL, answer, w, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, MHD_POOL_BYTES, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)MHD_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)(HTTP_IDLE_MAX_MS / 1000), MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_URI_LOG_CALLBACK,
		on_target, w, MHD_OPTION_NOTIFY_COMPLETED, on_completed, w,
		MHD_OPTION_NOTIFY_CONNECTION, wire_on_connection, w, MHD_OPTION_END);
	info = w->mhd ? MHD_get_daemon_info(w->mhd, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (!info)
		return err_set(e, ERR_IO, "cannot start the HTTP library");
	return loop_add(w->loop, info->epoll_fd, EPOLLIN, on_daemon, w, &w->io, e);
}

bool http_worker_new(struct http_server *s, struct loop *l, struct http_worker **out, struct err *e)
{
	struct http_worker *w = mem_new(struct http_worker);

	if (!w)
		return err_nomem(e);
	w->server = s;
	w->loop = l;
	w->run_at_ms = -1;
	TAILQ_INIT(&w->all);
	TAILQ_INIT(&w->slow);
	w->mail = mem_new(struct http_mail);
	if (!w->mail) {
		mem_free(w);
		return err_nomem(e);
	}
	atomic_init(&w->mail->refs, 1);
	pthread_mutex_init(&w->mail->lock, NULL);
	w->mail->worker = w;
	if (!loop_timer_new(l, on_sweep, w, &w->sweep, e) || !events_new(w, &w->events, e) ||
	    !start_daemon(w, e) || !loop_before(l, before_sleep, w, e) || !server_join(s, w, e)) {
		http_worker_free(w);
		return false;
	}
	*out = w;
	return true;
}

static void end_calls(struct http_worker *w)
{
	struct http_call *c;

	events_end(w->events);
	mail_read(w->mail);
	while ((c = LIST_FIRST(&w->suspended))) { /* jobs that no pool will run any more */
		LIST_REMOVE(c, entry);
		if (c->stage == CALL_READING) {
			file_give_up(c);
			answer_resume(c);
			continue;
		}
		reply_drop(c);
		reply_error(c, "busy", "the server is stopping");
		c->stage = CALL_WORKING;
		answer_resume(c);
	}
	MHD_run(w->mhd);
}

void http_worker_free(struct http_worker *w)
{
	struct http_call *c;
	struct http_wire *wire;

	if (!w)
		return;
	server_leave(w->server, w);
	if (w->mhd && w->events)
		end_calls(w);
	loop_remove(w->io);
	if (w->mhd)
		MHD_stop_daemon(w->mhd);
	while ((wire = TAILQ_FIRST(&w->all))) /* tls/ may still hold them */
		wire_leave_worker(wire);
	events_free(w->events);
	loop_timer_free(w->sweep);
	while ((c = LIST_FIRST(&w->spare))) {
		LIST_REMOVE(c, entry);
		buf_clear(&c->target);
		mem_free(c);
	}
	pthread_mutex_lock(&w->mail->lock);
	w->mail->worker = NULL;
	pthread_mutex_unlock(&w->mail->lock);
	mail_unref(w->mail);
	served_unref(w->served);
	mem_free(w);
}
