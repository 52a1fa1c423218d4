/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/front.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "tls/addresses.h"
#include "tls/endpoint.h"
#include "tls/mbed.h"
#include "tls/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

struct endpoint_sockets {
	struct listener_name name;
	bool listening;
	bool reserved; /* opened ahead of the first publish that has it */
	int adopted;   /* -1: none; else the socket that workers get copies of */
	/* by worker; -1: not made yet, or handed to the worker */
	int fds[TLS_WORKERS_MAX];
	bool handed[TLS_WORKERS_MAX];
};

struct tls_front {
	/* publish_lock orders publishers and guards the endpoints and the list of workers; lock
	 * guards config alone and is held for a reference. publish_lock is taken first. */
	pthread_mutex_t publish_lock, lock;
	struct tls_config *config;
	struct ticket_box *tickets;
	struct addresses *addresses;
	struct endpoint_sockets endpoints[TLS_ENDPOINTS_MAX];
	size_t n_endpoints;
	struct tls_worker *workers[TLS_WORKERS_MAX];
	unsigned n_workers;
	atomic_uint_fast64_t counts[4]; /* by enum front_event */
	atomic_uint_fast64_t n_open;
};

bool tls_front_new(struct tls_front **out, struct err *e)
{
	struct tls_front *f;

	if (!tls_library_start(e))
		return false;
	f = mem_new(struct tls_front);
	if (!f)
		return err_nomem(e);
	pthread_mutex_init(&f->publish_lock, NULL);
	pthread_mutex_init(&f->lock, NULL);
	if (ticket_box_new(&f->tickets, e) && addresses_new(&f->addresses, e)) {
		*out = f;
		return true;
	}
	tls_front_free(f);
	return false;
}

static void close_sockets(struct endpoint_sockets *ep)
{
	if (ep->adopted >= 0)
		close(ep->adopted);
	ep->adopted = -1;
	for (unsigned i = 0; i < TLS_WORKERS_MAX; i++) {
		if (ep->fds[i] >= 0)
			close(ep->fds[i]);
		ep->fds[i] = -1;
	}
}

void tls_front_free(struct tls_front *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n_endpoints; i++)
		close_sockets(&f->endpoints[i]);
	tls_config_unref(f->config);
	addresses_free(f->addresses);
	ticket_box_free(f->tickets);
	pthread_mutex_destroy(&f->lock);
	pthread_mutex_destroy(&f->publish_lock);
	mem_free(f);
}

struct tls_config *front_config(struct tls_front *f)
{
	struct tls_config *c;

	pthread_mutex_lock(&f->lock);
	c = f->config ? tls_config_ref(f->config) : NULL;
	pthread_mutex_unlock(&f->lock);
	return c;
}

struct served *tls_front_served(struct tls_front *f)
{
	struct tls_config *c AUTO(tls_config_autop) = front_config(f);

	return c ? served_ref(c->served) : NULL;
}

/* ---- counting ---- */

bool front_admit(struct tls_front *f, const struct sockaddr_storage *client)
{
	if (atomic_fetch_add(&f->n_open, 1) < TLS_CONNECTIONS_MAX &&
	    addresses_enter(f->addresses, client, TLS_CONNECTIONS_PER_IP))
		return true;
	atomic_fetch_sub(&f->n_open, 1);
	return false;
}

void front_leave(struct tls_front *f, const struct sockaddr_storage *client)
{
	atomic_fetch_sub(&f->n_open, 1);
	addresses_leave(f->addresses, client);
}

void front_count(struct tls_front *f, enum front_event what)
{
	atomic_fetch_add_explicit(&f->counts[what], 1, memory_order_relaxed);
}

void tls_front_counters(struct tls_front *f, struct tls_counters *out)
{
	out->handshakes_full = atomic_load(&f->counts[HANDSHAKE_FULL]);
	out->handshakes_resumed = atomic_load(&f->counts[HANDSHAKE_RESUMED]);
	out->handshakes_failed = atomic_load(&f->counts[HANDSHAKE_FAILED]);
	out->connections_refused = atomic_load(&f->counts[CONNECTION_REFUSED]);
	out->connections_open = atomic_load(&f->n_open);
}

/* ---- endpoints; all with publish_lock held ---- */

