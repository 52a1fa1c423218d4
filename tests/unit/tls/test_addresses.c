/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "tls/addresses.h"

#include <arpa/inet.h>

static struct sockaddr_storage address(const char *text)
{
	struct sockaddr_storage a = {.ss_family = AF_INET};
	struct sockaddr_in *in4 = (struct sockaddr_in *)&a;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&a;

	if (inet_pton(AF_INET, text, &in4->sin_addr) == 1)
		return a;
	a.ss_family = AF_INET6;
	assert_int_equal(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
	return a;
}

static void counts_each_address_up_to_its_limit(void **state)
{
	struct sockaddr_storage a = address("127.0.0.1"), b = address("127.0.0.2");
	struct addresses *all;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(addresses_new(&all, &e), &e);
	for (int i = 0; i < 3; i++)
		assert_true(addresses_enter(all, &a, 3));
	assert_false(addresses_enter(all, &a, 3));
	assert_true(addresses_enter(all, &b, 3));
	addresses_leave(all, &a);
	assert_true(addresses_enter(all, &a, 3));
	assert_false(addresses_enter(all, &a, 3));
	addresses_free(all);
}

static void takes_a_mapped_address_for_the_address_and_a_64_for_one(void **state)
{
	struct sockaddr_storage plain = address("192.0.2.1"), mapped = address("::ffff:192.0.2.1"),
				one = address("2001:db8::1"), near = address("2001:db8::2:3"),
				far = address("2001:db8:0:1::1");
	struct addresses *all;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(addresses_new(&all, &e), &e);
	assert_true(addresses_enter(all, &plain, 1));
	assert_false(addresses_enter(all, &mapped, 1));
	assert_true(addresses_enter(all, &one, 1));
	assert_false(addresses_enter(all, &near, 1));
	assert_true(addresses_enter(all, &far, 1));
	addresses_free(all);
}

static void forgets_who_left(void **state)
{
	struct addresses *all;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(addresses_new(&all, &e), &e);
	for (uint32_t i = 0; i < 20000; i++) {
		struct sockaddr_storage a = address("10.0.0.0");

		((struct sockaddr_in *)&a)->sin_addr.s_addr = htonl(0x0a000000 + i);
		assert_true(addresses_enter(all, &a, 1));
		if (i % 2)
			addresses_leave(all, &a);
	}
	for (uint32_t i = 0; i < 20000; i++) {
		struct sockaddr_storage a = address("10.0.0.0");

		((struct sockaddr_in *)&a)->sin_addr.s_addr = htonl(0x0a000000 + i);
		assert_int_equal(addresses_enter(all, &a, 1), i % 2);
	}
	addresses_free(all);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_each_address_up_to_its_limit),
		cmocka_unit_test(takes_a_mapped_address_for_the_address_and_a_64_for_one),
		cmocka_unit_test(forgets_who_left),
	};

	return unit_run("tls/addresses", tests, ARRAY_LEN(tests));
}
