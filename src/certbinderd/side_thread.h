/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/loop.h"
#include "certbinderd/console.h"

#include <pthread.h>

/*
 * A thread beside the workers that does something again and again: with a core, a loop and a clock of its own. Part of
 * what it works for; zeroed before the start, and after it the thread's alone until it is stopped.
 * Threads  started and stopped by the main thread
 */
struct side_thread {
	const char *name;	  /* in messages: "keeper" */
	void (*begin)(void *arg); /* once, on the thread; NULL: nothing */
	int (*tick)(void *arg);	  /* gives the milliseconds until the next */
	int first_ms;		  /* until the first tick */
	void *arg;
	struct core *core;
	struct loop *loop;
	struct loop_timer *timer;
	pthread_t thread;
	bool runs;
};

/* name to arg are set by the caller. On failure there is nothing to stop. */
bool side_thread_start(struct side_thread *t, struct console *k, struct err *e) MUST_USE;
void side_thread_stop(struct side_thread *t); /* joins; one that never started is fine */
