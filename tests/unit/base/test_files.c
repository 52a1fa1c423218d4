/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

static int entries_in_dir(void)
{
	DIR *d = opendir(unit_dir());
	int n = 0;

	assert_non_null(d);
	for (struct dirent *entry; (entry = readdir(d));)
		n += entry->d_name[0] != '.';
	closedir(d);
	return n;
}

static void assert_content(const char *path, const char *wanted)
{
	struct buf content AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;

	unit_assert_ok(file_read(path, 1000, &content, &e), &e);
	assert_string_equal(buf_str(&content), wanted);
}

static void reads_what_it_wrote_with_the_mode_it_was_given(void **state)
{
	struct err e = ERR_INIT;
	struct stat st;
	mode_t mask = umask(077);

	(void)state;
	unit_assert_ok(file_replace(unit_path("f"), 0644, span_str("one"), &e), &e);
	umask(mask);
	assert_content(unit_path("f"), "one");
	assert_int_equal(stat(unit_path("f"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	unit_assert_ok(file_replace(unit_path("f"), 0600, span_str("two"), &e), &e);
	assert_content(unit_path("f"), "two");
	assert_int_equal(entries_in_dir(), 1);
}

static void never_writes_over_an_existing_file_when_told_so(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(file_write_new(unit_path("f"), 0600, span_str("first"), &e), &e);
	assert_false(file_write_new(unit_path("f"), 0600, span_str("second"), &e));
	unit_assert_reason(&e, "file.exists");
	assert_content(unit_path("f"), "first");
	assert_int_equal(entries_in_dir(), 1);
}

static void replaces_a_link_and_not_what_it_points_to(void **state)
{
	struct err e = ERR_INIT;
	struct stat st;

	(void)state;
	unit_assert_ok(file_replace(unit_path("target"), 0600, span_str("t"), &e), &e);
	assert_int_equal(symlink("target", unit_path("link")), 0);
	unit_assert_ok(file_replace(unit_path("link"), 0600, span_str("new"), &e), &e);
	assert_content(unit_path("target"), "t");
	assert_int_equal(lstat(unit_path("link"), &st), 0);
	assert_true(S_ISREG(st.st_mode));
}

static void leaves_the_old_file_when_it_cannot_write(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_false(file_replace(unit_path("no/such/folder"), 0600, span_str("x"), &e));
	unit_assert_reason(&e, "file.not_found");
	assert_int_equal(mkdir(unit_path("d"), 0700), 0);
	assert_false(file_replace(unit_path("d"), 0600, span_str("x"), &e)); /* a folder */
	assert_int_equal(e.code, ERR_IO);
	assert_int_equal(entries_in_dir(), 1);
}

static void reads_up_to_its_limit_and_no_byte_more(void **state)
{
	struct buf content AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(file_replace(unit_path("f"), 0600, span_str("12345"), &e), &e);
	unit_assert_ok(file_read(unit_path("f"), 5, &content, &e), &e);
	buf_clear(&content);
	assert_false(file_read(unit_path("f"), 4, &content, &e));
	unit_assert_reason(&e, "limit.file");
}

static void refuses_folders_devices_and_what_is_not_there(void **state)
{
	struct buf content AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;

	(void)state;
	assert_false(file_read(unit_path("none"), 5, &content, &e));
	unit_assert_reason(&e, "file.not_found");
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_false(file_read(unit_dir(), 5, &content, &e));
	unit_assert_reason(&e, "file.not_regular");
	assert_false(file_read("/dev/zero", 5, &content, &e));
	unit_assert_reason(&e, "file.not_regular");
}

static void reads_from_a_pipe(void **state)
{
	struct buf content AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	char path[64];
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write(ends[1], "through", 7), 7);
	close(ends[1]);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	unit_assert_ok(file_read(path, 100, &content, &e), &e);
	close(ends[0]);
	assert_string_equal(buf_str(&content), "through");
}

static void makes_folders_with_their_parents(void **state)
{
	struct err e = ERR_INIT;
	struct stat st;

	(void)state;
	unit_assert_ok(dir_make(unit_path("a/b/c"), 0700, &e), &e);
	assert_int_equal(stat(unit_path("a/b/c"), &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(st.st_mode & 077, 0);
	unit_assert_ok(dir_make(unit_path("a/b/c"), 0700, &e), &e);
	unit_assert_ok(file_replace(unit_path("file"), 0600, span_str("x"), &e), &e);
	assert_false(dir_make(unit_path("file"), 0700, &e));
	assert_false(dir_make(unit_path("file/below"), 0700, &e));
	assert_false(dir_make("", 0700, &e));
}

static void joins_paths_that_fit(void **state)
{
	char out[8];
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(path_join(out, sizeof(out), "abc", "def", &e), &e);
	assert_string_equal(out, "abc/def");
	unit_assert_ok(path_join(out, sizeof(out), "abc/", "def", &e), &e);
	assert_string_equal(out, "abc/def");
	unit_assert_ok(path_join(out, sizeof(out), "", "def", &e), &e);
	assert_string_equal(out, "def");
	assert_false(path_join(out, sizeof(out), "abcd", "def", &e));
	assert_int_equal(e.code, ERR_LIMIT);
}

/* A reader sees the old or the new content, whenever it looks. */
static void readers_never_see_a_half(void **state)
{
	char a[5000], b[3000];
	struct err e = ERR_INIT;
	pid_t writer;
	int status;

	(void)state;
	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	unit_assert_ok(file_replace(unit_path("f"), 0600, span_of(a, sizeof(a)), &e), &e);
	writer = fork();
	if (writer == 0) {
		for (int i = 0; i < 60; i++)
			if (!file_replace(unit_path("f"), 0600,
					  i % 2 ? span_of(a, sizeof(a)) : span_of(b, sizeof(b)),
					  &e))
				_exit(1);
		_exit(0);
	}
	while (waitpid(writer, &status, WNOHANG) == 0) {
		struct buf content AUTO_BUF = BUF_INIT;

		unit_assert_ok(file_read(unit_path("f"), 10000, &content, &e), &e);
		assert_true(span_equal(buf_span(&content), span_of(a, sizeof(a))) ||
			    span_equal(buf_span(&content), span_of(b, sizeof(b))));
	}
	assert_int_equal(status, 0);
}

static void sweeps_away_what_a_killed_writer_left(void **state)
{
	static const char *const stay[] = {"f", "f.tmp", "f.0123456789abcdeg.tmp",
					   "g.0123456789abcdef.tmp", "f.0123456789abcdef.tmp.x"};

	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(stay); i++)
		unit_assert_ok(file_replace(unit_path(stay[i]), 0600, span_str("x"), &e), &e);
	unit_assert_ok(file_replace(unit_path("f.0123456789abcdef.tmp"), 0600, span_str("x"), &e),
		       &e);
	file_sweep(unit_path("f"));
	assert_false(file_exists(unit_path("f.0123456789abcdef.tmp")));
	for (size_t i = 0; i < ARRAY_LEN(stay); i++)
		assert_true(file_exists(unit_path(stay[i])));
	file_sweep(unit_path("no/such/folder"));
}

static void says_when_the_disk_has_no_room_and_keeps_a_reserve(void **state)
{
	struct err e = ERR_INIT;
	struct statvfs v;
	int64_t free_bytes;
	int fd = open(unit_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fstatvfs(fd, &v), 0);
	free_bytes = (int64_t)(v.f_bavail * v.f_frsize);
	if (free_bytes < 4 * FILE_RESERVE_BYTES)
		skip();
	unit_assert_ok(file_has_room(fd, free_bytes / 2, "a file", &e), &e);
	/* others use the disk too: the middle of the reserve */
	assert_false(file_has_room(fd, free_bytes - FILE_RESERVE_BYTES / 2, "a file", &e));
	unit_assert_reason(&e, "disk.full");
	(void)close(fd);
}

static void says_that_the_disk_is_full_when_it_fills_while_writing(void **state)
{
	struct err e = ERR_INIT;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_false(file_write_fd(fd, "a thing", span_str("x"), &e));
	unit_assert_reason(&e, "disk.full");
	assert_int_equal(e.sys, ENOSPC);
	assert_non_null(strstr(e.text, "a thing"));
	(void)close(fd);
	assert_false(file_write_fd(fd, "a thing", span_str("x"), &e));
	assert_int_equal(e.sys, EBADF);
	assert_null(e.reason);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sweeps_away_what_a_killed_writer_left),
		cmocka_unit_test(reads_what_it_wrote_with_the_mode_it_was_given),
		cmocka_unit_test(never_writes_over_an_existing_file_when_told_so),
		cmocka_unit_test(replaces_a_link_and_not_what_it_points_to),
		cmocka_unit_test(leaves_the_old_file_when_it_cannot_write),
		cmocka_unit_test(reads_up_to_its_limit_and_no_byte_more),
		cmocka_unit_test(refuses_folders_devices_and_what_is_not_there),
		cmocka_unit_test(reads_from_a_pipe),
		cmocka_unit_test(makes_folders_with_their_parents),
		cmocka_unit_test(joins_paths_that_fit),
		cmocka_unit_test(readers_never_see_a_half),
		cmocka_unit_test(says_when_the_disk_has_no_room_and_keeps_a_reserve),
		cmocka_unit_test(says_that_the_disk_is_full_when_it_fills_while_writing),
	};
	return unit_run("base/files", tests, ARRAY_LEN(tests));
}
