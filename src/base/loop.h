/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One thread's event loop on epoll: descriptors, timers, and a mailbox for other threads.
 * Each worker owns one; tls/ and http/ put their descriptors on it and stay blind to one another.
 * Threads  all calls from the loop's own thread, except loop_post() and loop_stop()
 */
struct loop;
struct loop_io;
struct loop_timer;

typedef void (*loop_io_fn)(void *arg, uint32_t events); /* EPOLLIN ... */
typedef void (*loop_fn)(void *arg);

bool loop_new(struct loop **out, struct err *e) MUST_USE;
void loop_free(struct loop *l); /* NULL is fine; runs what is still in the mailbox first */
bool loop_run(struct loop *l, struct err *e) MUST_USE; /* until loop_stop() */
void loop_stop(struct loop *l);

bool loop_add(struct loop *l, int fd, uint32_t events, loop_io_fn fn, void *arg,
	      struct loop_io **out, struct err *e) MUST_USE;
/* NULL is fine; safe inside its own or another callback; does not close fd. */
void loop_remove(struct loop_io *io);

bool loop_timer_new(struct loop *l, loop_fn fn, void *arg, struct loop_timer **out,
		    struct err *e) MUST_USE;
void loop_timer_set(struct loop_timer *t, int64_t in_ms); /* once; negative disarms */
void loop_timer_free(struct loop_timer *t);

/*
 * Runs before the loop goes to sleep, each turn; returns how long it may sleep in ms (-1: any). For
 * libmicrohttpd.
 */
typedef int64_t (*loop_before_fn)(void *arg);
bool loop_before(struct loop *l, loop_before_fn fn, void *arg, struct err *e) MUST_USE;

bool loop_post(struct loop *l, loop_fn fn, void *arg) MUST_USE; /* false when memory is short */
int64_t loop_now_ms(const struct loop *l);			/* monotonic, taken once a turn */
