/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tls/worker.h"

#include <pthread.h>
#include <stdatomic.h>

/*
 * The front's endpoints with a socket for each worker; for front.c and listeners.c alone. Everything
 * here is called with publish_lock held, but what front.h names.
 */
struct endpoint_sockets {
	struct listener_name name;
	bool listening;
	bool reserved; /* opened ahead of the first publish that has it */
	int adopted;   /* -1: none; else the socket that workers get copies of */
	/* by worker; -1: not made yet, or handed to the worker */
	int fds[TLS_WORKERS_MAX];
	bool handed[TLS_WORKERS_MAX];
};

struct tls_front {
	/* publish_lock orders publishers and guards the endpoints and the list of workers; lock
	 * guards config alone and is held for a reference. publish_lock is taken first. */
	pthread_mutex_t publish_lock, lock;
	struct tls_config *config;
	struct ticket_box *tickets;
	struct addresses *addresses;
	struct endpoint_sockets endpoints[TLS_ENDPOINTS_MAX];
	size_t n_endpoints;
	struct tls_worker *workers[TLS_WORKERS_MAX];
	unsigned n_workers;
	atomic_uint_fast64_t counts[4]; /* by enum front_event */
	atomic_uint_fast64_t n_open;
};

/* On the worker's list of letters until it is read, so that a worker that goes first can void it. */
struct listen_letter {
	struct tls_worker *worker; /* NULL: gone */
	struct tls_front *front;
	struct listener_name name;
	int fd; /* -1: stop listening */
	LIST_ENTRY(listen_letter) entry;
};

void listeners_close(struct endpoint_sockets *ep);
/* A socket for each worker there is, the first one even without. */
bool listeners_listen(struct tls_front *f, struct endpoint_sockets *ep, struct err *e) MUST_USE;
void listeners_hand_out(struct tls_front *f, struct endpoint_sockets *ep);
/* Opens what s has more; on failure what was opened here is closed again. */
bool listeners_open_wanted(struct tls_front *f, const struct served *s, struct err *e) MUST_USE;
/* Closes what s has no more and lets workers listen on what it has. */
void listeners_settle(struct tls_front *f, const struct served *s);
