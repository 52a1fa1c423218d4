/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tls/connection.h"
#include "tls/front.h"

/*
 * One worker, for tls/ only: its listener sockets, its connections, its scratch memory.
 */
#define SCRATCH_RECEIVED (16384 + 512) /* one record whole, so that it takes one read */
#define READS_PER_TURN 8	       /* of one connection; then others have their turn */
#define SCRATCH_PLAIN (STREAM_HELD_MAX + 16384)
#define SCRATCH_DOWN 65536
#define SCRATCH_SEND (SCRATCH_DOWN + 8192) /* the records made of one SCRATCH_DOWN */

struct worker_listener {
	struct tls_worker *worker;
	struct listener_name name;
	int fd;
	struct loop_io *io;
	TAILQ_ENTRY(worker_listener) entry;
};

struct tls_worker {
	struct tls_front *front; /* borrowed: outlives its workers */
	struct loop *loop;	 /* borrowed from the roof */
	unsigned index;
	tls_accepted_fn accepted;
	void *accepted_arg;
	struct loop_timer *sweep;
	bool sweeping, stopping;
	int spare_fd; /* given up for a moment when descriptors run out */
	TAILQ_HEAD(, worker_listener) listeners;
	LIST_HEAD(, listen_letter) letters; /* listeners.h's, under the front's lock */
	struct connections all, waiting, quiet, lingering, touched, again, handshakes;
	size_t n_connections, n_waiting;
	/* Scratch: received[] holds unread input of received_by alone, send[] unsent records of
	 * send_by alone. */
	struct connection *received_by, *send_by;
	size_t received_start, received_end, send_end;
	size_t may_receive; /* bytes that mbedTLS may still take for the connection whose turn it is */
	uint8_t received[SCRATCH_RECEIVED];
	uint8_t plain[SCRATCH_PLAIN];
	uint8_t down[SCRATCH_DOWN];
	uint8_t send[SCRATCH_SEND];
};

/* Where a connection stands; each is idempotent. */
void worker_wait(struct connection *c);	  /* its handshake is watched by the clock */
void worker_linger(struct connection *c); /* its end is */
void worker_unwait(struct connection *c);
void worker_quiet(struct connection *c); /* its first byte for http/ is */
void worker_unquiet(struct connection *c);
void worker_touch(struct connection *c);     /* http/ got bytes: look for a reply before sleeping */
void worker_again(struct connection *c);     /* has more to do, in the next turn */
void worker_handshake(struct connection *c); /* has a step of a handshake to do */
void worker_forget(struct connection *c);    /* off all lists */

/* For front.c. */
bool worker_init(struct tls_worker *w, struct err *e) MUST_USE;
void worker_clear(struct tls_worker *w);

/* accept.c: for listeners.c, from the worker's loop. Takes fd over. */
bool worker_listen(struct tls_worker *w, const struct listener_name *name, int fd,
		   struct err *e) MUST_USE;
void worker_unlisten(struct tls_worker *w, const struct listener_name *name);

/* front.c */
struct tls_config *front_config(struct tls_front *f); /* a reference; NULL: nothing published */
bool front_admit(struct tls_front *f, const struct sockaddr_storage *client); /* counts it in */
void front_leave(struct tls_front *f, const struct sockaddr_storage *client);
enum front_event { HANDSHAKE_FULL, HANDSHAKE_RESUMED, HANDSHAKE_FAILED, CONNECTION_REFUSED };
void front_count(struct tls_front *f, enum front_event what);
