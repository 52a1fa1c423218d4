/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "http/traffic.h"

#define NOON 1795348800 /* a full step */

static void counts_nothing_before_the_first_request(void **state)
{
	struct traffic t = {0};
	struct traffic_step steps[TRAFFIC_STEPS];

	(void)state;
	assert_int_equal(traffic_list(&t, NOON, steps), 0);
}

static void adds_up_within_a_step_and_starts_anew_in_the_next(void **state)
{
	struct traffic t = {0};
	struct traffic_step steps[TRAFFIC_STEPS];

	(void)state;
	traffic_count(&t, NOON, false);
	traffic_count(&t, NOON + TRAFFIC_STEP_S - 1, true);
	traffic_count(&t, NOON + TRAFFIC_STEP_S, false);
	assert_int_equal(traffic_list(&t, NOON + TRAFFIC_STEP_S, steps), 2);
	assert_int_equal(steps[0].time_s, NOON);
	assert_int_equal(steps[0].requests, 2);
	assert_int_equal(steps[0].refusals, 1);
	assert_int_equal(steps[1].requests, 1);
	assert_int_equal(steps[1].refusals, 0);
}

static void shows_steps_without_a_request_as_empty(void **state)
{
	struct traffic t = {0};
	struct traffic_step steps[TRAFFIC_STEPS];

	(void)state;
	traffic_count(&t, NOON, false);
	assert_int_equal(traffic_list(&t, NOON + 3 * TRAFFIC_STEP_S, steps), 4);
	assert_int_equal(steps[3].requests, 0);
	assert_int_equal(steps[3].time_s, NOON + 3 * TRAFFIC_STEP_S);
}

static void forgets_what_is_older_than_a_day(void **state)
{
	struct traffic t = {0};
	struct traffic_step steps[TRAFFIC_STEPS];
	int64_t tomorrow = NOON + (int64_t)TRAFFIC_STEP_S * TRAFFIC_STEPS;

	(void)state;
	traffic_count(&t, NOON, true);
	assert_int_equal(traffic_list(&t, tomorrow, steps), 0);
	traffic_count(&t, tomorrow, false);
	assert_int_equal(traffic_list(&t, tomorrow, steps), 1);
	assert_int_equal(steps[0].requests, 1);
	assert_int_equal(steps[0].refusals, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_nothing_before_the_first_request),
		cmocka_unit_test(adds_up_within_a_step_and_starts_anew_in_the_next),
		cmocka_unit_test(shows_steps_without_a_request_as_empty),
		cmocka_unit_test(forgets_what_is_older_than_a_day),
	};
	return unit_run("http/traffic", tests, ARRAY_LEN(tests));
}
