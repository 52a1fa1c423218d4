/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/json.h"
#include "base/mem.h"

#include <string.h>

static json_t *read_good(const char *text)
{
	struct err e = ERR_INIT;
	json_t *v = NULL;

	unit_assert_ok(json_read(span_str(text), &v, &e), &e);
	return v;
}

static void reads_an_object_member_by_member(void **state)
{
	json_t *o AUTO_JSON =
		read_good("{\"s\":\"x\",\"n\":-5,\"b\":true,\"o\":{\"in\":7},\"a\":[1]}");
	struct err e = ERR_INIT;
	const char *s;
	int64_t n;
	bool b = false;
	json_t *inner, *array = NULL;

	(void)state;
	unit_assert_ok(json_get_str(o, "s", &s, &e), &e);
	assert_string_equal(s, "x");
	unit_assert_ok(json_get_int(o, "n", -5, 5, &n, &e), &e);
	assert_int_equal(n, -5);
	unit_assert_ok(json_get_bool_opt(o, "b", &b, &e), &e);
	assert_true(b);
	unit_assert_ok(json_get_object(o, "o", &inner, &e), &e);
	unit_assert_ok(json_get_int(inner, "in", 0, 9, &n, &e), &e);
	assert_int_equal(n, 7);
	unit_assert_ok(json_get_int(o, "o.in", 0, 9, &n, &e), &e);
	unit_assert_ok(json_get_array_opt(o, "a", &array, &e), &e);
	assert_int_equal(json_array_size(array), 1);
}

static void names_the_member_that_is_wrong(void **state)
{
	json_t *o AUTO_JSON = read_good("{\"s\":1,\"n\":\"x\",\"r\":1.5,\"o\":{\"in\":null}}");
	struct err e = ERR_INIT;
	const char *s = "before";
	int64_t n = 99;
	bool b = true;
	json_t *inner = NULL;

	(void)state;
	assert_false(json_get_str(o, "s", &s, &e));
	unit_assert_reason(&e, "request.member");
	assert_string_equal(e.text, "member 's' must be a string");
	assert_false(json_get_str(o, "none", &s, &e));
	assert_string_equal(e.text, "member 'none' is missing: a string");
	assert_false(json_get_str(o, "o.in", &s, &e));
	assert_string_equal(e.text, "member 'o.in' must be a string");
	assert_false(json_get_int(o, "n", 0, 9, &n, &e));
	assert_string_equal(e.text, "member 'n' must be a whole number from 0 to 9");
	assert_false(json_get_int(o, "r", 0, 9, &n, &e));
	assert_false(json_get_int(o, "s", 2, 9, &n, &e));
	assert_false(json_get_bool_opt(o, "s", &b, &e));
	assert_false(json_get_object(o, "s", &inner, &e));
	assert_false(json_get_array_opt(o, "s", &inner, &e));
	assert_string_equal(s, "before");
	assert_int_equal(n, 99);
	assert_null(inner);
}

static void leaves_what_is_absent_or_null(void **state)
{
	json_t *o AUTO_JSON = read_good("{\"z\":null}");
	struct err e = ERR_INIT;
	const char *s = "default";
	int64_t n = 42;
	bool b = true;
	json_t *a = NULL;

	(void)state;
	unit_assert_ok(json_get_str_opt(o, "z", &s, &e), &e);
	unit_assert_ok(json_get_str_opt(o, "y", &s, &e), &e);
	unit_assert_ok(json_get_int_opt(o, "z", 0, 9, &n, &e), &e);
	unit_assert_ok(json_get_bool_opt(o, "z", &b, &e), &e);
	unit_assert_ok(json_get_array_opt(o, "z", &a, &e), &e);
	assert_string_equal(s, "default");
	assert_int_equal(n, 42);
	assert_true(b);
	assert_null(a);
}

static void refuses_what_is_no_json_without_quoting_it(void **state)
{
	static const char *const bad[] = {"",
					  "{",
					  "{\"a\":1,}",
					  "nul",
					  "{} {}",
					  "{\"a\" 1}",
					  "{\"a\":1,\"a\":2}",
					  "\"a\\u0000\"",
					  "[\xff]",
					  "{\"password\":\"hunter2\" x}"};
	struct err e = ERR_INIT;
	json_t *v = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (json_read(span_str(bad[i]), &v, &e))
			fail_msg("took '%s'", bad[i]);
		unit_assert_reason(&e, "request.json");
		assert_null(strstr(e.text, "hunter2"));
	}
	assert_null(v);
}

static void holds_its_limits(void **state)
{
	struct buf deep AUTO_BUF = BUF_INIT, large AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	json_t *v = NULL;

	(void)state;
	for (int i = 0; i < JSON_MAX_DEPTH; i++)
		buf_add_char(&deep, '[');
	for (int i = 0; i < JSON_MAX_DEPTH; i++)
		buf_add_char(&deep, ']');
	unit_assert_ok(json_read(buf_span(&deep), &v, &e), &e);
	json_decref(v);
	v = NULL;
	buf_reset(&deep);
	for (int i = 0; i <= JSON_MAX_DEPTH; i++)
		buf_add_char(&deep, '[');
	assert_false(json_read(buf_span(&deep), &v, &e));
	assert_non_null(strstr(e.text, "deeper"));
	buf_add_char(&large, '"');
	while (large.len < JSON_MAX_BYTES)
		buf_add_str(&large, "0123456789abcdef");
	assert_false(json_read(buf_span(&large), &v, &e));
	unit_assert_reason(&e, "limit.body");
}

