/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/buf.h"
#include "base/text.h"

#include <string.h>

static void knows_ascii_and_nothing_else(void **state)
{
	(void)state;
	assert_int_equal(ascii_lower('A'), 'a');
	assert_int_equal(ascii_lower('Z'), 'z');
	assert_int_equal(ascii_lower('['), '[');
	assert_int_equal(ascii_lower('\xc4'), '\xc4');
	assert_true(ascii_is_digit('0') && ascii_is_digit('9'));
	assert_false(ascii_is_digit('/') || ascii_is_digit(':'));
	assert_true(ascii_is_alpha('a') && ascii_is_alpha('Z'));
	assert_false(ascii_is_alpha('@') || ascii_is_alpha('{') || ascii_is_alpha('\xe4'));
	assert_true(ascii_is_space(' ') && ascii_is_space('\t') && ascii_is_space('\r'));
	assert_false(ascii_is_space('\0') || ascii_is_space('\xa0'));
}

static void compares_without_case(void **state)
{
	(void)state;
	assert_true(text_equal_nocase("Root", "rOOT"));
	assert_false(text_equal_nocase("Root", "Roots"));
	assert_false(text_equal_nocase("\xc3\x84", "\xc3\xa4")); /* ASCII only */
	assert_true(span_equal_nocase(span_of("A\0b", 3), span_of("a\0B", 3)));
	assert_false(span_equal_nocase(span_of("A\0b", 3), span_of("a\0c", 3)));
}

static void looks_at_both_ends(void **state)
{
	(void)state;
	assert_true(text_starts_with("cb_abc", "cb_"));
	assert_false(text_starts_with("cb", "cb_"));
	assert_true(text_ends_with("a.pfx", ".pfx"));
	assert_false(text_ends_with("fx", ".pfx"));
	assert_true(text_ends_with("x", ""));
}

/* Unicode 15, table 3-7; the well-known stress file by Markus Kuhn in short. */
static void tells_well_formed_utf8(void **state)
{
	static const char *const good[] = {"",
					   "abc",
					   "\xc2\x80",
					   "\xdf\xbf",
					   "\xe0\xa0\x80",
					   "\xed\x9f\xbf",
					   "\xee\x80\x80",
					   "\xef\xbf\xbf",
					   "\xf0\x90\x80\x80",
					   "\xf4\x8f\xbf\xbf"};
	static const char *const bad[] = {"\x80",
					  "\xbf",
					  "\xc0\x80",
					  "\xc1\xbf",
					  "\xc2",
					  "\xc2\x7f",
					  "\xe0\x9f\xbf",
					  "\xed\xa0\x80",
					  "\xe1\x80",
					  "\xf0\x8f\xbf\xbf",
					  "\xf4\x90\x80\x80",
					  "\xf5\x80\x80\x80",
					  "\xf1\x80\x80",
					  "\xff",
					  "ok\xfe"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(text_is_utf8(span_str(good[i])));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(text_is_utf8(span_str(bad[i])));
	assert_true(text_is_utf8(span_of("a\0b", 3)));
	assert_false(text_is_utf8(span_of("\xe2\x82\xac", 2))); /* looks no byte too far */
}

static void copies_and_cuts_at_a_character(void **state)
{
	char small[5];

	(void)state;
	text_copy(small, sizeof(small), "abc");
	assert_string_equal(small, "abc");
	text_copy(small, sizeof(small), "abcdef");
	assert_string_equal(small, "abcd");
	text_copy(small, sizeof(small), "abc\xc3\xa4");
	assert_string_equal(small, "abc");
	text_copy(small, sizeof(small), "ab\xc3\xa4");
	assert_string_equal(small, "ab\xc3\xa4");
	text_copy(small, 1, "x");
	assert_string_equal(small, "");
	text_copy(small, 0, "x");
}

static void assert_escaped(struct span in, const char *wanted)
{
	struct buf out AUTO_BUF = BUF_INIT;

	text_escape(&out, in);
	assert_string_equal(buf_str(&out), wanted);
}

static void escapes_what_a_terminal_would_obey(void **state)
{
	(void)state;
	assert_escaped(span_str("CN=plain, O=\xc3\x84rzte \xe4\xb8\xad"),
		       "CN=plain, O=\xc3\x84rzte \xe4\xb8\xad");
	assert_escaped(span_str("a\nb\x1b[2J\x7f"), "a\\x0ab\\x1b[2J\\x7f");
	assert_escaped(span_of("a\0b", 3), "a\\x00b");
	assert_escaped(span_str("\xff\xc3"), "\\xff\\xc3");
	assert_escaped(span_str("\xe2\x80\xaereversed"), "\\xe2\\x80\\xaereversed");
	assert_escaped(span_str("\xc2\x9b"), "\\xc2\\x9b"); /* C1: CSI */
	assert_escaped(span_str("a\\x41"), "a\\x5cx41");    /* cannot be forged */
	assert_escaped(span_str("\xe2\x80\xa8"), "\\xe2\\x80\\xa8");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_ascii_and_nothing_else),
		cmocka_unit_test(compares_without_case),
		cmocka_unit_test(looks_at_both_ends),
		cmocka_unit_test(tells_well_formed_utf8),
		cmocka_unit_test(copies_and_cuts_at_a_character),
		cmocka_unit_test(escapes_what_a_terminal_would_obey),
	};
	return unit_run("base/text", tests, ARRAY_LEN(tests));
}
