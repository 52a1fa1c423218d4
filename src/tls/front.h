/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/loop.h"
#include "core/bindings/peer.h"
#include "core/bindings/served.h"
#include "core/bindings/stream.h"

/*
 * The TLS front: listeners, handshakes, records. Never reads HTTP. Makes a socketpair per
 * connection and hands one end with the peer to the callback (wired by the roof to http/), which
 * gives a tap for the plain bytes back.
 *
 * One struct tls_front for the process holds what is published; one struct tls_worker per worker
 * thread has its own listener sockets on its own loop. Threads  tls_front_publish() from any; the
 * rest of a worker's calls from its loop
 */
#define TLS_HANDSHAKE_MAX_MS 10000  /* from accept to the end of the handshake */
#define TLS_QUIET_MAX_MS 75000	    /* from the handshake to the first byte of a request */
#define TLS_LINGER_MAX_MS 3000	    /* from our close_notify to the client's end of stream */
#define TLS_STUCK_MAX_MS 10000	    /* for a client to take the rest of an ended reply */
#define TLS_CONNECTIONS_MAX 20000   /* over all workers */
#define TLS_CONNECTIONS_PER_IP 8000 /* from one client address */
#define TLS_WAITING_MAX 4096	    /* per worker without a finished handshake: the oldest goes */
#define TLS_WORKERS_MAX 64
#define TLS_ENDPOINTS_MAX 64	/* listeners, each with one socket per worker */
#define TLS_TICKET_LIFE_S 14400 /* for which a session may be taken up again */

struct tls_front;
struct tls_worker;

/* Once the client has said something behind its handshake. fd is the plain end, non-blocking, yours
 * to close; peer is yours: peer_free(); both also when false is returned, which drops the connection.
 * *tap_out is zeroed: fill it, or leave it for none. */
typedef bool (*tls_accepted_fn)(void *arg, int fd, struct peer *peer, struct stream_tap *tap_out);

bool tls_front_new(struct tls_front **out, struct err *e) MUST_USE;
void tls_front_free(struct tls_front *f);

/* Compiles the snapshot to TLS contexts and publishes it; new connections see it from then on, open
 * ones keep theirs. Opens and closes listeners live. Fails whole or not at all. */
bool tls_front_publish(struct tls_front *f, struct served *s, struct err *e) MUST_USE;

/* Takes ip:port before anything is served there, so that port 0 is known and a taken port is told
 * early; it listens from the first publish that has a binding on it. plain: a --http listener,
 * which no publish opens or closes. ip "*" is any address. *port_out is the port got. */
bool tls_front_open(struct tls_front *f, const char *ip, uint16_t port, bool plain,
		    uint16_t *port_out, struct err *e) MUST_USE;
/* The same with a socket that listens already and was handed to this process: fd becomes the front's. All
 * workers accept from it, since others cannot join a port that another user's process bound. */
bool tls_front_adopt(struct tls_front *f, int fd, char ip_out[static 48], uint16_t *port_out,
		     struct err *e) MUST_USE;
/* Whether ip:port is ours already or could be opened now: the check endpoint.cannot_open. */
bool tls_front_try_endpoint(struct tls_front *f, const char *ip, uint16_t port,
			    struct err *e) MUST_USE;

/* Workers are made and freed from the thread that runs the roof, before and after their loops run;
 * on each loop http/'s worker is made first, so that replies are ready when ours looks for them. */
bool tls_worker_new(struct tls_front *f, struct loop *l, tls_accepted_fn fn, void *arg,
		    struct tls_worker **out, struct err *e) MUST_USE;
/* Shutdown, from the worker's loop: takes what waits to be accepted, then closes its listeners. */
void tls_worker_stop_accepting(struct tls_worker *w);
void tls_worker_free(struct tls_worker *w);

/* Whether the TLS library takes this chain and key: the scratch load before a bind
 * (chain.not_loadable, x509.unsupported_key). */
bool tls_try_load(const struct cert *leaf, const struct cert_list *chain,
		  const struct secret *pkcs8, struct err *e) MUST_USE;

/* One full client handshake without resumption and without trust, for proof: what is shown? Blocks
 * up to timeout_ms. */
bool tls_prove(const struct prove_target *t, int timeout_ms, struct prove_result *out,
	       struct err *e) MUST_USE;

/* What listens now, a plain listener too; at most max. Waits while a publish opens or closes some. */
struct tls_listener {
	char ip[48]; /* "*" any address */
	uint16_t port;
	bool plain;
};
size_t tls_front_listeners(struct tls_front *f, struct tls_listener *out, size_t max);

/* Counters for /metrics, summed over workers. */
struct tls_counters {
	uint64_t handshakes_full, handshakes_resumed, handshakes_failed, connections_open,
		connections_refused;
};
void tls_front_counters(struct tls_front *f, struct tls_counters *out);
