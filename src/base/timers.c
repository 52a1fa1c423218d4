/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/timers.h"

#include "base/mem.h"

/*
 * A heap ordered by key_ms. A timer that is put off keeps its place until its old time comes and
 * moves then: re-arming the idle timer of a busy connection costs one store. No place, no key: the
 * heap has room for every timer from the moment it is made, so arming cannot fail.
 */
static void place(struct timers *ts, size_t i, struct loop_timer *t)
{
	ts->heap[i] = t;
	t->place = i;
}

static void sift_up(struct timers *ts, size_t i, struct loop_timer *t)
{
	while (i > 0 && ts->heap[(i - 1) / 2]->key_ms > t->key_ms) {
		place(ts, i, ts->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	place(ts, i, t);
}

static void sift_down(struct timers *ts, size_t i, struct loop_timer *t)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= ts->n)
			break;
		if (child + 1 < ts->n && ts->heap[child + 1]->key_ms < ts->heap[child]->key_ms)
			child++;
		if (ts->heap[child]->key_ms >= t->key_ms)
			break;
		place(ts, i, ts->heap[child]);
		i = child;
	}
	place(ts, i, t);
}

static void take_out(struct timers *ts, struct loop_timer *t)
{
	size_t i = t->place;
	struct loop_timer *last = ts->heap[--ts->n];

	t->queued = false;
	if (last == t)
		return;
	if (i > 0 && ts->heap[(i - 1) / 2]->key_ms > last->key_ms)
		sift_up(ts, i, last);
	else
		sift_down(ts, i, last);
}

static void put_in(struct timers *ts, struct loop_timer *t)
{
	t->key_ms = t->due_ms;
	t->queued = true;
	ts->n++;
	sift_up(ts, ts->n - 1, t);
}

bool timers_room(struct timers *ts)
{
	struct loop_timer **grown;
	size_t room = ts->room > 0 ? ts->room * 2 : 16;

	if (ts->n_made < ts->room)
		return true;
	grown = mem_grow(ts->heap, ts->room, room, sizeof(struct loop_timer *));
	if (!grown)
		return false;
	ts->heap = grown;
	ts->room = room;
	return true;
}

void timers_set(struct timers *ts, struct loop_timer *t, int64_t due_ms)
{
	t->due_ms = due_ms;
	if (due_ms < 0 || (t->queued && t->key_ms <= due_ms))
		return; /* found to be early or off when its place comes up */
	if (t->queued)
		take_out(ts, t);
	put_in(ts, t);
}

void timers_drop(struct timers *ts, struct loop_timer *t)
{
	if (t->queued)
		take_out(ts, t);
}

struct loop_timer *timers_due(struct timers *ts, int64_t now_ms)
{
	while (ts->n > 0 && ts->heap[0]->key_ms <= now_ms) {
		struct loop_timer *t = ts->heap[0];

		take_out(ts, t);
		if (t->due_ms < 0)
			continue;
		if (t->due_ms <= now_ms) {
			t->due_ms = -1;
			return t;
		}
		put_in(ts, t);
	}
	return NULL;
}

int64_t timers_wait_ms(const struct timers *ts, int64_t now_ms)
{
	if (ts->n == 0)
		return -1;
	return ts->heap[0]->key_ms > now_ms ? ts->heap[0]->key_ms - now_ms : 0;
}
