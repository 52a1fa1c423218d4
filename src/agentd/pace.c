/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/pace.h"

#include "base/secret.h"

static int64_t doubled(int64_t first, unsigned times, int64_t most)
{
	for (unsigned i = 0; i < times && first < most; i++)
		first *= 2;
	return first < most ? first : most;
}

int64_t pace_jittered_ms(int64_t ms)
{
	uint32_t dice;

	random_bytes(&dice, sizeof(dice));
	return ms / 2 + (int64_t)(dice % 1024) * (ms - ms / 2) / 1023;
}

int64_t pace_link_ms(unsigned failures, int64_t heartbeat_s, int64_t asked_s)
{
	int64_t most = heartbeat_s * 4000;

	most = most < LINK_BACK_OFF_MAX_S * 1000 ? most : LINK_BACK_OFF_MAX_S * 1000;
	return pace_jittered_ms(doubled(LINK_BACK_OFF_MIN_MS, failures, most)) +
	       (asked_s > 0 ? asked_s * 1000 : 0);
}

int64_t pace_roots_s(unsigned failures, int64_t heartbeat_s)
{
	return doubled(heartbeat_s, failures, ROOTS_AGAIN_MAX_S);
}
