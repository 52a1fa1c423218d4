/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/listeners.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "tls/endpoint.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void listeners_close(struct endpoint_sockets *ep)
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

bool listeners_listen(struct tls_front *f, struct endpoint_sockets *ep, struct err *e)
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

void listeners_hand_out(struct tls_front *f, struct endpoint_sockets *ep)
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
	listeners_close(ep);
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

bool listeners_open_wanted(struct tls_front *f, const struct served *s, struct err *e)
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
			 (ep->listening || listeners_listen(f, ep, e)))
			continue;
		while (f->n_endpoints > n_before)
			drop_endpoint(f, f->n_endpoints - 1);
		return false;
	}
	return true;
}

/* Plain listeners wait for the first snapshot, since a peer holds one. */
void listeners_settle(struct tls_front *f, const struct served *s)
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
		if (ep->name.plain && !ep->listening) /* it was bound: listening does not fail */
			(void)!listeners_listen(f, ep, &e);
		if (ep->listening)
			listeners_hand_out(f, ep);
	}
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
