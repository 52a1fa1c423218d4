/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/connection.h"

#include "base/log.h"
#include "base/mem.h"
#include "tls/hello.h"
#include "tls/mbed.h"
#include "tls/shim.h"
#include "tls/worker.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define WATCHED (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)

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

static void on_http(void *arg, uint32_t events)
{
	struct connection *c = arg;

	if (events & EPOLLIN)
		c->plain_readable = true;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		c->plain_hung_up = c->plain_readable = true;
	if (events & EPOLLOUT)
		c->plain_writable = true;
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
	if (!loop_add(w->loop, fd, WATCHED, on_client, c, &c->io, e)) {
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

/* ---- opening ---- */

static bool set_up_ssl(struct connection *c, const struct hello *hello)
{
	const struct tls_binding *b;
	int ret;

	c->config = front_config(c->worker->front);
	if (!c->config)
		return false;
	b = tls_config_pick(c->config, c->listener.ip, c->listener.port,
			    hello && hello->sni[0] ? hello->sni : NULL);
	c->expect.scope = hello && b ? &b->scope : NULL;
	mbedtls_ssl_init(&c->ssl);
	c->has_ssl = true;
	ret = mbedtls_ssl_setup(
		&c->ssl,
		&c->config->ssl[hello && hello->has_p256_share ? GROUPS_NO_25519 : GROUPS_ALL]);
	if (ret != 0)
		return false;
	mbedtls_ssl_set_bio(&c->ssl, c, pump_send, pump_receive, NULL);
	mbedtls_ssl_set_user_data_p(&c->ssl, c);
	return true;
}

/* mbedTLS is set up, with its 33 KiB, only for a client that has said something. */
static bool greet(struct connection *c)
{
	struct tls_worker *w = c->worker;
	struct hello hello;
	struct span seen;
	enum hello_state state;

	while (c->readable) {
		if (!pump_fill(c))
			return false;
		if (w->received_by != c)
			return true;
		if (spill_len(&c->received) > 0)
			pump_park(c); /* joins the pieces */
		seen = w->received_by == c ? span_of(w->received + w->received_start,
						     w->received_end - w->received_start)
					   : span_of(c->received.data + c->received.start,
						     spill_len(&c->received));
		state = hello_look(seen, &hello);
		if (state == HELLO_MORE && seen.len < SCRATCH_RECEIVED) {
			pump_park(c);
			continue;
		}
		c->state = CONNECTION_HANDSHAKE;
		worker_handshake(c);
		return set_up_ssl(c, state == HELLO_READ ? &hello : NULL);
	}
	return true;
}

static bool make_pair(struct connection *c, int *http_fd)
{
	struct err e = ERR_INIT;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		return false;
	c->plain_fd = pair[0];
	*http_fd = pair[1];
	c->plain_writable = true;
	if (loop_add(c->worker->loop, pair[0], WATCHED, on_http, c, &c->plain_io, &e))
		return true;
	close(pair[1]);
	return false;
}

/* The client is known: hands the plain end to http/. */
static bool open_up(struct connection *c)
{
	struct tls_worker *w = c->worker;
	struct peer *peer = peer_of_connection(c);
	int http_fd;

	if (!peer)
		return false;
	if (!make_pair(c, &http_fd)) {
		peer_unref(peer);
		return false;
	}
	worker_unwait(c);
	c->state = CONNECTION_OPEN;
	return w->accepted(w->accepted_arg, http_fd, peer, &c->tap);
}

static void count_handshake(struct connection *c)
{
	front_count(c->worker->front,
		    c->expect.opened.binding_id ? HANDSHAKE_RESUMED : HANDSHAKE_FULL);
}

void connection_handshake(struct connection *c)
{
	int ret;

	shim_capture(c);
	ticket_expect(&c->expect);
	ret = mbedtls_ssl_handshake(&c->ssl);
	ticket_expect(NULL);
	shim_capture(NULL);
	if (ret == 0) {
		count_handshake(c);
		c->dead = !open_up(c);
	} else if (ret != MBEDTLS_ERR_SSL_WANT_READ && ret != MBEDTLS_ERR_SSL_WANT_WRITE) {
		if (log_debug_on("tls"))
			log_debug("tls.handshake", "error=\"%s\"", tls_error_text(ret));
		front_count(c->worker->front, HANDSHAKE_FAILED);
		c->dead = true; /* the alert still goes out below, if it goes at once */
	} else if (c->readable) {
		worker_handshake(c);
	}
	connection_run(c);
}

/* ---- ending ---- */

static bool say_goodbye(struct connection *c)
{
	if (c->has_ssl)
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
		if (c->client_ended && !c->readable)
			return false;
		(void)shutdown(c->fd, SHUT_WR); /* fails only if it is gone */
		c->state = CONNECTION_LINGERING;
		worker_linger(c);
	}
	while (c->readable)
		if (!pump_fill(c))
			return false;
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
			return c->config && open_up(c);
		}
		return greet(c);
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
	if (!c->dead && !run(c))
		c->dead = true;
	pump_park(c);
	if (!pump_flush(c))
		c->dead = true;
	if (c->dead)
		connection_free(c);
}
