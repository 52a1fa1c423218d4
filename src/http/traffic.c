/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "http/traffic.h"

void traffic_count(struct traffic *t, int64_t now_s, bool refused)
{
	int64_t step = now_s / TRAFFIC_STEP_S, seen;
	size_t i = (size_t)(step % TRAFFIC_STEPS);

	if (now_s <= 0)
		return;
	seen = atomic_load_explicit(&t->slots[i].step, memory_order_relaxed);
	/* a slot of yesterday: whoever takes it first empties it */
	if (seen != step && atomic_compare_exchange_strong(&t->slots[i].step, &seen, step)) {
		atomic_store(&t->slots[i].requests, 0);
		atomic_store(&t->slots[i].refusals, 0);
	}
	atomic_fetch_add_explicit(&t->slots[i].requests, 1, memory_order_relaxed);
	if (refused)
		atomic_fetch_add_explicit(&t->slots[i].refusals, 1, memory_order_relaxed);
}

size_t traffic_list(struct traffic *t, int64_t now_s, struct traffic_step out[TRAFFIC_STEPS])
{
	int64_t last = now_s / TRAFFIC_STEP_S;
	size_t n = 0;

	for (int64_t step = last - TRAFFIC_STEPS + 1; step <= last; step++) {
		size_t i = (size_t)(step > 0 ? step % TRAFFIC_STEPS : 0);
		bool counted = step > 0 && atomic_load(&t->slots[i].step) == step;

		if (!counted && n == 0)
			continue;
		out[n++] = (struct traffic_step){
			.time_s = step * TRAFFIC_STEP_S,
			.requests = counted ? atomic_load(&t->slots[i].requests) : 0,
			.refusals = counted ? atomic_load(&t->slots[i].refusals) : 0,
		};
	}
	return n;
}
