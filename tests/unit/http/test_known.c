/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "http/known.h"

#include <stdio.h>

static struct known_callers known;

static void knows_who_was_here_and_nobody_else(void **state)
{
	(void)state;
	assert_false(known_has(&known, "192.0.2.1"));
	known_add(&known, "192.0.2.1");
	assert_true(known_has(&known, "192.0.2.1"));
	assert_false(known_has(&known, "192.0.2.2"));
	assert_false(known_has(&known, ""));
}

static void takes_the_users_of_one_ipv6_network_for_one(void **state)
{
	(void)state;
	known_add(&known, "2001:db8:0:1::5");
	assert_true(known_has(&known, "2001:db8:0:1:ffff::6"));
	assert_false(known_has(&known, "2001:db8:0:2::5"));
}

static void keeps_the_latest_of_more_than_it_has_room_for(void **state)
{
	char address[32];
	int n = 0;

	(void)state;
	for (int i = 0; i < 4 * KNOWN_CALLERS_MAX; i++) {
		snprintf(address, sizeof(address), "10.%d.%d.1", i / 256, i % 256);
		known_add(&known, address);
		assert_true(known_has(&known, address));
	}
	for (int i = 0; i < 4 * KNOWN_CALLERS_MAX; i++) {
		snprintf(address, sizeof(address), "10.%d.%d.1", i / 256, i % 256);
		n += known_has(&known, address);
	}
	assert_in_range(n, KNOWN_CALLERS_MAX / 2, KNOWN_CALLERS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_who_was_here_and_nobody_else),
		cmocka_unit_test(takes_the_users_of_one_ipv6_network_for_one),
		cmocka_unit_test(keeps_the_latest_of_more_than_it_has_room_for),
	};
	return unit_run("http/known", tests, ARRAY_LEN(tests));
}
