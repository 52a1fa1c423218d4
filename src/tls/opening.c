/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/log.h"
#include "tls/connection.h"
#include "tls/hello.h"
#include "tls/mbed.h"
#include "tls/shim.h"
#include "tls/worker.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * From accept to the first request: each step takes what it needs when the client has earned it.
 */
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

/* A handshake that failed. Closing a socket with unread input resets it, and the reset overtakes the alert: so
 * only our side ends, and what still comes is thrown away. It stays among those that wait for a handshake,
 * whose number and time are limited. */
static bool refuse(struct connection *c)
{
	if (!pump_flush(c) || spill_len(&c->to_send) > 0 || shutdown(c->fd, SHUT_WR) != 0)
		return false;
	mbedtls_ssl_free(&c->ssl);
	c->has_ssl = false;
	c->state = CONNECTION_LINGERING;
	return true;
}

/* A hello whose form is wrong. */
static bool refuse_hello(struct connection *c, const struct hello *hello)
{
	log_debug("tls.hello", "alert=%d", hello->alert);
	front_count(c->worker->front, HANDSHAKE_FAILED);
	if (!set_up_ssl(c, hello))
		return false;
	(void)mbedtls_ssl_send_alert_message(&c->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL, hello->alert);
	return refuse(c);
}

bool connection_greet(struct connection *c)
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
		if (state == HELLO_READ && hello.alert)
			return refuse_hello(c, &hello);
		c->state = CONNECTION_HANDSHAKE;
		worker_handshake(c);
		return set_up_ssl(c, state == HELLO_READ ? &hello : NULL);
	}
	return true;
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

static bool make_pair(struct connection *c, int *http_fd)
{
	struct err e = ERR_INIT;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		return false;
	c->plain_fd = pair[0];
	*http_fd = pair[1];
	c->plain_writable = true;
	if (loop_add(c->worker->loop, pair[0], CONNECTION_WATCHED, on_http, c, &c->plain_io, &e))
		return true;
	close(pair[1]);
	return false;
}

bool connection_open_up(struct connection *c)
{
	struct tls_worker *w = c->worker;
	struct peer *peer = peer_of_connection(c);
	int http_fd;

	if (!peer)
		return false;
	if (!make_pair(c, &http_fd)) {
		peer_free(peer);
		return false;
	}
	worker_unwait(c);
	worker_unquiet(c);
	c->state = CONNECTION_OPEN;
	return w->accepted(w->accepted_arg, http_fd, peer, &c->tap);
}

static void count_handshake(struct connection *c)
{
	front_count(c->worker->front,
		    c->expect.opened.binding_id ? HANDSHAKE_RESUMED : HANDSHAKE_FULL);
}

/* What of the library's flight had not gone out is not said any more: the alert takes its place. */
static int send_alerts_alone(void *connection, const unsigned char *in, size_t len)
{
	return in[0] == MBEDTLS_SSL_MSG_ALERT ? pump_send(connection, in, len) : (int)len;
}

static void say_why(struct connection *c, int ret)
{
	if (c->ssl.MBEDTLS_PRIVATE(transform_out)) {
		if (!c->said)
			tls_say_why(&c->ssl, ret);
		return;
	}
	mbedtls_ssl_set_bio(&c->ssl, c, send_alerts_alone, pump_receive, NULL);
	for (int turn = 0; turn < 2 && !c->alerted; turn++) /* the first may only flush */
		tls_say_why(&c->ssl, ret);
}

void connection_handshake(struct connection *c)
{
	int ret;

	c->worker->may_receive = SCRATCH_RECEIVED;
	shim_capture(c);
	ticket_expect(&c->expect);
	ret = tls_shake(&c->ssl);
	if (ret == 0 && mbedtls_ssl_check_pending(&c->ssl)) {
		/* the keys changed behind Finished, and its record holds more (RFC 8446 5.1) */
		ret = MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE;
		c->said = false;
	}
	ticket_expect(NULL);
	shim_capture(NULL);
	if (ret == 0) {
		count_handshake(c);
		worker_unwait(c);
		worker_quiet(c);
		c->state = CONNECTION_OPEN;
	} else if (ret != MBEDTLS_ERR_SSL_WANT_READ && ret != MBEDTLS_ERR_SSL_WANT_WRITE) {
		if (log_debug_on("tls"))
			log_debug("tls.handshake", "error=\"%s\"", tls_error_text(ret));
		front_count(c->worker->front, HANDSHAKE_FAILED);
		say_why(c, ret);
		c->dead = ret == MBEDTLS_ERR_SSL_CONN_EOF || !refuse(c);
	} else if (pump_has_input(c)) {
		worker_handshake(c);
	}
	connection_run(c);
}
