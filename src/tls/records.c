/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/mbed.h"
#include "tls/worker.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Records from and to the client's socket, over the worker's scratch memory: one read takes a record
 * whole, and what makes one reply or flight is one write.
 */

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
	return n < 0 && pump_would_block(errno);
}

/* Records that mbedTLS passes over, such as change_cipher_spec and warnings, never end its reading:
 * their sender would have the worker to itself, were there no end to a turn. */
static int receive(struct connection *c, unsigned char *out, size_t len)
{
	struct tls_worker *w = c->worker;
	size_t n;

	if (w->may_receive == 0)
		return MBEDTLS_ERR_SSL_WANT_READ;
	len = len < w->may_receive ? len : w->may_receive;
	if (spill_len(&c->received) > 0) {
		n = len < spill_len(&c->received) ? len : spill_len(&c->received);
		w->may_receive -= n;
		memcpy(out, c->received.data + c->received.start, n);
		spill_took(&c->received, n);
		return (int)n;
	}
	if (w->received_by != c || w->received_start == w->received_end) {
		if (!c->readable)
			return MBEDTLS_ERR_SSL_WANT_READ;
		if (!pump_fill(c)) {
			c->cut = true;
			return 0; /* mbedTLS takes it for the end of the stream */
		}
		if (w->received_by != c || w->received_start == w->received_end)
			return MBEDTLS_ERR_SSL_WANT_READ;
	}
	n = w->received_end - w->received_start;
	n = len < n ? len : n;
	w->may_receive -= n;
	memcpy(out, w->received + w->received_start, n);
	w->received_start += n;
	return (int)n;
}

/* After the client's Finished nobody has a use for change_cipher_spec, and mbedTLS would pass it over
 * (RFC 8446 5). */
static bool is_late(struct connection *c, int kind)
{
	return kind == MBEDTLS_SSL_MSG_CHANGE_CIPHER_SPEC && tls_speaks_13(&c->ssl) &&
	       mbedtls_ssl_is_handshake_over(&c->ssl);
}

int pump_receive(void *connection, unsigned char *out, size_t len)
{
	struct connection *c = connection;
	bool is_first = c->has_ssl && c->ssl.MBEDTLS_PRIVATE(in_left) == 0; /* of a record */
	int n = receive(c, out, len);

	c->said = false;
	return n > 0 && is_first && is_late(c, out[0]) ? MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE : n;
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

bool pump_has_input(const struct connection *c)
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

	c->said = true;
	c->alerted = c->alerted || (c->has_ssl && in[0] == MBEDTLS_SSL_MSG_ALERT);
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

	if (n < 0 && pump_would_block(errno))
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
