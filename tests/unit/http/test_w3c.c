/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/buf.h"
#include "base/files.h"
#include "http/w3c.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

#define LINE_PATH 1990 /* octets, so that many lines are soon too many */

/* Reads lines of the log until its end; how many there are. */
static size_t count_lines(int fd)
{
	static char piece[1 << 16];
	size_t n = 0;
	ssize_t got;

	while ((got = read(fd, piece, sizeof(piece))) > 0)
		for (ssize_t i = 0; i < got; i++)
			n += piece[i] == '\n';
	return n;
}

struct waiter {
	struct w3c_log *log;
	size_t n_lines;
	int fd;
};

static void *read_all(void *arg)
{
	struct waiter *w = arg;

	w->n_lines = count_lines(w->fd);
	return NULL;
}

/* The day's file is a pipe that nobody reads: a disk that hangs. What waits for it has a limit, and what is dropped is
 * told. */
static void drops_and_counts_what_a_slow_disk_cannot_take(void **state)
{
	char path[LINE_PATH + 1];
	struct w3c_line line = {
		.time_s = NOON, .server_ip = "::1", .client_ip = "::1", .path = path};
	const size_t n = W3C_BACKLOG_MAX / LINE_PATH + 1000;
	struct waiter w = {.n_lines = 0};
	struct err e = ERR_INIT;
	pthread_t thread;

	(void)state;
	memset(path, 'p', LINE_PATH);
	path[LINE_PATH] = '\0';
	unit_assert_ok(dir_make(unit_path("slow"), 0700, &e), &e);
	assert_int_equal(mkfifo(unit_path("slow/u_ex261122.log"), 0600), 0);
	unit_assert_ok(w3c_open(unit_path("slow"), &w.log, &e), &e);
	w3c_add(w.log, &line);
	w.fd = open(unit_path("slow/u_ex261122.log"), O_RDONLY); /* when the writer is there */
	assert_true(w.fd >= 0);
	for (size_t i = 0; i < n; i++) /* the pipe takes some */
		w3c_add(w.log, &line);
	for (size_t i = 0; i < n; i++)
		w3c_add(w.log, &line);
	unit_expect_log("http.log"); /* dropped= */
	assert_int_equal(pthread_create(&thread, NULL, read_all, &w), 0);
	w3c_close(w.log);
	assert_int_equal(pthread_join(thread, NULL), 0);
	close(w.fd);
	/* the one that was on its way with what it had taken, and a whole backlog behind it */
	assert_true(w.n_lines >= W3C_BACKLOG_MAX / (LINE_PATH + 100));
	assert_true(w.n_lines <= 2 * W3C_BACKLOG_MAX / LINE_PATH + 10);
	assert_true(w.n_lines < 2 * n + 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_a_column_that_no_reader_can_take_for_two),
		cmocka_unit_test(cuts_a_long_column_between_characters),
		cmocka_unit_test(writes_a_file_a_day_with_one_header),
		cmocka_unit_test(drops_and_counts_what_a_slow_disk_cannot_take),
	};

	return unit_run("http/w3c", tests, ARRAY_LEN(tests));
}
