/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/buf.h"
#include "base/files.h"
#include "http/w3c.h"

#include <string.h>

#define NOON 1795348800 /* 2026-11-22T12:00:00Z */

static void writes_a_column_that_no_reader_can_take_for_two(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"Mozilla/5.0 (X11; Linux)", "Mozilla/5.0+(X11;+Linux)"},
		{"", "-"},
		{NULL, "-"},
		{"a\tb\r\nc\x01\x7f", "a+b++c++"},
		{"/\xc3\xa4", "/\xc3\xa4"},
		{"-", "-"},
	};
	char out[W3C_FIELD_MAX + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(w3c_field(cases[i].in, out), strlen(cases[i].out));
		assert_string_equal(out, cases[i].out);
	}
}

static void cuts_a_long_column_between_characters(void **state)
{
	char in[2 * W3C_FIELD_MAX], out[W3C_FIELD_MAX + 1];

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(in); i++)
		in[i] = i % 2 ? '\xa4' : '\xc3';
	in[sizeof(in) - 1] = '\0';
	assert_true(w3c_field(in, out) <= W3C_FIELD_MAX);
	assert_true(w3c_field(in + 1, out) <= W3C_FIELD_MAX);
}

static void write_some(const char *dir, int64_t time_s, const char *path)
{
	struct w3c_line line = {.time_s = time_s,
				.server_ip = "127.0.0.1",
				.client_ip = "::1",
				.method = "GET",
				.path = path,
				.query = "a=b",
				.user = "",
				.user_agent = "A B",
				.port = 4343,
				.status = 403,
				.substatus = 16,
				.win32 = 2148204809u,
				.took_ms = 12};
	struct w3c_log *log;
	struct err e = ERR_INIT;

	unit_assert_ok(w3c_open(dir, &log, &e), &e);
	w3c_add(log, &line);
	line.time_s += 86400;
	w3c_add(log, &line);
	w3c_close(log);
}

#define HEADER                                                                                     \
	"#Software: " PACKAGE_NAME " " PACKAGE_VERSION "\n#Version: 1.0\n#Date: 2026-11-22 "       \
	"12:00:00\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port "             \
	"cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status "      \
	"time-taken\n"

static void writes_a_file_a_day_with_one_header(void **state)
{
	struct buf text AUTO(buf_clear) = BUF_INIT;
	struct err e = ERR_INIT;
	const char *dir = unit_path("W3SVC1");

	(void)state;
	write_some(dir, NOON, "/x");
	write_some(dir, NOON, "/y z");
	unit_assert_ok(file_read(unit_path("W3SVC1/u_ex261122.log"), 1 << 20, &text, &e), &e);
	assert_string_equal(buf_str(&text), HEADER
			    "2026-11-22 12:00:00 127.0.0.1 GET /x a=b 4343 - ::1 A+B - 403 16 "
			    "2148204809 12\n"
			    "2026-11-22 12:00:00 127.0.0.1 GET /y+z a=b 4343 - ::1 A+B - 403 16 "
			    "2148204809 12\n");
	assert_true(file_exists(unit_path("W3SVC1/u_ex261123.log")));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_a_column_that_no_reader_can_take_for_two),
		cmocka_unit_test(cuts_a_long_column_between_characters),
		cmocka_unit_test(writes_a_file_a_day_with_one_header),
	};

	return unit_run("http/w3c", tests, ARRAY_LEN(tests));
}