static struct endpoint_sockets *find_endpoint(struct tls_front *f, const char *ip, uint16_t port)
{
	for (size_t i = 0; i < f->n_endpoints; i++)
		if (f->endpoints[i].name.port == port && strcmp(f->endpoints[i].name.ip, ip) == 0)
			return &f->endpoints[i];
	return NULL;
}

/* "*" and "127.0.0.1" on one port are two endpoints that must share it. */
static bool port_is_ours(const struct tls_front *f, uint16_t port)
{
	for (size_t i = 0; port != 0 && i < f->n_endpoints; i++)
		if (f->endpoints[i].name.port == port)
			return true;
	return false;
}

static bool add_endpoint(struct tls_front *f, const char *ip, uint16_t port, bool plain,
			 struct endpoint_sockets **out, struct err *e)
{
	enum endpoint_place place = port_is_ours(f, port) ? ENDPOINT_JOIN : ENDPOINT_FIRST;
	struct endpoint_sockets *ep = &f->endpoints[f->n_endpoints];

	if (f->n_endpoints == TLS_ENDPOINTS_MAX || strlen(ip) >= sizeof(ep->name.ip))
		return err_set(e, ERR_LIMIT, "more than %d endpoints", TLS_ENDPOINTS_MAX);
	*ep = (struct endpoint_sockets){.name.plain = plain, .adopted = -1};
	for (unsigned i = 0; i < TLS_WORKERS_MAX; i++)
		ep->fds[i] = -1;
	if (!endpoint_socket(ip, port, place, &ep->fds[0], &ep->name.port, e))
		return false;
	text_copy(ep->name.ip, sizeof(ep->name.ip), ip);
	f->n_endpoints++;
	*out = ep;
	return true;
}

static bool make_socket(struct endpoint_sockets *ep, unsigned worker, struct err *e)
{
	uint16_t port;

	if (ep->adopted < 0)
		return endpoint_socket(ep->name.ip, ep->name.port, ENDPOINT_JOIN, &ep->fds[worker],
				       &port, e) &&
		       endpoint_listen(ep->fds[worker], e);
	ep->fds[worker] = fcntl(ep->adopted, F_DUPFD_CLOEXEC, 0);
	return ep->fds[worker] >= 0 || err_sys(e, errno, "cannot copy a socket");
}

/* A socket for each worker there is, the first one even without. */
static bool listen_all(struct tls_front *f, struct endpoint_sockets *ep, struct err *e)
{
	unsigned n = f->n_workers ? f->n_workers : 1;

	for (unsigned i = 0; i < n; i++) {
		if (ep->handed[i])
			continue;
		if (ep->fds[i] < 0 ? !make_socket(ep, i, e) : !endpoint_listen(ep->fds[i], e))
			return false;
	}
	ep->listening = true;
	return true;
}

/* On the worker's list of letters until it is read, so that a worker that goes first can void it. */
struct listen_letter {
	struct tls_worker *worker; /* NULL: gone */
	struct tls_front *front;
	struct listener_name name;
	int fd; /* -1: stop listening */
	LIST_ENTRY(listen_letter) entry;
};

static void on_listen_letter(void *arg)
{
	struct listen_letter *l = arg;
	struct err e = ERR_INIT;

	if (l->worker) {
		pthread_mutex_lock(&l->front->publish_lock);
		LIST_REMOVE(l, entry);
		pthread_mutex_unlock(&l->front->publish_lock);
	}
	if (!l->worker) {
		if (l->fd >= 0)
			close(l->fd);
	} else if (l->fd < 0) {
		worker_unlisten(l->worker, &l->name);
	} else if (!worker_listen(l->worker, &l->name, l->fd, &e)) {
		log_warning("tls.listen", "error=\"%s\"", e.text); /* the other workers serve */
	}
	mem_free(l);
}

static bool post_listen(struct tls_worker *w, const struct listener_name *name, int fd)
{
	struct listen_letter *l = mem_new(struct listen_letter);

	if (!l)
		return false;
	*l = (struct listen_letter){.worker = w, .front = w->front, .name = *name, .fd = fd};
	LIST_INSERT_HEAD(&w->letters, l, entry);
	if (loop_post(w->loop, on_listen_letter, l))
		return true;
	LIST_REMOVE(l, entry);
	mem_free(l);
	return false;
}

