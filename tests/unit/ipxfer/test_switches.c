/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "ipxfer/switches.h"

#include "lib/unit.h"

#include <string.h>

#define WORDS_MAX 20

/* The line as a shell would cut it at single spaces. */
static bool read_line(const char *line, struct switches *out, struct err *e)
{
	static char text[400];
	char *words[WORDS_MAX] = {text};
	int n = 1;

	assert_true(strlen(line) < sizeof(text));
	memcpy(text, line, strlen(line) + 1);
	for (char *p = text; *p; p++)
		if (*p == ' ') {
			*p = '\0';
			words[n++] = p + 1;
		}
	*e = (struct err)ERR_INIT;
	return switches_read(n, words, out, e);
}

static void takes_the_switches_in_any_case_and_with_any_dash(void **state)
{
	static const char *const lines[] = {
		"IpXfer -s host -p 8080 -sp 4343 -c 21112 -e /a/OfcNTCer.dat -pwd secret",
		"IpXfer -S host -P 8080 -Sp 4343 -C 21112 -E /a/OfcNTCer.dat -PWD secret",
		"IpXfer \xe2\x80\x93s host \xe2\x80\x93p 8080 \xe2\x80\x93sp 4343 \xe2\x80\x93"
		"c 21112 \xe2\x80\x93"
		"e /a/OfcNTCer.dat \xe2\x80\x93pwd secret",
		"IpXfer /s host /p 8080 /sp 4343 /c 21112 /e /a/OfcNTCer.dat /pwd secret",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct switches s;
		struct err e;

		unit_assert_ok(read_line(lines[i], &s, &e), &e);
		assert_string_equal(s.server, "host");
		assert_string_equal(s.certificate, "/a/OfcNTCer.dat");
		assert_string_equal(s.password, "secret");
		assert_true(s.http_port == 8080 && s.https_port == 4343 && s.agent_port == 21112);
		assert_false(s.json);
	}
}

static void our_own_options_come_with_two_dashes(void **state)
{
	struct switches s;
	struct err e;

	(void)state;
	unit_assert_ok(
		read_line("IpXfer --state-dir /d -s h -sp 1 -e c --json --password-file f", &s, &e),
		&e);
	assert_string_equal(s.state_dir, "/d");
	assert_string_equal(s.password_file, "f");
	assert_true(s.json && !s.password);
	unit_assert_ok(read_line("IpXfer --help", &s, &e), &e);
	assert_true(s.help);
	unit_assert_ok(read_line("IpXfer --version", &s, &e), &e);
	assert_true(s.version);
}

static void refuses_what_is_missing_or_makes_no_sense(void **state)
{
	static const char *const lines[] = {
		"IpXfer",
		"IpXfer -s h",
		"IpXfer -s h -sp 1",
		"IpXfer -sp 1 -e c",
		"IpXfer -s h -sp 0 -e c",
		"IpXfer -s h -sp 65536 -e c",
		"IpXfer -s h -sp x -e c",
		"IpXfer -s h -sp 1 -e",
		"IpXfer -s h -sp 1 -e c extra",
		"IpXfer -s h -sp 1 -e c -q x",
		"IpXfer --s h -sp 1 -e c",
		"IpXfer s h -sp 1 -e c",
		"IpXfer -s  -sp 1 -e c",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct switches s = {.https_port = 42};
		struct err e;

		assert_false(read_line(lines[i], &s, &e));
		assert_int_equal(e.code, ERR_INVALID);
		assert_int_equal(s.https_port, 42);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_switches_in_any_case_and_with_any_dash),
		cmocka_unit_test(our_own_options_come_with_two_dashes),
		cmocka_unit_test(refuses_what_is_missing_or_makes_no_sense),
	};

	return unit_run("ipxfer/switches", tests, ARRAY_LEN(tests));
}
