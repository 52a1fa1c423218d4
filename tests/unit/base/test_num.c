/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/num.h"

#include <stdio.h>

static void reads_decimal_numbers(void **state)
{
	uint64_t v;

	(void)state;
	assert_true(num_u64("0", 10, &v));
	assert_int_equal(v, 0);
	assert_true(num_u64("00042", 100, &v));
	assert_int_equal(v, 42);
	assert_true(num_u64("18446744073709551615", UINT64_MAX, &v));
	assert_true(v == UINT64_MAX);
	assert_true(num_u64_n("123456", 3, UINT64_MAX, &v));
	assert_int_equal(v, 123);
}

static void refuses_all_else_and_leaves_the_value(void **state)
{
	static const char *const bad[] = {"",	 " 1",	"1 ",  "+1",  "-1",	 "0x10",
					  "1e3", "1.0", "abc", "1\n", "\xd9\xa1"};
	uint64_t v = 99;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(num_u64(bad[i], UINT64_MAX, &v));
	assert_false(num_u64_n("12", 0, 99, &v));
	assert_int_equal(v, 99);
}

static void holds_every_maximum_to_the_digit(void **state)
{
	static const uint64_t maxima[] = {0, 1, 5, 9, 10, 65535, 4294967295u, 999, 1000};
	char text[32];
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(maxima); i++) {
		(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)maxima[i]);
		assert_true(num_u64(text, maxima[i], &v));
		(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)maxima[i] + 1);
		assert_false(num_u64(text, maxima[i], &v));
	}
	assert_false(num_u64("18446744073709551616", UINT64_MAX, &v));
	assert_false(num_u64("99999999999999999999999", UINT64_MAX, &v));
}

static void reads_signed_numbers_to_both_ends(void **state)
{
	int64_t v;

	(void)state;
	assert_true(num_i64("-9223372036854775808", &v));
	assert_true(v == INT64_MIN);
	assert_true(num_i64("9223372036854775807", &v));
	assert_true(v == INT64_MAX);
	assert_true(num_i64("-0", &v));
	assert_int_equal(v, 0);
	assert_false(num_i64("9223372036854775808", &v));
	assert_false(num_i64("-9223372036854775809", &v));
	assert_false(num_i64("--1", &v));
	assert_false(num_i64("-", &v));
	assert_false(num_i64("", &v));
}

static void reads_ports(void **state)
{
	uint16_t port = 1;

	(void)state;
	assert_true(num_port("65535", &port));
	assert_int_equal(port, 65535);
	assert_true(num_port("0", &port));
	assert_false(num_port("65536", &port));
	assert_false(num_port("", &port));
	assert_int_equal(port, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_decimal_numbers),
		cmocka_unit_test(refuses_all_else_and_leaves_the_value),
		cmocka_unit_test(holds_every_maximum_to_the_digit),
		cmocka_unit_test(reads_signed_numbers_to_both_ends),
		cmocka_unit_test(reads_ports),
	};
	return unit_run("base/num", tests, ARRAY_LEN(tests));
}
