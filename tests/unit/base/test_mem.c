/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/mem.h"

#include <stdint.h>
#include <string.h>

static void gives_zeroed_memory(void **state)
{
	unsigned char *p AUTO_MEM = mem_alloc(1000);

	(void)state;
	assert_non_null(p);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(p[i], 0);
}

static void gives_a_pointer_of_its_own_for_nothing(void **state)
{
	void *a AUTO_MEM = mem_alloc(0);
	void *b AUTO_MEM = mem_array(0, 8);

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_ptr_not_equal(a, b);
}

static void refuses_sizes_that_overflow(void **state)
{
	volatile size_t huge = SIZE_MAX / 2;
	char c = 'c';

	(void)state;
	assert_null(mem_array(huge, 3));
	assert_null(mem_grow(NULL, 0, huge, 3));
	assert_null(mem_grow(NULL, 0, 1, 0));
	assert_null(mem_strn(&c, SIZE_MAX));
}

static void grows_with_zeroes_and_keeps_what_was_there(void **state)
{
	int *p = mem_array(2, sizeof(*p));
	int *grown;

	(void)state;
	p[0] = 7;
	p[1] = 8;
	grown = mem_grow(p, 2, 100, sizeof(*p));
	assert_non_null(grown);
	assert_int_equal(grown[0], 7);
	assert_int_equal(grown[1], 8);
	for (int i = 2; i < 100; i++)
		assert_int_equal(grown[i], 0);
	mem_free(grown);
}

static void leaves_the_old_memory_when_it_cannot_grow(void **state)
{
	char *p AUTO_MEM = mem_str("still here");

	(void)state;
	mem_fail_at(1);
	assert_null(mem_grow(p, 11, 1000, 1));
	assert_string_equal(p, "still here");
}

static void copies_texts(void **state)
{
	char *a AUTO_MEM = mem_str("abc");
	char *b AUTO_MEM = mem_strn("abcdef", 2);
	char *c AUTO_MEM = mem_printf("%d-%s", 42, "x");
	char *d AUTO_MEM = mem_dup("12345", 5);

	(void)state;
	assert_string_equal(a, "abc");
	assert_string_equal(b, "ab");
	assert_string_equal(c, "42-x");
	assert_memory_equal(d, "12345", 5);
	assert_null(mem_str(NULL));
}

static void fails_at_the_nth_allocation_once(void **state)
{
	void *a AUTO_MEM = NULL;
	void *b AUTO_MEM = NULL;

	(void)state;
	mem_fail_at(2);
	a = mem_alloc(1);
	assert_non_null(a);
	assert_null(mem_alloc(1));
	b = mem_alloc(1);
	assert_non_null(b);
	mem_fail_at(1);
	assert_true(mem_should_fail());
	assert_false(mem_should_fail());
}

static void frees_null(void **state)
{
	(void)state;
	mem_free(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_zeroed_memory),
		cmocka_unit_test(gives_a_pointer_of_its_own_for_nothing),
		cmocka_unit_test(refuses_sizes_that_overflow),
		cmocka_unit_test(grows_with_zeroes_and_keeps_what_was_there),
		cmocka_unit_test(leaves_the_old_memory_when_it_cannot_grow),
		cmocka_unit_test(copies_texts),
		cmocka_unit_test(fails_at_the_nth_allocation_once),
		cmocka_unit_test(frees_null),
	};
	return unit_run("base/mem", tests, ARRAY_LEN(tests));
}
