/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/agents/rollout_engine.h"
#include "core/agents/rollouts.h"
#include "store/rollouts.h"

/*
 * The inside of the engine, for rollout_engine.c and rollout_outcome.c alone.
 */
#define FLIGHTS_MAX (ROLLOUT_RUNNING_MAX + ROLLOUT_NOTIFIES_MAX) /* rollouts on their way */

/* How much of a rollout is on its way. */
struct flight {
	int64_t rollout, n, noted_ms;
};

struct rollout_engine {
	struct flight flights[FLIGHTS_MAX];
	size_t n_flights;
};
/* NULL: no room for more. */
struct flight *rollout_flight(struct rollout_engine *x, int64_t rollout);
