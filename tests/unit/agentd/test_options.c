/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/options.h"

#include "lib/unit.h"

#include <getopt.h>
#include <string.h>

#define WORDS_MAX 20

static bool read_line(const char *line, const char *env, struct options *out, struct err *e)
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
	optind = 0; /* begins anew */
	*e = (struct err)ERR_INIT;
	return options_read(n, words, env, out, e);
}

static void reads_what_the_contract_names(void **state)
{
	struct options o;
	struct err e;

	(void)state;
	unit_assert_ok(
		read_line("d --state-dir /d --server h --https-port 1 --http-port 2 --listen "
			  "[::1]:3 --ntcer f --unload-password-file p",
			  "/env", &o, &e),
		&e);
	assert_string_equal(o.state_dir, "/d");
	assert_string_equal(o.server.host, "h");
	assert_true(o.server.https_port == 1 && o.server.http_port == 2);
	assert_string_equal(o.listen.ip, "::1");
	assert_int_equal(o.listen.port, 3);
	assert_string_equal(o.ntcer, "f");
	assert_string_equal(o.password_file, "p");
	assert_int_equal(o.ask, OPTIONS_RUN);
}

static void has_defaults(void **state)
{
	struct options o;
	struct err e;

	(void)state;
	unit_assert_ok(read_line("d", "/env", &o, &e), &e);
	assert_string_equal(o.state_dir, "/env");
	assert_int_equal(o.server.https_port, OPTIONS_HTTPS_PORT);
	assert_true(!o.listen_text && !o.ntcer && !o.server.host[0] && !o.server.http_port);
	unit_assert_ok(read_line("d", NULL, &o, &e), &e);
	assert_true(o.state_dir[0] == '/');
	unit_assert_ok(read_line("d --help", NULL, &o, &e), &e);
	assert_int_equal(o.ask, OPTIONS_HELP);
	unit_assert_ok(read_line("d --version", NULL, &o, &e), &e);
	assert_int_equal(o.ask, OPTIONS_VERSION);
}

static void refuses_what_makes_no_sense(void **state)
{
	static const char *const lines[] = {
		"d --server a/b",     "d --https-port 0", "d --https-port x", "d --http-port 65536",
		"d --listen nowhere", "d --server",	  "d --nothing",      "d word",
		"d --state-dir "};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct options o = {.ask = OPTIONS_VERSION};
		struct err e;

		assert_false(read_line(lines[i], NULL, &o, &e));
		assert_int_equal(e.code, ERR_INVALID);
		assert_int_equal(o.ask, OPTIONS_VERSION);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_the_contract_names),
		cmocka_unit_test(has_defaults),
		cmocka_unit_test(refuses_what_makes_no_sense),
	};

	return unit_run("agentd/options", tests, ARRAY_LEN(tests));
}
