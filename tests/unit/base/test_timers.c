/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/mem.h"
#include "base/timers.h"

#define MANY 500

static struct timers timers;
static struct loop_timer made[MANY];

static int start(void **state)
{
	(void)state;
	timers = (struct timers){.heap = NULL};
	for (int i = 0; i < MANY; i++) {
		if (!timers_room(&timers))
			return -1;
		timers.n_made++;
		made[i] = (struct loop_timer){.due_ms = -1};
	}
	return 0;
}

static int finish(void **state)
{
	(void)state;
	mem_free(timers.heap);
	return 0;
}

static void fires_in_the_order_of_time(void **state)
{
	int64_t last = -1;
	int n = 0;

	(void)state;
	for (int i = 0; i < MANY; i++)
		timers_set(&timers, &made[i], (i * 7919) % 1000);
	for (struct loop_timer *t; (t = timers_due(&timers, 999)); n++) {
		int64_t due = (int64_t)(t - made) * 7919 % 1000;

		assert_true(due >= last);
		last = due;
	}
	assert_int_equal(n, MANY);
	assert_int_equal(timers_wait_ms(&timers, 0), -1);
}

static void waits_for_the_first_and_not_below_zero(void **state)
{
	(void)state;
	timers_set(&timers, &made[0], 500);
	timers_set(&timers, &made[1], 300);
	assert_int_equal(timers_wait_ms(&timers, 100), 200);
	assert_int_equal(timers_wait_ms(&timers, 900), 0);
	assert_null(timers_due(&timers, 299));
	assert_ptr_equal(timers_due(&timers, 300), &made[1]);
	assert_null(timers_due(&timers, 300));
}

static void does_not_fire_at_the_time_it_was_put_off_from(void **state)
{
	(void)state;
	timers_set(&timers, &made[0], 100);
	timers_set(&timers, &made[0], 700);
	assert_null(timers_due(&timers, 100));
	assert_int_equal(timers_wait_ms(&timers, 100), 600);
	assert_ptr_equal(timers_due(&timers, 700), &made[0]);
}

static void fires_early_when_brought_forward(void **state)
{
	(void)state;
	timers_set(&timers, &made[0], 700);
	timers_set(&timers, &made[0], 100);
	assert_ptr_equal(timers_due(&timers, 100), &made[0]);
	assert_null(timers_due(&timers, 700));
}

static void disarmed_and_dropped_ones_stay_silent(void **state)
{
	(void)state;
	for (int i = 0; i < MANY; i++)
		timers_set(&timers, &made[i], i);
	for (int i = 0; i < MANY; i += 2)
		timers_set(&timers, &made[i], -1);
	for (int i = 1; i < MANY; i += 4)
		timers_drop(&timers, &made[i]);
	for (struct loop_timer *t; (t = timers_due(&timers, MANY));)
		assert_int_equal((t - made) % 4, 3);
	assert_int_equal(timers.n, 0);
}

static void a_disarmed_one_can_be_armed_again(void **state)
{
	(void)state;
	timers_set(&timers, &made[0], 100);
	timers_set(&timers, &made[0], -1);
	timers_set(&timers, &made[0], 50);
	assert_ptr_equal(timers_due(&timers, 60), &made[0]);
	timers_set(&timers, &made[0], 70);
	assert_ptr_equal(timers_due(&timers, 70), &made[0]);
}

static void says_when_there_is_no_room(void **state)
{
	struct timers small = {.heap = NULL};

	(void)state;
	mem_fail_at(1);
	assert_false(timers_room(&small));
	assert_true(timers_room(&small));
	mem_free(small.heap);
}

#define TIMED(f) cmocka_unit_test_setup_teardown(f, start, finish)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TIMED(fires_in_the_order_of_time),
		TIMED(waits_for_the_first_and_not_below_zero),
		TIMED(does_not_fire_at_the_time_it_was_put_off_from),
		TIMED(fires_early_when_brought_forward),
		TIMED(disarmed_and_dropped_ones_stay_silent),
		TIMED(a_disarmed_one_can_be_armed_again),
		TIMED(says_when_there_is_no_room),
	};
	return unit_run("base/timers", tests, ARRAY_LEN(tests));
}
