/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/worker.h"

#include "base/log.h"
#include "base/secret.h"
#include "tls/mbed.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* ---- client to http/ ---- */

/* mbedTLS gives 0 at the end of the stream, and also for an empty record behind another one: those are
 * allowed, against who counts bytes from outside (RFC 8446 5.4). */
static bool is_nothing_yet(const struct connection *c, int n)
{
	return n == MBEDTLS_ERR_SSL_WANT_READ || n == MBEDTLS_ERR_SSL_WANT_WRITE ||
	       n == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET || (n == 0 && !c->cut);
}

/* Plain bytes; 0: none now, -1: the client's stream has ended or is broken. */
static ssize_t read_plain(struct connection *c, uint8_t *out, size_t room)
{
	int n;

	if (!c->has_ssl) {
		n = pump_receive(c, out, room);
		return n == MBEDTLS_ERR_SSL_WANT_READ ? 0 : n == 0 ? -1 : n;
	}
	c->said = false;
	do {
		ticket_expect(&c->expect); /* TLS 1.3 has its tickets written after the handshake */
		n = mbedtls_ssl_read(&c->ssl, out, room);
		ticket_expect(NULL);
		/* post-handshake messages are consumed silently */
	} while (is_nothing_yet(c, n) && pump_has_input(c) && c->worker->may_receive > 0);
	if (is_nothing_yet(c, n))
		return 0;
	if (n > 0 && tls_speaks_13(&c->ssl) && tls_record_overflows(&c->ssl))
		n = MBEDTLS_ERR_SSL_INVALID_RECORD;
	if (n > 0)
		return n;
	if (!c->said) /* a reader writes nothing but its alert */
		tls_say_why(&c->ssl, n);
	c->broken = c->said || tls_was_broken_off(&c->ssl, n);
	if (n != 0 && n != MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY && n != MBEDTLS_ERR_SSL_CONN_EOF &&
	    log_debug_on("tls"))
		log_debug("tls.read", "error=\"%s\"", tls_error_text(n));
	return -1;
}

static bool pass_on(struct connection *c, const uint8_t *p, size_t len)
{
	ssize_t n = 0;

	if (len == 0)
		return true;
	worker_touch(c);
	if (spill_len(&c->to_http) == 0 && c->plain_writable) {
		n = send(c->plain_fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && !pump_would_block(errno)) {
			c->discard = true; /* http/ has closed: its reply may still lie there */
			return true;
		}
		if (n < 0)
			n = 0;
	}
	if ((size_t)n < len)
		c->plain_writable = false;
	return spill_add(&c->to_http, p + n, len - (size_t)n);
}

static bool flush_to_http(struct connection *c)
{
	ssize_t n;

	if (spill_len(&c->to_http) == 0 || !c->plain_writable)
		return true;
	n = send(c->plain_fd, c->to_http.data + c->to_http.start, spill_len(&c->to_http),
		 MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && !pump_would_block(errno)) {
		c->discard = true;
		spill_drop(&c->to_http);
		return true;
	}
	worker_touch(c);
	if (n < 0 || (size_t)n < spill_len(&c->to_http))
		c->plain_writable = false;
	if (n > 0)
		spill_took(&c->to_http, (size_t)n);
	return true;
}

/* Shows the bytes to the tap; what it holds back is kept. */
static bool show(struct connection *c, const uint8_t *p, size_t len)
{
	while (len > 0 && !c->discard) {
		struct stream_step step = {.take = c->tap.ctx ? 0 : len};

		if (c->tap.ctx)
			c->tap.bytes(c->tap.ctx, span_of(p, len), &step);
		if (step.take == 0 && step.drop == 0 && step.insert.len == 0 && !step.stop)
			return spill_add(&c->held, p, len);
		if (!pass_on(c, p, step.take) || !pass_on(c, step.insert.p, step.insert.len))
			return false;
		p += step.take + step.drop;
		len -= step.take + step.drop;
		c->discard = c->discard || step.stop;
	}
	return true;
}

static bool end_up(struct connection *c)
{
	if (!c->client_ended || c->end_passed || spill_len(&c->to_http) > 0)
		return true;
	c->end_passed = true;
	if (c->plain_fd < 0) {
		c->http_ended = true; /* it never knew */
		return true;
	}
	(void)shutdown(c->plain_fd, SHUT_WR); /* gone already: pump_down finds its end */
	worker_touch(c);
	return true;
}

bool pump_up(struct connection *c)
{
	struct tls_worker *w = c->worker;

	for (int turn = 0; !c->client_ended; turn++) {
		size_t held = spill_len(&c->held);
		ssize_t n;
		bool shown;

		if (!flush_to_http(c))
			return false;
		if (spill_len(&c->to_http) > 0 || !pump_has_input(c))
			break;
		if (turn == READS_PER_TURN) {
			worker_again(c);
			break;
		}
		if (held > STREAM_HELD_MAX)
			return false;
		n = read_plain(c, w->plain + held, sizeof(w->plain) - held);
		if (n == 0)
			continue;
		if (n < 0) {
			c->client_ended = true;
			break;
		}
		if (c->plain_fd < 0 && !connection_open_up(c))
			return false;
		if (held > 0) {
			memcpy(w->plain, c->held.data + c->held.start, held);
			spill_drop(&c->held);
		}
		shown = show(c, w->plain, held + (size_t)n);
		secret_wipe(w->plain, held + (size_t)n);
		if (!shown)
			return false;
	}
	if (c->client_ended && !flush_to_http(c))
		return false;
	return end_up(c);
}

/* ---- http/ to client ---- */

static bool encrypt(struct connection *c, const uint8_t *p, size_t len)
{
	while (len > 0) {
		size_t part = len < RECORD_PLAIN_MAX ? len : RECORD_PLAIN_MAX;
		int n = c->has_ssl ? mbedtls_ssl_write(&c->ssl, p, part) : pump_send(c, p, part);

		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

bool pump_down(struct connection *c)
{
	struct tls_worker *w = c->worker;

	if (!pump_flush(c))
		return false;
	for (int turn = 0; c->plain_readable && !c->http_ended; turn++) {
		ssize_t n;

		if (spill_len(&c->to_send) > 0)
			return true; /* the client is slow: so are we */
		if (turn == READS_PER_TURN) {
			worker_again(c);
			break;
		}
		n = recv(c->plain_fd, w->down, sizeof(w->down), MSG_DONTWAIT);
		if (n < 0 && pump_would_block(errno)) {
			c->plain_readable = false;
			break;
		}
		if (n <= 0) {
			c->http_ended = true;
			break;
		}
		if ((size_t)n < sizeof(w->down) && !c->plain_hung_up)
			c->plain_readable = false;
		if (!encrypt(c, w->down, (size_t)n) || !pump_flush(c))
			return false;
	}
	return true;
}
