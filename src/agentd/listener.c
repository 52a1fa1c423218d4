/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/listener.h"

#include "agentd/commands.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/text.h"
#include "core/bindings/served.h"
#include "http/http.h"
#include "tls/front.h"
#include "wire/command.h"

struct listener {
	struct agent *agent; /* borrowed: outlives its listener */
	struct tls_front *front;
	struct http_server *http;
	struct pool *jobs;
	struct loop *loop;
	struct http_worker *http_worker;
	struct tls_worker *tls_worker;
	pthread_t thread;
	bool runs;
	char ip[48];
	uint16_t port;
	int64_t generation;
};

static const struct http_route routes[] = {
	{"POST", AGENT_API "/command", RUN_JOB, ROLE_NONE, COMMAND_MAX_BYTES, commands_answer,
	 NULL},
};

/* Where TLS and HTTP meet. */
static bool accepted(void *arg, int fd, struct peer *peer, struct stream_tap *tap_out)
{
	struct listener *l = arg;

	return http_worker_add(l->http_worker, fd, peer, tap_out);
}

static bool served_make(struct listener *l, uint16_t port, struct served **out, struct err *e)
{
	struct served *s AUTO(served_autop) = mem_new(struct served);
	const struct agent_identity *own = &l->agent->identity;
	struct served_binding *b;

	if (!s)
		return err_nomem(e);
	atomic_init(&s->refs, 1);
	s->tls_generation = s->trust_generation = ++l->generation;
	s->bindings = b = mem_new(struct served_binding);
	if (!b)
		return err_nomem(e);
	s->n_bindings = 1;
	b->id = 1;
	text_copy(b->endpoint.ip, sizeof(b->endpoint.ip), l->ip);
	b->endpoint.port = port;
	b->cert = cert_ref(own->cert);
	if (!secret_set(&b->pkcs8, own->pkcs8.data, own->pkcs8.len, e))
		return false;
	*out = s;
	s = NULL;
	return true;
}

static bool publish(struct listener *l, uint16_t port, struct err *e)
{
	struct served *s AUTO(served_autop) = NULL;

	if (!served_make(l, port, &s, e))
		return false;
	if (!tls_front_publish(l->front, s, e)) {
		e->reason = NULL;
		return err_reason(e, "agent.listener", "%.180s", e->text);
	}
	http_server_set_served(l->http, s);
	l->port = port;
	return true;
}

static bool parts_make(struct listener *l, struct err *e)
{
	struct http_config config = {
		.routes = routes, .n_routes = ARRAY_LEN(routes), .app = l->agent};

	if (!pool_new(LISTENER_JOBS, LISTENER_QUEUE_MAX, NULL, NULL, NULL, &l->jobs, e))
		return false;
	config.jobs = l->jobs;
	return http_server_new(&config, &l->http, e) && tls_front_new(&l->front, e) &&
	       loop_new(&l->loop, e) && http_worker_new(l->http, l->loop, &l->http_worker, e) &&
	       tls_worker_new(l->front, l->loop, accepted, l, &l->tls_worker, e);
}

/* Port 0 is settled before anything is served there. */
static bool port_settle(struct listener *l, uint16_t *port, struct err *e)
{
	struct agent *a = l->agent;
	bool good;

	if (*port != 0)
		return true;
	if (!tls_front_open(l->front, l->ip, 0, false, port, e))
		return false;
	pthread_mutex_lock(&a->lock);
	a->state.port = *port;
	good = agent_save(a, e);
	pthread_mutex_unlock(&a->lock);
	return good;
}

/* "--listen IP:0" asks for a free port: that of the last run is kept only while it is one. */
static bool may_choose(const struct agent *a)
{
	return text_ends_with(a->state.listen_given, ":0");
}

static void *run(void *arg)
{
	struct listener *l = arg;
	struct err e = ERR_INIT;

	if (!loop_run(l->loop, &e))
		log_error("agent.listener", "%s", e.text);
	return NULL;
}

static bool make(struct listener *l, struct err *e)
{
	uint16_t port = l->agent->state.port;
	int failed;

	text_copy(l->ip, sizeof(l->ip), l->agent->state.listen_ip);
	if (!parts_make(l, e) || !port_settle(l, &port, e))
		return false;
	if (!publish(l, port, e)) {
		if (!may_choose(l->agent))
			return false;
		*e = (struct err)ERR_INIT;
		port = 0;
		if (!port_settle(l, &port, e) || !publish(l, port, e))
			return false;
	}
	failed = pthread_create(&l->thread, NULL, run, l);
	if (failed)
		return err_sys(e, failed, "cannot start the listener's thread");
	l->runs = true;
	return true;
}

bool listener_start(struct agent *a, struct listener **out, struct err *e)
{
	struct listener *l = mem_new(struct listener);

	if (!l)
		return err_nomem(e);
	l->agent = a;
	if (!make(l, e)) {
		listener_stop(l);
		return false;
	}
	*out = l;
	return true;
}

/* The inverse order of making; the thread is joined before what it works on goes. */
void listener_stop(struct listener *l)
{
	if (!l)
		return;
	if (l->runs) {
		loop_stop(l->loop);
		(void)pthread_join(l->thread, NULL);
	}
	pool_free(l->jobs); /* a job may still answer: before the worker it answers to goes */
	tls_worker_free(l->tls_worker);
	http_worker_free(l->http_worker);
	loop_free(l->loop);
	http_server_free(l->http);
	tls_front_free(l->front);
	mem_free(l);
}

bool listener_try(struct listener *l, uint16_t port, struct err *e)
{
	struct err why = ERR_INIT;

	return port == l->port || tls_front_try_endpoint(l->front, l->ip, port, &why) ||
	       err_reason(e, "agent.listener", "%.180s", why.text);
}

bool listener_move(struct listener *l, uint16_t port, struct err *e)
{
	return port == l->port || publish(l, port, e);
}
