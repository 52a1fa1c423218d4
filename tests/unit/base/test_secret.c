/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/files.h"
#include "base/mem.h"
#include "base/secret.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void keeps_a_terminated_copy(void **state)
{
	struct secret s AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;
	char given[] = "hunter2";

	(void)state;
	unit_assert_ok(secret_set(&s, given, 7, &e), &e);
	given[0] = 'X';
	assert_int_equal(s.len, 7);
	assert_string_equal((char *)s.data, "hunter2");
	unit_assert_ok(secret_set(&s, "", 0, &e), &e);
	assert_int_equal(s.len, 0);
	assert_string_equal((char *)s.data, "");
}

static void takes_a_part_of_itself(void **state)
{
	struct secret s AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(secret_set(&s, "0123456789", 10, &e), &e);
	unit_assert_ok(secret_set(&s, s.data + 3, 4, &e), &e);
	assert_string_equal((char *)s.data, "3456");
}

static void holds_its_limit(void **state)
{
	struct secret s AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(secret_set(&s, "old", 3, &e), &e);
	unit_assert_ok(secret_alloc(&s, SECRET_MAX_BYTES, &e), &e);
	assert_false(secret_alloc(&s, SECRET_MAX_BYTES + 1, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	assert_int_equal(s.len, SECRET_MAX_BYTES); /* untouched */
}

static void is_untouched_when_memory_is_short(void **state)
{
	struct secret s AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(secret_set(&s, "old", 3, &e), &e);
	mem_fail_at(1);
	assert_false(secret_set(&s, "new", 3, &e));
	assert_int_equal(e.code, ERR_NOMEM);
	assert_string_equal((char *)s.data, "old");
}

static void moves_without_a_copy(void **state)
{
	struct secret a AUTO_SECRET = SECRET_INIT, b AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;
	uint8_t *where;

	(void)state;
	unit_assert_ok(secret_set(&a, "one", 3, &e), &e);
	unit_assert_ok(secret_set(&b, "two", 3, &e), &e);
	where = a.data;
	secret_move(&b, &a);
	assert_ptr_equal(b.data, where);
	assert_null(a.data);
	secret_move(&b, &b);
	assert_string_equal((char *)b.data, "one");
}

/* The page behind a cleared secret is gone or wiped: seen through /proc/self/mem. */
static void leaves_nothing_behind(void **state)
{
	struct secret s = SECRET_INIT;
	struct err e = ERR_INIT;
	char seen[24] = "";
	off_t at;
	int fd;

	(void)state;
	unit_assert_ok(secret_set(&s, "correct horse battery", 21, &e), &e);
	at = (off_t)(uintptr_t)s.data;
	fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, seen, 21, at), 21);
	assert_string_equal(seen, "correct horse battery");
	secret_clear(&s);
	memset(seen, 0, sizeof(seen));
	(void)!pread(fd, seen, 21, at); /* an error is fine: the page is gone */
	assert_string_not_equal(seen, "correct horse battery");
	assert_null(memmem(seen, sizeof(seen), "battery", 7));
	close(fd);
}

/* Reads hex digits of any number, as /proc writes addresses. */
static uintptr_t address_at(const char *s)
{
	static const char digits[] = "0123456789abcdef";
	uintptr_t value = 0;

	for (const char *d; *s && (d = strchr(digits, *s)); s++)
		value = value * 16 + (uintptr_t)(d - digits);
	return value;
}

static bool is_between(const char *from, const char *dash, uintptr_t p)
{
	return p >= address_at(from) && p < address_at(dash + 1);
}

/* VmFlags of the mapping says dd: not in a core dump. */
static void is_kept_out_of_core_dumps(void **state)
{
	struct secret s AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;
	char line[512];
	bool in_it = false, found = false;
	FILE *maps;

	(void)state;
	unit_assert_ok(secret_random(&s, 32, &e), &e);
	maps = fopen("/proc/self/smaps", "re");
	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		char *dash = strchr(line, '-');

		if (dash && strchr(line, ' ') > dash && line[0] != 'V') {
			in_it = is_between(line, dash, (uintptr_t)s.data);
		} else if (in_it && strncmp(line, "VmFlags:", 8) == 0) {
			found = strstr(line, " dd") != NULL;
		}
	}
	fclose(maps);
	assert_true(found);
}

static void reads_a_file_without_its_last_newline(void **state)
{
	struct secret s AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;
	static const struct {
		const char *content, *wanted;
	} cases[] = {
		{"pass", "pass"}, {"pass\n", "pass"}, {"pass\r\n", "pass"},
		{"\n", ""},	  {"", ""},	      {"two\n\n", "two\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		unit_assert_ok(file_replace(unit_path("p"), 0600, span_str(cases[i].content), &e),
			       &e);
		unit_assert_ok(secret_read_file(&s, unit_path("p"), &e), &e);
		assert_string_equal((char *)s.data, cases[i].wanted);
	}
	assert_false(secret_read_file(&s, unit_path("none"), &e));
	unit_assert_reason(&e, "file.not_found");
}

static void compares_lengths_and_bytes(void **state)
{
	(void)state;
	assert_true(secret_equal(span_str("abc"), span_str("abc")));
	assert_true(secret_equal(span_str(""), span_of(NULL, 0)));
	assert_false(secret_equal(span_str("abc"), span_str("abd")));
	assert_false(secret_equal(span_str("abc"), span_str("abcd")));
}

static void random_bytes_differ(void **state)
{
	uint8_t a[32] = {0}, b[32] = {0};

	(void)state;
	random_bytes(a, sizeof(a));
	random_bytes(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_a_terminated_copy),
		cmocka_unit_test(takes_a_part_of_itself),
		cmocka_unit_test(holds_its_limit),
		cmocka_unit_test(is_untouched_when_memory_is_short),
		cmocka_unit_test(moves_without_a_copy),
		cmocka_unit_test(leaves_nothing_behind),
		cmocka_unit_test(is_kept_out_of_core_dumps),
		cmocka_unit_test(reads_a_file_without_its_last_newline),
		cmocka_unit_test(compares_lengths_and_bytes),
		cmocka_unit_test(random_bytes_differ),
	};
	return unit_run("base/secret", tests, ARRAY_LEN(tests));
}
