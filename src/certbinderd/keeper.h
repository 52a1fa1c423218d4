/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "certbinderd/console.h"

/*
 * The keeper: one thread that looks at the clock. Each second it reverts what was not confirmed in
 * time, proves what its maker left unproved, and serves what another program wrote without waking
 * us; each minute it looks for drift,
 * for damage in the database and for addresses that came back, and makes a backup when one is due; each day it tidies.
 * Threads  made, stopped and freed by the main thread
 */
#define KEEPER_TICK_MS 1000
#define KEEPER_DRIFT_TICKS 60
#define KEEPER_HOUR_TICKS 3600 /* served anew each hour, so that an expiry is noticed */
#define KEEPER_DAY_TICKS 86400

struct keeper;

bool keeper_start(struct console *k, struct keeper **out, struct err *e) MUST_USE;
void keeper_stop(struct keeper *p); /* NULL is fine; joins and frees */
