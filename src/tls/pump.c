/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/worker.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "tls/mbed.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READS_PER_TURN 8 /* then others have their turn */
#define RECORD_PLAIN_MAX 16384

void spill_drop(struct spill *s)
{
	if (s->data)
		secret_wipe(s->data, s->end); /* a password may have come this way */
	mem_free(s->data);
	*s = (struct spill){.data = NULL};
}

bool spill_add(struct spill *s, const void *p, size_t len)
{
	if (len == 0)
		return true;
	if (s->room - s->end < len) {
		size_t room = spill_len(s) + len;
		uint8_t *data = mem_alloc(room);

		if (!data)
			return false;
		if (spill_len(s) > 0)
			memcpy(data, s->data + s->start, spill_len(s));
		if (s->data)
			secret_wipe(s->data, s->end);
		mem_free(s->data);
		*s = (struct spill){.data = data, .end = spill_len(s), .room = room};
	}
	memcpy(s->data + s->end, p, len);
	s->end += len;
	return true;
}

static void spill_took(struct spill *s, size_t n)
{
	s->start += n;
	if (s->start == s->end)
		spill_drop(s);
}

/* ---- from and to the client's socket ---- */

static bool would_block(int errnum)
{
	return errnum == EAGAIN || errnum == EINTR;
}

/* A read shorter than what was asked for has emptied the socket; the next bytes are a new edge. */
bool pump_fill(struct connection *c)
{
	struct tls_worker *w = c->worker;
	ssize_t n = read(c->fd, w->received, sizeof(w->received));

	if (n > 0) {
		w->received_by = c;
		w->received_start = 0;
		w->received_end = (size_t)n;
		if ((size_t)n < sizeof(w->received) && !c->hung_up)
			c->readable = false;
		return true;
	}
	c->readable = false;
	return n < 0 && would_block(errno);
}

int pump_receive(void *connection, unsigned char *out, size_t len)
{
	struct connection *c = connection;
	struct tls_worker *w = c->worker;
	size_t n;

	if (spill_len(&c->received) > 0) {
		n = len < spill_len(&c->received) ? len : spill_len(&c->received);
		memcpy(out, c->received.data + c->received.start, n);
		spill_took(&c->received, n);
		return (int)n;
	}
	if (w->received_by != c || w->received_start == w->received_end) {
		if (!c->readable)
			return MBEDTLS_ERR_SSL_WANT_READ;
		if (!pump_fill(c))
			return 0; /* mbedTLS takes it for the end of the stream */
		if (w->received_by != c || w->received_start == w->received_end)
			return MBEDTLS_ERR_SSL_WANT_READ;
	}
	n = w->received_end - w->received_start;
	n = len < n ? len : n;
	memcpy(out, w->received + w->received_start, n);
	w->received_start += n;
	return (int)n;
}

void pump_park(struct connection *c)
{
	struct tls_worker *w = c->worker;

	if (w->received_by != c)
		return;
	if (!spill_add(&c->received, w->received + w->received_start,
		       w->received_end - w->received_start))
		c->dead = true;
	w->received_by = NULL;
}

static bool has_input(const struct connection *c)
{
	const struct tls_worker *w = c->worker;

	return c->readable || spill_len(&c->received) > 0 ||
	       (w->received_by == c && w->received_start < w->received_end);
}

/* Collects records, so that one reply or flight is one write. */
int pump_send(void *connection, const unsigned char *in, size_t len)
{
	struct connection *c = connection;
	struct tls_worker *w = c->worker;

	if (w->send_by == c && sizeof(w->send) - w->send_end < len && !pump_flush(c))
		return MBEDTLS_ERR_SSL_CONN_EOF;
	if (spill_len(&c->to_send) > 0 || len > sizeof(w->send))
		return spill_add(&c->to_send, in, len) ? (int)len : MBEDTLS_ERR_SSL_ALLOC_FAILED;
	if (w->send_by != c) {
		w->send_by = c;
		w->send_end = 0;
	}
	memcpy(w->send + w->send_end, in, len);
	w->send_end += len;
	return (int)len;
}

static ssize_t send_some(struct connection *c, const uint8_t *p, size_t len)
{
	ssize_t n = send(c->fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && would_block(errno))
		n = 0;
	if (n >= 0 && (size_t)n < len)
		c->writable = false;
	return n;
}

bool pump_flush(struct connection *c)
{
	struct tls_worker *w = c->worker;
	size_t len = w->send_by == c ? w->send_end : 0;
	ssize_t n = 0;

	if (spill_len(&c->to_send) > 0 && c->writable) {
		n = send_some(c, c->to_send.data + c->to_send.start, spill_len(&c->to_send));
		if (n < 0)
			return false;
		spill_took(&c->to_send, (size_t)n);
	}
	if (len == 0)
		return true;
	w->send_by = NULL;
	n = 0;
	if (spill_len(&c->to_send) == 0 && c->writable)
		n = send_some(c, w->send, len);
	return n >= 0 && spill_add(&c->to_send, w->send + n, len - (size_t)n);
}

/* ---- client to http/ ---- */

/* Plain bytes; 0: none now, -1: the client's stream has ended or is broken. */
static ssize_t read_plain(struct connection *c, uint8_t *out, size_t room)
{
	int n;

	if (!c->has_ssl) {
		n = pump_receive(c, out, room);
		return n == MBEDTLS_ERR_SSL_WANT_READ ? 0 : n == 0 ? -1 : n;
	}
	do {
		ticket_expect(&c->expect); /* TLS 1.3 has its tickets written after the handshake */
		n = mbedtls_ssl_read(&c->ssl, out, room);
		ticket_expect(NULL);
		/* post-handshake messages are consumed silently */
	} while ((n == MBEDTLS_ERR_SSL_WANT_READ ||
		  n == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) &&
		 has_input(c));
	if (n == MBEDTLS_ERR_SSL_WANT_READ || n == MBEDTLS_ERR_SSL_WANT_WRITE ||
	    n == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
		return 0;
	if (n > 0)
		return n;
	tls_say_why(&c->ssl, n);
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
		if (n < 0 && !would_block(errno)) {
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
	if (n < 0 && !would_block(errno)) {
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
		if (spill_len(&c->to_http) > 0 || !has_input(c))
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
		if (n < 0 && would_block(errno)) {
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