static void hand_out(struct tls_front *f, struct endpoint_sockets *ep)
{
	for (unsigned i = 0; i < f->n_workers; i++)
		if (ep->fds[i] >= 0 && post_listen(f->workers[i], &ep->name, ep->fds[i])) {
			ep->fds[i] = -1;
			ep->handed[i] = true;
		}
}

static void drop_endpoint(struct tls_front *f, size_t place)
{
	struct endpoint_sockets *ep = &f->endpoints[place];

	for (unsigned i = 0; i < f->n_workers; i++)
		if (ep->handed[i])
			(void)post_listen(f->workers[i], &ep->name,
					  -1); /* refused there: no binding */
	close_sockets(ep);
	f->n_endpoints--;
	memmove(ep, ep + 1, (f->n_endpoints - place) * sizeof(*ep));
}

static bool is_wanted(const struct endpoint_sockets *ep, const struct served *s)
{
	for (size_t i = 0; i < s->n_bindings; i++)
		if (s->bindings[i].endpoint.port == ep->name.port &&
		    strcmp(s->bindings[i].endpoint.ip, ep->name.ip) == 0)
			return true;
	return false;
}

/* Opens what s has more; on failure what was opened here is closed again. */
static bool open_wanted(struct tls_front *f, const struct served *s, struct err *e)
{
	size_t n_before = f->n_endpoints;

	for (size_t i = 0; i < s->n_bindings; i++) {
		const struct endpoint *want = &s->bindings[i].endpoint;
		struct endpoint_sockets *ep = find_endpoint(f, want->ip, want->port);

		if (ep && ep->name.plain)
			(void)err_reason(e, "endpoint.cannot_open",
					 "%s port %u is the plain listener", want->ip,
					 (unsigned)want->port);
		else if ((ep || add_endpoint(f, want->ip, want->port, false, &ep, e)) &&
			 (ep->listening || listen_all(f, ep, e)))
			continue;
		while (f->n_endpoints > n_before)
			drop_endpoint(f, f->n_endpoints - 1);
		return false;
	}
	return true;
}

/* ---- publishing ---- */

static void swap_config(struct tls_front *f, struct tls_config *fresh)
{
	struct tls_config *old;

	pthread_mutex_lock(&f->lock);
	old = f->config;
	f->config = fresh;
	pthread_mutex_unlock(&f->lock);
	tls_config_unref(old);
}

/* Plain listeners wait for the first snapshot, since a peer holds one. */
static void settle_endpoints(struct tls_front *f, const struct served *s)
{
	struct err e = ERR_INIT;

	for (size_t i = f->n_endpoints; i-- > 0;) {
		struct endpoint_sockets *ep = &f->endpoints[i];

		if (is_wanted(ep, s))
			ep->reserved = false;
		else if (!ep->name.plain && !ep->reserved) {
			drop_endpoint(f, i);
			continue;
		}
		if (ep->name.plain && !ep->listening)
			(void)listen_all(f, ep, &e); /* it was bound: listening does not fail */
		if (ep->listening)
			hand_out(f, ep);
	}
}

bool tls_front_publish(struct tls_front *f, struct served *s, struct err *e)
{
	struct tls_config *fresh;
	bool ok;

	if (!tls_config_new(s, f->tickets, &fresh, e))
		return false;
	pthread_mutex_lock(&f->publish_lock);
	ok = open_wanted(f, s, e);
	if (ok) {
		swap_config(f, fresh);
		settle_endpoints(f, s);
	}
	pthread_mutex_unlock(&f->publish_lock);
	if (!ok)
		tls_config_unref(fresh);
	return ok;
}

bool tls_front_open(struct tls_front *f, const char *ip, uint16_t port, bool plain,
		    uint16_t *port_out, struct err *e)
{
	struct endpoint_sockets *ep = NULL;
	bool ok;

	pthread_mutex_lock(&f->publish_lock);
	ok = add_endpoint(f, ip, port, plain, &ep, e);
	if (ok) {
		ep->reserved = true;
		*port_out = ep->name.port;
	}
	pthread_mutex_unlock(&f->publish_lock);
	return ok;
}

