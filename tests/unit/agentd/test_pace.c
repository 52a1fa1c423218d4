/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/pace.h"
#include "lib/unit.h"

/* How long the agent waits, and that it never waits for longer. */

static void between_tries_of_a_server_that_is_away(void **state)
{
	static const struct {
		unsigned failures;
		int64_t heartbeat_s, asked_s, most_ms; /* jittered down to half of it */
	} rows[] = {
		{0, 3600, 0, LINK_BACK_OFF_MIN_MS},
		{1, 3600, 0, 2 * LINK_BACK_OFF_MIN_MS},
		{8, 3600, 0, 256 * LINK_BACK_OFF_MIN_MS},
		{9, 3600, 0, LINK_BACK_OFF_MAX_S * 1000},
		{4000000000, 86400, 0, LINK_BACK_OFF_MAX_S * 1000},
		{60, 10, 0, 40000}, /* four heartbeats */
	};
	int64_t least = INT64_MAX, most = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (int n = 0; n < 20000; n++) {
			int64_t ms = pace_link_ms(rows[i].failures, rows[i].heartbeat_s,
						  rows[i].asked_s);

			least = n == 0 || ms < least ? ms : least;
			most = n == 0 || ms > most ? ms : most;
		}
		assert_int_equal(least, rows[i].most_ms / 2);
		assert_int_equal(most, rows[i].most_ms);
	}
	assert_true(pace_link_ms(0, 60, 7) >= 7000 + LINK_BACK_OFF_MIN_MS / 2);
}

static void between_attempts_at_roots_that_failed(void **state)
{
	(void)state;
	assert_int_equal(pace_roots_s(0, 60), 60);
	assert_int_equal(pace_roots_s(1, 60), 120);
	assert_int_equal(pace_roots_s(5, 60), 1920);
	assert_int_equal(pace_roots_s(6, 60), ROOTS_AGAIN_MAX_S);
	assert_int_equal(pace_roots_s(4000000000, 1), ROOTS_AGAIN_MAX_S);
	assert_int_equal(pace_roots_s(0, ROOTS_AGAIN_MAX_S + 1), ROOTS_AGAIN_MAX_S);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(between_tries_of_a_server_that_is_away),
		cmocka_unit_test(between_attempts_at_roots_that_failed),
	};

	return unit_run("agentd/pace", tests, ARRAY_LEN(tests));
}
