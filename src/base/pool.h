/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

#include <stdbool.h>

/*
 * A small pool of threads for work that blocks: SQLite, password hashing, path building.
 * setup/teardown run in each thread (own database connection); ctx is what setup gave.
 * pool_submit never blocks: a full queue is an answer (false), which the door turns into 503.
 */
struct pool;

typedef void *(*pool_setup_fn)(void *arg);
typedef void (*pool_teardown_fn)(void *ctx);
typedef void (*pool_fn)(void *ctx, void *arg);

bool pool_new(unsigned n_threads, unsigned queue_max, pool_setup_fn setup,
	      pool_teardown_fn teardown, void *arg, struct pool **out, struct err *e) MUST_USE;
bool pool_submit(struct pool *p, pool_fn fn, void *arg) MUST_USE;
/* Before all that waits, and for a few there is room when the queue is full for others. */
#define POOL_FIRST_MAX 64 /* calls that wait beyond a full queue, of those who come first */
bool pool_submit_first(struct pool *p, pool_fn fn, void *arg) MUST_USE;
void pool_free(struct pool *p); /* finishes what is queued; NULL is fine */