bool tls_front_adopt(struct tls_front *f, int fd, char ip_out[static 48], uint16_t *port_out,
		     struct err *e)
{
	struct endpoint_sockets *ep;

	if (!endpoint_name(fd, ip_out, port_out, e)) {
		close(fd);
		return false;
	}
	pthread_mutex_lock(&f->publish_lock);
	ep = &f->endpoints[f->n_endpoints++]; /* the first one: there is room */
	*ep = (struct endpoint_sockets){.reserved = true, .adopted = fd, .name.port = *port_out};
	text_copy(ep->name.ip, sizeof(ep->name.ip), ip_out);
	for (unsigned i = 0; i < TLS_WORKERS_MAX; i++)
		ep->fds[i] = -1;
	pthread_mutex_unlock(&f->publish_lock);
	return true;
}

bool tls_front_try_endpoint(struct tls_front *f, const char *ip, uint16_t port, struct err *e)
{
	struct endpoint_sockets *ep;
	uint16_t got;
	bool ok;
	int fd;

	pthread_mutex_lock(&f->publish_lock);
	ep = find_endpoint(f, ip, port);
	ok = ep && !ep->name.plain;
	if (!ok) {
		ok = endpoint_socket(ip, port,
				     port_is_ours(f, port) && !ep ? ENDPOINT_JOIN : ENDPOINT_FIRST,
				     &fd, &got, e);
		ok = ok && endpoint_listen(fd, e);
		if (ok)
			close(fd);
	}
	pthread_mutex_unlock(&f->publish_lock);
	return ok;
}

/* ---- workers ---- */

bool tls_worker_new(struct tls_front *f, struct loop *l, tls_accepted_fn fn, void *arg,
		    struct tls_worker **out, struct err *e)
{
	struct tls_worker *w = mem_new(struct tls_worker);
	bool ok = true;

	if (!w)
		return err_nomem(e);
	w->front = f;
	w->loop = l;
	w->accepted = fn;
	w->accepted_arg = arg;
	w->spare_fd = -1;
	pthread_mutex_lock(&f->publish_lock);
	if (f->n_workers == TLS_WORKERS_MAX)
		ok = err_set(e, ERR_LIMIT, "more than %d workers", TLS_WORKERS_MAX);
	ok = ok && worker_init(w, e);
	if (ok) {
		w->index = f->n_workers;
		f->workers[f->n_workers++] = w;
	}
	for (size_t i = 0; ok && i < f->n_endpoints; i++)
		if (f->endpoints[i].listening) {
			ok = listen_all(f, &f->endpoints[i], e);
			hand_out(f, &f->endpoints[i]);
		}
	if (!ok && f->n_workers > 0 && f->workers[f->n_workers - 1] == w)
		f->n_workers--;
	pthread_mutex_unlock(&f->publish_lock);
	if (!ok) {
		tls_worker_free(w);
		return false;
	}
	*out = w;
	return true;
}

void tls_worker_free(struct tls_worker *w)
{
	struct listen_letter *l;
	struct tls_front *f;

	if (!w)
		return;
	f = w->front;
	pthread_mutex_lock(&f->publish_lock);
	for (unsigned i = 0; i < f->n_workers; i++)
		if (f->workers[i] ==
		    w) /* in the order of making, or its reverse: at shutdown only */
			f->workers[i] = f->workers[--f->n_workers];
	while ((l = LIST_FIRST(&w->letters))) {
		l->worker = NULL;
		LIST_REMOVE(l, entry);
	}
	pthread_mutex_unlock(&f->publish_lock);
	worker_clear(w);
	mem_free(w);
}

size_t tls_front_listeners(struct tls_front *f, struct tls_listener *out, size_t max)
{
	size_t n = 0;

	pthread_mutex_lock(&f->publish_lock);
	for (size_t i = 0; i < f->n_endpoints && n < max; i++) {
		const struct endpoint_sockets *ep = &f->endpoints[i];

		if (!ep->listening)
			continue;
		text_copy(out[n].ip, sizeof out[n].ip, ep->name.ip);
		out[n].port = ep->name.port;
		out[n++].plain = ep->name.plain;
	}
	pthread_mutex_unlock(&f->publish_lock);
	return n;
}
