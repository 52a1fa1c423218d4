/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/front.h"

#include "base/mem.h"
#include "base/text.h"
#include "tls/addresses.h"
#include "tls/listeners.h"
#include "tls/mbed.h"

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

void tls_front_free(struct tls_front *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n_endpoints; i++)
		listeners_close(&f->endpoints[i]);
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

bool tls_front_publish(struct tls_front *f, struct served *s, struct err *e)
{
	struct tls_config *fresh;
	bool ok;

	if (!tls_config_new(s, f->tickets, &fresh, e))
		return false;
	pthread_mutex_lock(&f->publish_lock);
	ok = listeners_open_wanted(f, s, e);
	if (ok) {
		swap_config(f, fresh);
		listeners_settle(f, s);
	}
	pthread_mutex_unlock(&f->publish_lock);
	if (!ok)
		tls_config_unref(fresh);
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
			ok = listeners_listen(f, &f->endpoints[i], e);
			listeners_hand_out(f, &f->endpoints[i]);
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
