/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "certbinderd/console.h"

/*
 * The workers: one thread a core, each with its loop, its half of tls/ and its half of http/, which
 * meet here and nowhere else.
 * Threads  all calls from the main thread
 */
struct workers;

bool workers_new(struct console *k, struct workers **out, struct err *e) MUST_USE;
bool workers_start(struct workers *w, struct err *e) MUST_USE;
/* No new connections; idle ones end, running calls finish. */
void workers_drain(struct workers *w);
void workers_stop(struct workers *w); /* ends the threads */
/* Asks every loop for a sign of life; whether all have given that of the last time. Thread: main. */
bool workers_answer(struct workers *w) MUST_USE;
void workers_free(struct workers *w); /* NULL is fine; after workers_stop() */
