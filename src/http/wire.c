/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/mem.h"
#include "http/router.h"
#include "http/server.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * One connection as http/ sees it: the strict front taps its bytes, libmicrohttpd owns the other
 * end, and whoever of the two goes last frees it.
 */

static void wire_unref(struct http_wire *wire)
{
	if (--wire->refs > 0)
		return;
	peer_free(wire->peer);
	mem_free(wire);
}

static void watch_reading(struct http_wire *wire)
{
	struct http_worker *w = wire->worker;
	bool reading = strict_is_reading(&wire->strict);

	if (reading == wire->reading)
		return;
	wire->reading = reading;
	if (!reading) {
		TAILQ_REMOVE(&w->slow, wire, slow);
		return;
	}
	wire->reading_since_ms = loop_now_ms(w->loop);
	TAILQ_INSERT_TAIL(&w->slow, wire, slow);
	if (!w->sweeping)
		loop_timer_set(w->sweep, HTTP_SWEEP_MS);
	w->sweeping = true;
}

static void tap_bytes(void *arg, struct span in, struct stream_step *out)
{
	struct http_wire *wire = arg;

	if (!wire->worker) {
		out->drop = in.len;
		out->stop = true;
		return;
	}
	strict_bytes(&wire->strict, in, out);
	wire->worker->dirty = true;
	if (wire->fd >= 0)
		watch_reading(wire);
}

static size_t body_limit(void *arg, struct span method, struct span target)
{
	const struct http_wire *wire = arg;

	return wire->worker ? router_body_max(wire->worker->server->router, method, target) : 0;
}

void wire_progress(struct http_wire *wire)
{
	struct http_worker *w = wire->worker;

	if (!w || !wire->reading)
		return;
	wire->reading_since_ms = loop_now_ms(w->loop);
	TAILQ_REMOVE(&w->slow, wire, slow);
	TAILQ_INSERT_TAIL(&w->slow, wire, slow);
}

void wire_leave_worker(struct http_wire *wire)
{
	struct http_worker *w = wire->worker;

	if (wire->reading)
		TAILQ_REMOVE(&w->slow, wire, slow);
	wire->reading = false;
	TAILQ_REMOVE(&w->all, wire, all);
	w->n_wires--;
	wire->fd = -1;
	wire->worker = NULL;
}

static void tap_gone(void *arg)
{
	struct http_wire *wire = arg;

	if (wire->worker)
		wire->worker->dirty = true;
	if (wire->worker && !wire->started) /* libmicrohttpd gave it up without a word */
		wire_leave_worker(wire);
	wire_unref(wire);
}

/*
 * Whose connection this is, by its descriptor: newer libmicrohttpd queues what MHD_add_connection()
 * brings and starts it in a later turn, several at once, in an order of its own.
 */
static struct http_wire *wire_by_descriptor(struct http_worker *w, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct http_wire *wire;

	if (!info)
		return NULL;
	TAILQ_FOREACH_REVERSE(wire, &w->all, http_wires, all) /* the newest are last */
	if (!wire->started && wire->fd == info->connect_fd)
		return wire;
	return NULL;
}

void wire_on_connection(void *worker, struct MHD_Connection *mhd, void **wire,
			enum MHD_ConnectionNotificationCode what)
{
	struct http_wire *known = *wire;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		*wire = known = wire_by_descriptor(worker, mhd);
		if (known) {
			known->started = true;
			known->refs++;
		}
		return;
	}
	if (!known)
		return;
	if (known->worker)
		wire_leave_worker(known);
	wire_unref(known);
}

static void client_address(const struct peer *p, struct sockaddr_storage *out, socklen_t *len)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	*out = (struct sockaddr_storage){.ss_family = AF_INET};
	*len = sizeof(*in4);
	in4->sin_port = htons(p->client_port);
	if (inet_pton(AF_INET, p->client_ip, &in4->sin_addr) == 1)
		return;
	out->ss_family = AF_INET6;
	*len = sizeof(*in6);
	(void)inet_pton(AF_INET6, p->client_ip, &in6->sin6_addr);
}

bool http_worker_add(struct http_worker *w, int fd, struct peer *peer, struct stream_tap *tap_out)
{
	struct http_wire *wire = mem_new(struct http_wire);
	struct sockaddr_storage address;
	socklen_t len;

	if (!wire) {
		peer_free(peer);
		close(fd);
		return false;
	}
	*wire = (struct http_wire){.refs = 1, .worker = w, .peer = peer, .fd = fd};
	strict_init(&wire->strict, body_limit, wire);
	TAILQ_INSERT_TAIL(&w->all, wire, all);
	w->n_wires++;
	client_address(peer, &address, &len);
	/* takes fd, also on failure */
	if (MHD_add_connection(w->mhd, fd, (struct sockaddr *)&address, len) != MHD_YES) {
		if (wire->fd >= 0)
			wire_leave_worker(wire);
		wire_unref(wire);
		return false;
	}
	w->dirty = true;
	*tap_out = (struct stream_tap){.ctx = wire, .bytes = tap_bytes, .gone = tap_gone};
	return true;
}

struct http_wire *wire_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}
