/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/buf.h"
#include "base/mem.h"

#include <string.h>

static void starts_as_an_empty_text(void **state)
{
	struct buf b AUTO_BUF = BUF_INIT;

	(void)state;
	assert_true(buf_ok(&b));
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(buf_span(&b).len, 0);
}

static void joins_what_is_added_in_order(void **state)
{
	struct buf b AUTO_BUF = BUF_INIT;

	(void)state;
	buf_add_str(&b, "one");
	buf_add_char(&b, ',');
	buf_add(&b, "two", 3);
	buf_add_span(&b, span_str(","));
	buf_printf(&b, "%d%s", 3, "!");
	assert_true(buf_ok(&b));
	assert_string_equal(buf_str(&b), "one,two,3!");
	assert_int_equal(b.len, 10);
}

static void keeps_bytes_over_many_growths(void **state)
{
	struct buf b AUTO_BUF = BUF_INIT;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_add_char(&b, (char)i);
	assert_true(buf_ok(&b));
	assert_int_equal(b.len, 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(b.data[i], i & 255);
	assert_int_equal(b.data[b.len], 0);
}

static void takes_exactly_its_maximum_and_no_byte_more(void **state)
{
	struct buf b AUTO_BUF;

	(void)state;
	buf_init(&b, 5);
	buf_add_str(&b, "12345");
	assert_true(buf_ok(&b));
	buf_add_char(&b, '6');
	assert_false(buf_ok(&b));
	assert_string_equal(buf_str(&b), "12345");
}

static void has_a_limit_where_none_is_named(void **state)
{
	struct buf b AUTO_BUF = BUF_INIT;
	uint8_t *room;

	(void)state;
	room = buf_space(&b, BUF_MAX_DEFAULT - 1);
	assert_non_null(room);
	memset(room, 'x', BUF_MAX_DEFAULT - 1);
	b.len = BUF_MAX_DEFAULT - 1;
	buf_add_char(&b, 'y');
	assert_true(buf_ok(&b));
	buf_add_char(&b, 'z');
	assert_false(buf_ok(&b));
	assert_int_equal(b.len, BUF_MAX_DEFAULT);
}

static void stays_failed_until_reset(void **state)
{
	struct buf b AUTO_BUF;

	(void)state;
	buf_init(&b, 3);
	buf_printf(&b, "%s", "too long");
	buf_add_str(&b, "a");
	assert_false(buf_ok(&b));
	assert_null(buf_space(&b, 1));
	assert_null(buf_steal_str(&b));
	buf_reset(&b);
	buf_add_str(&b, "abc");
	assert_true(buf_ok(&b));
	assert_string_equal(buf_str(&b), "abc");
}

static void fails_softly_when_memory_is_short(void **state)
{
	struct buf b AUTO_BUF = BUF_INIT;
	struct buf s AUTO_BUF = {.secret = true};

	(void)state;
	mem_fail_at(1);
	buf_add_str(&b, "x");
	assert_false(buf_ok(&b));
	buf_add_str(&s, "kept");
	mem_fail_at(1);
	for (int i = 0; i < 1000; i++)
		buf_add_str(&s, "more");
	assert_false(buf_ok(&s));
	assert_memory_equal(s.data, "kept", 4);
}

static void drops_from_the_front(void **state)
{
	struct buf b AUTO_BUF = {.secret = true};

	(void)state;
	buf_add_str(&b, "headbody");
	buf_drop_front(&b, 4);
	assert_string_equal(buf_str(&b), "body");
	assert_memory_equal(b.data + 5, "\0\0\0", 3); /* nothing of a secret stays behind */
	buf_drop_front(&b, 99);
	assert_int_equal(b.len, 0);
}

static void moves_its_text_out(void **state)
{
	struct buf b AUTO_BUF = BUF_INIT;
	char *text AUTO_MEM = NULL;
	char *empty AUTO_MEM = NULL;

	(void)state;
	empty = buf_steal_str(&b);
	assert_string_equal(empty, "");
	buf_add_str(&b, "mine");
	text = buf_steal_str(&b);
	assert_string_equal(text, "mine");
	assert_int_equal(b.len, 0);
	assert_string_equal(buf_str(&b), "");
}

static void is_filled_in_place(void **state)
{
	struct buf b AUTO_BUF = BUF_INIT;
	uint8_t *to;

	(void)state;
	to = buf_space(&b, 3);
	assert_non_null(to);
	memcpy(to, "abc", 3);
	buf_took(&b, 2);
	assert_string_equal(buf_str(&b), "ab");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_as_an_empty_text),
		cmocka_unit_test(joins_what_is_added_in_order),
		cmocka_unit_test(keeps_bytes_over_many_growths),
		cmocka_unit_test(takes_exactly_its_maximum_and_no_byte_more),
		cmocka_unit_test(has_a_limit_where_none_is_named),
		cmocka_unit_test(stays_failed_until_reset),
		cmocka_unit_test(fails_softly_when_memory_is_short),
		cmocka_unit_test(drops_from_the_front),
		cmocka_unit_test(moves_its_text_out),
		cmocka_unit_test(is_filled_in_place),
	};
	return unit_run("base/buf", tests, ARRAY_LEN(tests));
}
