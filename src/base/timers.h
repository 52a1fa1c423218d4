/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"
#include "base/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The timers of one loop; for base/loop.c and its test only. Looks at no clock: the time is handed
 * in.
 */
struct loop_timer {
	struct loop *loop; /* borrowed: the loop outlives its timers */
	loop_fn fn;
	void *arg;
	int64_t due_ms; /* when to fire; negative: off */
	int64_t key_ms; /* by what the heap is ordered: never later than due_ms */
	size_t place;
	bool queued;
};

struct timers {
	struct loop_timer **heap;
	size_t n;      /* in the heap */
	size_t n_made; /* timers there are; the heap has room for all of them */
	size_t room;
};

bool timers_room(struct timers *ts) MUST_USE; /* for one more than n_made */
void timers_set(struct timers *ts, struct loop_timer *t, int64_t due_ms);
void timers_drop(struct timers *ts, struct loop_timer *t);
struct loop_timer *timers_due(struct timers *ts,
			      int64_t now_ms); /* NULL: none more; it is disarmed */
int64_t timers_wait_ms(const struct timers *ts, int64_t now_ms); /* -1: nothing to wait for */
