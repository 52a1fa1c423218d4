/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/connection.h"

#include "base/mem.h"
#include "tls/worker.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static void on_client(void *arg, uint32_t events)
{
	struct connection *c = arg;

	if (events & EPOLLIN)
		c->readable = true;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		c->hung_up = c->readable = true;
	if (events & EPOLLOUT)
		c->writable = true;
	connection_run(c);
}

bool connection_new(struct tls_worker *w, int fd, const struct sockaddr_storage *client,
		    const struct listener_name *listener, struct err *e)
{
	struct connection *c = mem_new(struct connection);

	if (!c) {
		front_leave(w->front, client);
		close(fd);
		return err_nomem(e);
	}
	c->worker = w;
	c->fd = fd;
	c->plain_fd = -1;
	c->client = *client;
	c->listener = *listener;
	c->writable = true;
	c->since_ms = loop_now_ms(w->loop);
	TAILQ_INSERT_TAIL(&w->all, c, all);
	w->n_connections++;
	worker_wait(c);
	if (!loop_add(w->loop, fd, CONNECTION_WATCHED, on_client, c, &c->io, e)) {
		connection_free(c);
		return false;
	}
	return true;
}

void connection_free(struct connection *c)
{
	struct tls_worker *w;

	if (!c)
		return;
	w = c->worker;
	worker_forget(c);
	loop_remove(c->io);
	loop_remove(c->plain_io);
	if (c->plain_fd >= 0)
		close(c->plain_fd);
	close(c->fd);
	if (c->tap.gone)
		c->tap.gone(c->tap.ctx);
	if (c->has_ssl)
		mbedtls_ssl_free(&c->ssl);
	tls_config_unref(c->config);
	spill_drop(&c->received);
	spill_drop(&c->held);
	spill_drop(&c->to_http);
	spill_drop(&c->to_send);
	cert_list_clear(&c->presented);
	front_leave(w->front, &c->client);
	TAILQ_REMOVE(&w->all, c, all);
	w->n_connections--;
	mem_free(c);
}

/* ---- ending ---- */

static bool say_goodbye(struct connection *c)
{
	if (c->has_ssl && !c->broken)
		(void)mbedtls_ssl_close_notify(&c->ssl); /* into our own memory */
	c->state = CONNECTION_ENDING;
	worker_linger(c);
	return pump_flush(c);
}

/* Closing a socket with unread input resets it, and the client may lose the reply: so the write side
 * goes first, and what still comes is read and thrown away for a moment. */
static bool linger(struct connection *c)
{
	struct tls_worker *w = c->worker;

	if (c->state == CONNECTION_ENDING) {
		if (!pump_flush(c))
			return false;
		if (spill_len(&c->to_send) > 0)
			return true;
		if (c->client_ended && !c->broken && !c->readable)
			return false;
		(void)shutdown(c->fd, SHUT_WR); /* fails only if it is gone */
		c->state = CONNECTION_LINGERING;
		worker_linger(c);
	}
	for (int turn = 0; c->readable; turn++) {
		if (turn == READS_PER_TURN) {
			worker_again(c);
			break;
		}
		if (!pump_fill(c))
			return false;
	}
	if (w->received_by == c)
		w->received_by = NULL;
	return true;
}

static bool run_open(struct connection *c)
{
	if (!pump_down(c) || !pump_up(c))
		return false;
	if (c->http_ended && spill_len(&c->to_send) == 0)
		return say_goodbye(c) && linger(c);
	if (c->plain_hung_up && spill_len(&c->to_send) > 0)
		worker_linger(c); /* a client that does not take the rest */
	return true;
}

static bool run(struct connection *c)
{
	if (c->state == CONNECTION_SILENT) {
		if (c->listener.plain) {
			c->config = front_config(c->worker->front);
			return c->config && connection_open_up(c);
		}
		return connection_greet(c);
	}
	if (c->state == CONNECTION_HANDSHAKE) {
		if (c->readable || c->hung_up)
			worker_handshake(c);
		return pump_flush(c);
	}
	if (c->state == CONNECTION_OPEN)
		return run_open(c);
	return linger(c);
}

void connection_run(struct connection *c)
{
	c->worker->may_receive = (size_t)READS_PER_TURN * SCRATCH_RECEIVED;
	if (!c->dead && !run(c))
		c->dead = true;
	pump_park(c);
	if (!pump_flush(c))
		c->dead = true;
	if (c->dead)
		connection_free(c);
}

void connection_end(struct connection *c)
{
	worker_unquiet(c);
	c->http_ended = true;
	connection_run(c);
}
