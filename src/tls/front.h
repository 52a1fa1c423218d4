/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/loop.h"
#include "core/peer.h"
#include "core/served.h"

/*
 * The TLS front: listeners, handshakes, records. Never reads HTTP. Makes a socketpair per
 * connection and hands one end with the peer to the callback (wired by the roof to http/).
 *
 * One struct tls_front for the process holds what is published; one struct tls_worker per worker
 * thread has its own listener sockets on its own loop. Threads  tls_front_publish() from any; the
 * rest of a worker's calls from its loop
 */
#define TLS_HANDSHAKE_MAX_MS 10000  /* from accept to the end of the handshake */
#define TLS_CONNECTIONS_MAX 20000   /* over all workers */
#define TLS_CONNECTIONS_PER_IP 2000 /* from one client address */

struct tls_front;
struct tls_worker;

/* fd is the plain end, non-blocking, yours to close; peer is yours to unref. False: the connection
 * is dropped. */
typedef bool (*tls_accepted_fn)(void *arg, int fd, struct peer *peer);

bool tls_front_new(struct tls_front **out, struct err *e) MUST_USE;
void tls_front_free(struct tls_front *f);

/* Compiles the snapshot to TLS contexts and publishes it; new connections see it from then on, open
 * ones keep theirs. Opens and closes listeners live. Fails whole or not at all. */
bool tls_front_publish(struct tls_front *f, struct served *s, struct err *e) MUST_USE;
struct served *tls_front_served(struct tls_front *f); /* a reference, yours */

bool tls_worker_new(struct tls_front *f, struct loop *l, tls_accepted_fn fn, void *arg,
		    struct tls_worker **out, struct err *e) MUST_USE;
void tls_worker_stop_accepting(struct tls_worker *w); /* shutdown: drains */
void tls_worker_free(struct tls_worker *w);

/* Whether the TLS library takes this chain and key: the scratch load before a bind
 * (chain.not_loadable, x509.unsupported_key). */
bool tls_try_load(const struct cert *leaf, const struct cert_list *chain,
		  const struct secret *pkcs8, struct err *e) MUST_USE;

/* One full client handshake without resumption and without trust, for proof: what is shown? Blocks
 * up to timeout_ms. */
bool tls_prove(const struct prove_target *t, int timeout_ms, struct prove_result *out,
	       struct err *e) MUST_USE;

/* Counters for /metrics, summed over workers. */
struct tls_counters {
	uint64_t handshakes_full, handshakes_resumed, handshakes_failed, connections_open,
		connections_refused;
};
void tls_front_counters(struct tls_front *f, struct tls_counters *out);
