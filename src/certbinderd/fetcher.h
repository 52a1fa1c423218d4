/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "certbinderd/console.h"

/*
 * The fetcher: one thread that asks distribution points for revocation lists, one after the other,
 * when they are due. It waits for the network, so that nobody else has to.
 * Threads  made, stopped and freed by the main thread
 */
#define FETCHER_TICK_MS 1000
#define FETCHER_COLLECT_TICKS 3600 /* points are looked for each hour, and when the trust moves */

struct fetcher;

bool fetcher_start(struct console *k, struct fetcher **out, struct err *e) MUST_USE;
void fetcher_stop(struct fetcher *f); /* NULL is fine; gives a download up, joins and frees */