static void brackets_in_strings_are_not_depth(void **state)
{
	json_t *v AUTO_JSON = NULL;

	(void)state;
	v = read_good("[\"[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[[[[[[[[[[[[[[[[\"]");
	assert_non_null(v);
}

static void points_at_what_it_refuses(void **state)
{
	json_t *o AUTO_JSON = read_good("{\"a\":{\"b/c\":1}}");
	struct err e = ERR_INIT;
	const char *s = NULL;

	(void)state;
	assert_false(json_get_str(o, "a.b/c", &s, &e));
	assert_string_equal(e.pointer, "/a/b~1c");
	assert_false(json_refuse_in(&e, "items", 3));
	assert_string_equal(e.pointer, "/items/3/a/b~1c");
	assert_false(err_wrap(&e, "outer"));
	assert_string_equal(e.pointer, "/items/3/a/b~1c");
	assert_false(err_set(&e, ERR_LIMIT, "something else"));
	assert_false(json_refuse_in(&e, "items", 3));
	assert_string_equal(e.pointer, "");
}

static void points_at_an_unknown_member_by_its_very_name(void **state)
{
	struct err e = ERR_INIT;
	char name[ERR_POINTER_SIZE];

	(void)state;
	assert_false(json_refuse_unknown(&e, "evil.\x1b[2J'~"));
	unit_assert_reason(&e, "request.member");
	assert_string_equal(e.text, "no member 'evil.\\x1b[2J'~' here");
	assert_string_equal(e.pointer, "/evil.\x1b[2J'~0");
	memset(name, 'x', sizeof(name) - 2);
	name[sizeof(name) - 2] = '\0';
	assert_false(json_refuse_unknown(&e, name));
	assert_int_equal(strlen(e.pointer), sizeof(e.pointer) - 1);
	assert_false(json_refuse_in(&e, "items", 0));
	assert_string_equal(e.pointer, "");
	name[sizeof(name) - 2] = 'x';
	name[sizeof(name) - 1] = '\0';
	assert_false(json_refuse_unknown(&e, name));
	assert_string_equal(e.pointer, "");
}

static void writes_compact_and_pretty(void **state)
{
	json_t *o AUTO_JSON = json_pack("{s:i,s:[]}", "n", 1, "a");
	struct buf out AUTO_BUF = BUF_INIT, tiny AUTO_BUF;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(json_write(o, &out, &e), &e);
	assert_string_equal(buf_str(&out), "{\"n\":1,\"a\":[]}");
	buf_reset(&out);
	unit_assert_ok(json_write_pretty(o, &out, &e), &e);
	assert_string_equal(buf_str(&out), "{\n  \"n\": 1,\n  \"a\": []\n}");
	buf_init(&tiny, 3);
	assert_false(json_write(o, &tiny, &e));
	assert_int_equal(e.code, ERR_NOMEM);
}

static void assert_text(struct span in, const char *wanted)
{
	json_t *v AUTO_JSON = json_text(in);

	assert_string_equal(json_string_value(v), wanted);
}

static void replaces_what_is_no_utf8(void **state)
{
	(void)state;
	assert_text(span_str("plain"), "plain");
	assert_text(span_of(NULL, 0), "");
	assert_text(span_str("\xc3\xa4\xff\xc3\xa4"), "\xc3\xa4\xef\xbf\xbd\xc3\xa4");
	assert_text(span_str("\xff"), "\xef\xbf\xbd");
	assert_text(span_str("a\xe2\x82"), "a\xef\xbf\xbd\xef\xbf\xbd");
	assert_text(span_str("\xf0\x9f\x98\x80\x80x"), "\xf0\x9f\x98\x80\xef\xbf\xbdx");
}

static void shows_times_and_bytes(void **state)
{
	json_t *t AUTO_JSON = json_time(0), *h AUTO_JSON = json_hex(span_of("\x0a\xff", 2));

	(void)state;
	assert_string_equal(json_string_value(t), "1970-01-01T00:00:00Z");
	assert_string_equal(json_string_value(h), "0aff");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_an_object_member_by_member),
		cmocka_unit_test(names_the_member_that_is_wrong),
		cmocka_unit_test(leaves_what_is_absent_or_null),
		cmocka_unit_test(refuses_what_is_no_json_without_quoting_it),
		cmocka_unit_test(holds_its_limits),
		cmocka_unit_test(brackets_in_strings_are_not_depth),
		cmocka_unit_test(points_at_what_it_refuses),
		cmocka_unit_test(points_at_an_unknown_member_by_its_very_name),
		cmocka_unit_test(writes_compact_and_pretty),
		cmocka_unit_test(replaces_what_is_no_utf8),
		cmocka_unit_test(shows_times_and_bytes),
	};
	return unit_run("base/json", tests, ARRAY_LEN(tests));
}
