/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How much was asked and refused over the last day, in steps of five minutes: for the curve on the
 * dashboard. Kept in memory only, counted without a lock; at the turn of a step a few counts of
 * other threads may be lost. Looks at no clock.
 * Threads  any
 */
#define TRAFFIC_STEP_S 300
#define TRAFFIC_STEPS 288

struct traffic {
	struct {
		_Atomic int64_t step; /* which one the counts are of; 0: none yet */
		_Atomic uint32_t requests, refusals;
	} slots[TRAFFIC_STEPS];
};

struct traffic_step {
	int64_t time_s; /* its beginning */
	uint32_t requests, refusals;
};

void traffic_count(struct traffic *t, int64_t now_s, bool refused);
/* Oldest first, from the first step counted in the last day to the present one, those without a
 * request included. Returns how many, at most TRAFFIC_STEPS. */
size_t traffic_list(struct traffic *t, int64_t now_s, struct traffic_step out[TRAFFIC_STEPS]);
