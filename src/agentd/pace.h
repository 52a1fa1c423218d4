/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/*
 * How long the agent waits before it tries again what failed: twice as long each time, up to a limit. Looks at no clock.
 */
#define LINK_BACK_OFF_MIN_MS 1000
#define LINK_BACK_OFF_MAX_S 300 /* between two tries of a server that is away, at most */
#define ROOTS_AGAIN_MAX_S 3600	/* between two attempts at roots that failed, at most */

/* Between half and all of it, by chance. */
int64_t pace_jittered_ms(int64_t ms);
/* Before the server is tried again after so many failures: at most four heartbeats, jittered, and what it asks for. */
int64_t pace_link_ms(unsigned failures, int64_t heartbeat_s, int64_t asked_s);
/* Before roots are fetched again after so many failures: a heartbeat, twice, four times ... */
int64_t pace_roots_s(unsigned failures, int64_t heartbeat_s);
