/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/replay.h"

#include "lib/unit.h"

#include <stdio.h>

static void remembers_until_the_time_given(void **state)
{
	struct replay r AUTO(replay_clear) = {.seq = 0};
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(replay_add(&r, 5, "a", 100, 10, &e), &e);
	unit_assert_ok(replay_add(&r, 6, "b", 200, 100, &e), &e);
	assert_true(replay_has(&r, "a"));
	unit_assert_ok(replay_add(&r, 7, "c", 300, 101, &e), &e);
	assert_false(replay_has(&r, "a"));
	assert_true(replay_has(&r, "b"));
	assert_int_equal(r.seq, 7);
}

static void numbers_never_go_down(void **state)
{
	struct replay r AUTO(replay_clear) = {.seq = 9};
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(replay_add(&r, 3, "a", 100, 10, &e), &e);
	assert_int_equal(r.seq, 9);
}

static void the_first_to_expire_makes_room(void **state)
{
	struct replay r AUTO(replay_clear) = {.seq = 0};
	struct err e = ERR_INIT;
	char id[24];

	(void)state;
	for (int i = 0; i < REPLAY_IDS_MAX; i++) {
		(void)snprintf(id, sizeof(id), "id %d", i);
		unit_assert_ok(replay_add(&r, i, id, i == 77 ? 1000 : 2000 + i, 1, &e), &e);
	}
	assert_int_equal(r.n, REPLAY_IDS_MAX);
	assert_true(replay_has(&r, "id 77"));
	unit_assert_ok(replay_add(&r, 5000, "one more", 3000, 1, &e), &e);
	assert_int_equal(r.n, REPLAY_IDS_MAX);
	assert_false(replay_has(&r, "id 77"));
	assert_true(replay_has(&r, "one more") && replay_has(&r, "id 0"));
}

static void is_the_same_after_it_was_written_and_read(void **state)
{
	struct replay r AUTO(replay_clear) = {.seq = 0}, back AUTO(replay_clear) = {.seq = 0};
	struct err e = ERR_INIT;
	json_t *v AUTO_JSON = NULL;

	(void)state;
	unit_assert_ok(replay_add(&r, 11, "a", 100, 1, &e), &e);
	unit_assert_ok(replay_add(&r, 12, "b", 200, 1, &e), &e);
	v = replay_json(&r);
	assert_non_null(v);
	unit_assert_ok(replay_read(v, &back, &e), &e);
	assert_int_equal(back.seq, 12);
	assert_true(back.n == 2 && replay_has(&back, "a") && replay_has(&back, "b"));
}

static void refuses_a_memory_that_is_none(void **state)
{
	static const char *const texts[] = {"{}", "{\"seq\":-1,\"seen\":{}}", "{\"seq\":1}",
					    "{\"seq\":1,\"seen\":{\"a\":\"b\"}}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct replay r = {.seq = 42};
		struct err e = ERR_INIT;
		json_t *v AUTO_JSON = NULL;

		unit_assert_ok(json_read(span_str(texts[i]), &v, &e), &e);
		assert_false(replay_read(v, &r, &e));
		assert_int_equal(r.seq, 42);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(remembers_until_the_time_given),
		cmocka_unit_test(numbers_never_go_down),
		cmocka_unit_test(the_first_to_expire_makes_room),
		cmocka_unit_test(is_the_same_after_it_was_written_and_read),
		cmocka_unit_test(refuses_a_memory_that_is_none),
	};

	return unit_run("wire/replay", tests, ARRAY_LEN(tests));
}
