/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What f() writes to standard error. */
static const char *written_by(void (*f)(void))
{
	static char text[16384];
	int ends[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	dup2(ends[1], STDERR_FILENO);
	log_redirect(NULL, NULL);
	f();
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[1]);
	n = read(ends[0], text, sizeof(text) - 1);
	close(ends[0]);
	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

static int reset(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	unsetenv("CERTBINDER_DEBUG");
	log_init("base/log", LOG_INFO);
	return 0;
}

static void say_one(void)
{
	log_warning("tls.accept", "peer=%s", "192.0.2.1");
}

static void writes_one_line_with_time_program_and_level(void **state)
{
	const char *line = written_by(say_one);

	(void)state;
	assert_int_equal(line[4], '-');
	assert_int_equal(line[19], 'Z');
	assert_string_equal(line + 20, " base/log warning: tls.accept peer=192.0.2.1\n");
}

static void speaks_journal_where_the_journal_listens(void **state)
{
	(void)state;
	setenv("JOURNAL_STREAM", "8:1234", 1);
	log_init("base/log", LOG_INFO);
	assert_string_equal(written_by(say_one), "<4>tls.accept peer=192.0.2.1\n");
}

static void say_two_lines(void)
{
	log_info("a.b", "x=%s", "1\n<3>forged");
}

static void one_call_is_one_line_whatever_it_holds(void **state)
{
	const char *text = written_by(say_two_lines);

	(void)state;
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	assert_non_null(strstr(text, "x=1?<3>forged"));
}

static void say_much(void)
{
	char much[9000];

	memset(much, 'x', sizeof(much) - 1);
	much[sizeof(much) - 1] = '\0';
	log_info("a.b", "%s", much);
}

static void cuts_what_is_too_long(void **state)
{
	const char *text = written_by(say_much);

	(void)state;
	assert_true(strlen(text) <= 4096);
	assert_int_equal(text[strlen(text) - 1], '\n');
}

static void say_debug(void)
{
	log_debug("tls.read", "tls");
	log_debug("trust.path", "trust");
	log_debug("tlsx.read", "tlsx");
}

static void debug_is_off_until_a_domain_asks_for_it(void **state)
{
	(void)state;
	assert_string_equal(written_by(say_debug), "");
	setenv("CERTBINDER_DEBUG", "http,tls", 1);
	log_init("base/log", LOG_INFO);
	assert_true(log_debug_on("tls"));
	assert_false(log_debug_on("trust"));
	assert_false(log_debug_on("tl"));
	assert_non_null(strstr(written_by(say_debug), "debug: tls.read tls\n"));
	assert_null(strstr(written_by(say_debug), "trust"));
	assert_null(strstr(written_by(say_debug), "tlsx"));
	setenv("CERTBINDER_DEBUG", "all", 1);
	log_init("base/log", LOG_INFO);
	assert_true(log_debug_on("trust"));
}

static void say_info(void)
{
	log_info("a.b", "c");
}

static void level_keeps_lesser_lines_out(void **state)
{
	(void)state;
	log_init("base/log", LOG_WARNING);
	assert_string_equal(written_by(say_info), "");
	assert_string_not_equal(written_by(say_one), "");
}

#define LOGGED(f) cmocka_unit_test_setup_teardown(f, reset, reset)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		LOGGED(writes_one_line_with_time_program_and_level),
		LOGGED(speaks_journal_where_the_journal_listens),
		LOGGED(one_call_is_one_line_whatever_it_holds),
		LOGGED(cuts_what_is_too_long),
		LOGGED(debug_is_off_until_a_domain_asks_for_it),
		LOGGED(level_keeps_lesser_lines_out),
	};
	return unit_run("base/log", tests, ARRAY_LEN(tests));
}
