/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/clock.h"

static void writes_rfc_3339(void **state)
{
	static const struct {
		int64_t t;
		const char *text;
	} cases[] = {
		{0, "1970-01-01T00:00:00Z"},
		{-1, "1969-12-31T23:59:59Z"},
		{951782400, "2000-02-29T00:00:00Z"},
		{1795305600, "2026-11-22T00:00:00Z"},
		{4107542400, "2100-03-01T00:00:00Z"},
		{253402300799, "9999-12-31T23:59:59Z"},
		{-62167219200, "0000-01-01T00:00:00Z"},
		{INT64_MAX, "9999-12-31T23:59:59Z"},
		{INT64_MIN, "0000-01-01T00:00:00Z"},
	};
	char text[RFC3339_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		time_rfc3339(cases[i].t, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void reads_what_it_writes(void **state)
{
	char text[RFC3339_SIZE];
	int64_t back;

	(void)state;
	for (int64_t t = -62167219200; t <= 253402300799; t += 86399 * 37 + 1) {
		time_rfc3339(t, text);
		assert_true(time_parse_rfc3339(text, &back));
		assert_true(back == t);
	}
}

static void reads_offsets_fractions_and_small_letters(void **state)
{
	static const char *const same[] = {"2026-11-22T00:00:00Z", "2026-11-22t00:00:00z",
					   "2026-11-22T00:00:00.999Z", "2026-11-22T01:30:00+01:30",
					   "2026-11-21T19:00:00-05:00"};
	int64_t t;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		assert_true(time_parse_rfc3339(same[i], &t));
		assert_int_equal(t, 1795305600);
	}
}

static void refuses_what_is_no_time(void **state)
{
	static const char *const bad[] = {
		"",
		"2026-11-22",
		"2026-11-22T00:00:00",
		"2026-11-22 00:00:00Z",
		"2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z",
		"2026-02-29T00:00:00Z",
		"2100-02-29T00:00:00Z",
		"2026-04-31T00:00:00Z",
		"2026-11-00T00:00:00Z",
		"2026-11-22T24:00:00Z",
		"2026-11-22T00:60:00Z",
		"2026-11-22T00:00:61Z",
		"2026-11-22T00:00:00.Z",
		"2026-11-22T00:00:00Zx",
		"2026-11-22T00:00:00+0100",
		"2026-11-22T00:00:00+24:00",
		"26-11-22T00:00:00Z",
		"+2026-11-22T00:00:00Z",
	};
	int64_t t = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (time_parse_rfc3339(bad[i], &t))
			fail_msg("took '%s'", bad[i]);
	assert_int_equal(t, 7);
}

static void calendar_goes_both_ways(void **state)
{
	struct civil c;

	(void)state;
	time_to_civil(951782400 + 3661, &c);
	assert_int_equal(c.year, 2000);
	assert_int_equal(c.month, 2);
	assert_int_equal(c.day, 29);
	assert_int_equal(c.hour, 1);
	assert_int_equal(c.minute, 1);
	assert_int_equal(c.second, 1);
	assert_int_equal(time_from_civil(&c), 951782400 + 3661);
}

static void clocks_agree_with_themselves(void **state)
{
	int64_t s = clock_now_s(), ms = clock_now_ms(), mono = clock_mono_ms();

	(void)state;
	assert_true(ms / 1000 >= s && ms / 1000 <= clock_now_s());
	assert_true(clock_mono_ms() >= mono);
	assert_true(clock_mono_ns() / 1000000 >= mono);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_rfc_3339),
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(reads_offsets_fractions_and_small_letters),
		cmocka_unit_test(refuses_what_is_no_time),
		cmocka_unit_test(calendar_goes_both_ways),
		cmocka_unit_test(clocks_agree_with_themselves),
	};
	return unit_run("base/clock", tests, ARRAY_LEN(tests));
}
