/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/loop.h"
#include "core/bindings/peer.h"
#include "core/bindings/stream.h"
#include "tls/config.h"

#include <errno.h>
#include <mbedtls/ssl.h>
#include <netinet/in.h>
#include <sys/queue.h>

/*
 * One connection of one worker; for tls/ only. The other side of the socketpair is http/'s.
 *
 *   client --fd--> received --mbedTLS--> plain --tap--> plain_fd --> http/
 *   client <--fd-- to_send <--mbedTLS-- plain <------- plain_fd <-- http/
 *
 * All descriptors are edge-triggered: *_ready says that a descriptor has not said EAGAIN (or been
 * read short) since its last event. Bytes in flight live in the worker's scratch memory; only what
 * cannot go on at once is copied into the connection's own, so an idle connection owns none.
 */
struct tls_worker;

struct spill { /* bytes that had to wait */
	uint8_t *data;
	size_t start, end, room;
};
void spill_drop(struct spill *s);
void spill_took(struct spill *s, size_t n); /* n bytes at its start are done with */
bool spill_add(struct spill *s, const void *p, size_t len) MUST_USE; /* false: no memory */
static inline size_t spill_len(const struct spill *s)
{
	return s->end - s->start;
}

enum connection_state {
	CONNECTION_SILENT, /* nothing was sent yet, mbedTLS not set up */
	CONNECTION_HANDSHAKE,
	CONNECTION_OPEN,
	CONNECTION_ENDING,   /* close_notify is on its way */
	CONNECTION_LINGERING /* waiting for the client's end of stream */
};

struct listener_name {
	char ip[48];
	uint16_t port;
	bool plain;
};

struct connection {
	struct tls_worker *worker;
	enum connection_state state;
	int fd, plain_fd; /* plain_fd -1 before the client's first byte for http/ */
	struct loop_io *io, *plain_io;
	bool readable, writable, hung_up;		    /* of fd; hung_up: read on to the end */
	bool plain_readable, plain_writable, plain_hung_up; /* of plain_fd */
	bool client_ended; /* close_notify or end of stream from the client */
	bool cut;	   /* end of stream or error of fd: nothing more can be read */
	bool http_ended;   /* end of stream from http/ */
	bool discard;	   /* the tap said stop: what comes is thrown away */
	bool end_passed;   /* client_ended was passed on to http/ */
	bool dead, on_waiting, on_quiet, on_lingering, on_touched, on_again, on_handshakes;
	bool has_ssl;
	bool alerted; /* an alert was sent in the clear */
	bool said;    /* mbedTLS has written something since it last read */
	bool broken;  /* by a fatal alert, ours or the client's: nothing is said behind it */
	mbedtls_ssl_context ssl;
	struct tls_config *config;	   /* from the first bytes on */
	const struct tls_binding *binding; /* of config; from the ClientHello on */
	struct ticket_expect expect;
	struct stream_tap tap;
	struct spill received; /* from fd, not yet read by mbedTLS */
	struct spill held;     /* plain, held back by the tap */
	struct spill to_http;  /* plain, approved, plain_fd was full */
	struct spill to_send;  /* records, fd was full */
	struct listener_name listener;
	char sni[256];
	struct sockaddr_storage client;
	int64_t since_ms;	    /* accepted, or lingering since */
	struct cert_list presented; /* client's chain as sent */
	bool presented_unreadable;
	char presented_error[160];
	TAILQ_ENTRY(connection) all, timed, touched, again, handshakes;
};
TAILQ_HEAD(connections, connection);

/* Takes fd over, also on failure. */
bool connection_new(struct tls_worker *w, int fd, const struct sockaddr_storage *client,
		    const struct listener_name *listener, struct err *e) MUST_USE;
void connection_free(struct connection *c);

/* Says goodbye to one that http/ never heard of; off the quiet list at once, freed in its time. */
void connection_end(struct connection *c);

/* Moves everything that can move, and frees c when it is over. */
void connection_run(struct connection *c);

/* opening.c: false means that the connection is over. */
#define CONNECTION_WATCHED (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)
/* Reads the hello; mbedTLS is set up, with its 33 KiB, only for a client that has said something. */
bool connection_greet(struct connection *c) MUST_USE;
/* One step of the handshake; called by the worker, a few a turn. */
void connection_handshake(struct connection *c);
/* Hands the plain end to http/, once the client has said something to it: who only shakes hands, or
 * connects ahead of need, costs neither descriptors nor http/'s memory. */
bool connection_open_up(struct connection *c) MUST_USE;

/* pump.c: false means that the connection is over. */
bool pump_up(struct connection *c) MUST_USE;
bool pump_down(struct connection *c) MUST_USE;

/* records.c: the client's socket; false as above. */
bool pump_flush(struct connection *c) MUST_USE; /* scratch and spilled records to fd */
void pump_park(struct connection *c); /* unread input from the worker's scratch to c's own memory */
int pump_receive(void *connection, unsigned char *out, size_t len); /* mbedTLS's bio */
int pump_send(void *connection, const unsigned char *in, size_t len);
bool pump_fill(struct connection *c) MUST_USE; /* reads fd once; false: end or error */

bool pump_has_input(const struct connection *c); /* there may be more to read for mbedTLS */
static inline bool pump_would_block(int errnum)
{
	return errnum == EAGAIN || errnum == EINTR;
}

/* peer_fill.c */
struct peer *peer_of_connection(struct connection *c); /* NULL: no memory */
