/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/updates/package.h"

#include "base/mem.h"
#include "lib/package_maker.h"
#include "lib/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int n_files;

static bool reads(int fd, struct err *e)
{
	json_t *m = NULL;
	bool good = package_manifest(fd, &m, e);

	json_decref(m);
	(void)close(fd);
	return good;
}

static void is_refused(int fd, const char *code)
{
	struct err e = ERR_INIT;

	assert_false(reads(fd, &e));
	unit_assert_reason(&e, code);
}

static json_t *one_file(void)
{
	return json_pack("[o]", package_entry("a", "content", 7));
}

static void takes_only_names_that_folders_can_have(void **state)
{
	static const char *const good[] = {"a", "1.0", "engine_2+x-3", "A.B"};
	static const char *const bad[] = {"",	      ".",	 "..",	    ".a",  "-a",
					  "_a",	      "a/b",	 "a\\b",    "a b", "a\n",
					  "\xc3\xa4", "current", "Current", "a:b", "a\"b"};
	char longest[PACKAGE_NAME_MAX + 2];
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(package_name_is_plain(good[i]));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (package_name_is_plain(bad[i]))
			fail_msg("takes '%s'", bad[i]);
	memset(longest, 'x', sizeof(longest));
	longest[PACKAGE_NAME_MAX + 1] = '\0';
	assert_false(package_name_is_plain(longest));
	is_refused(package_of(package_manifest_of(longest, "1", one_file()), "content"),
		   "package.manifest");
	is_refused(package_of(package_manifest_of("p", longest, one_file()), "content"),
		   "package.manifest");
	longest[PACKAGE_NAME_MAX] = '\0';
	assert_true(package_name_is_plain(longest));
	unit_assert_ok(
		reads(package_of(package_manifest_of(longest, longest, one_file()), "content"), &e),
		&e);
}

static void what_a_package_unpacks_to_has_a_limit_in_all(void **state)
{
	struct err e = ERR_INIT;
	json_t *files;

	(void)state;
	files = json_pack("[o, o]", package_entry("a", "", PACKAGE_MAX_BYTES - 1),
			  package_entry("b", "", 1));
	unit_assert_ok(reads(package_of(package_manifest_of("p", "1", files), ""), &e), &e);
	files = json_pack("[o, o]", package_entry("a", "", PACKAGE_MAX_BYTES - 1),
			  package_entry("b", "", 2));
	is_refused(package_of(package_manifest_of("p", "1", files), ""), "zip.bomb");
	files = json_pack("[o]", package_entry("a", "", PACKAGE_MAX_BYTES + 1));
	is_refused(package_of(package_manifest_of("p", "1", files), ""), "package.manifest");
}

static json_t *many(size_t n)
{
	json_t *files = json_array();
	char name[24];

	for (size_t i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "f%zu", i);
		assert_int_equal(json_array_append_new(files, package_entry(name, "", 0)), 0);
	}
	return files;
}

static void a_package_has_so_many_files(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(
		reads(package_of(package_manifest_of("p", "1", many(PACKAGE_MEMBERS_MAX)), ""), &e),
		&e);
	is_refused(package_of(package_manifest_of("p", "1", many(PACKAGE_MEMBERS_MAX + 1)), ""),
		   "package.manifest");
	is_refused(package_of(package_manifest_of("p", "1", many(0)), ""), "package.manifest");
}

/* A manifest that is padded to just so many bytes. */
static int padded(size_t len)
{
	json_t *m = package_manifest_of("p", "1", one_file());
	char *text = json_dumps(m, JSON_COMPACT), *all = mem_alloc(len);

	assert_true(text && all && strlen(text) <= len);
	package_begin();
	memset(all, ' ', len);
	memcpy(all, text, strlen(text));
	package_add(PACKAGE_MANIFEST, all, len);
	free(text); /* jansson's own allocation */
	mem_free(all);
	json_decref(m);
	return package_end();
}

static void a_manifest_has_a_limit_of_size(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(reads(padded(PACKAGE_MANIFEST_MAX_BYTES), &e), &e);
	is_refused(padded(PACKAGE_MANIFEST_MAX_BYTES + 1), "package.manifest");
}

/* Unpacks into a fresh folder, whose entries are counted. */
static bool unpacks(int fd, int *n_out, struct err *e)
{
	char path[4096];
	json_t *m = NULL;
	DIR *d;
	bool good;

	(void)snprintf(path, sizeof(path), "%s/folder-%d", unit_dir(), n_files++);
	assert_int_equal(mkdir(path, 0700), 0);
	d = opendir(path);
	assert_non_null(d);
	good = package_manifest(fd, &m, e) && package_unpack(fd, m, dirfd(d), e);
	json_decref(m);
	(void)close(fd);
	*n_out = -2;
	while (readdir(d))
		(*n_out)++;
	closedir(d);
	return good;
}

static void unpacks_what_the_manifest_says_and_nothing_else(void **state)
{
	struct err e = ERR_INIT;
	char *text;
	json_t *m;
	int n = 0;

	(void)state;
	unit_assert_ok(
		unpacks(package_of(package_manifest_of("p", "1", one_file()), "content"), &n, &e),
		&e);
	assert_int_equal(n, 1);
	/* another content; longer, and shorter than named */
	for (size_t i = 0; i < 3; i++) {
		static const char *const wrong[] = {"contenT", "content and more", "con"};

		e = (struct err)ERR_INIT;
		assert_false(unpacks(
			package_of(package_manifest_of("p", "1", one_file()), wrong[i]), &n, &e));
		assert_true(err_is(&e, "package.manifest"));
	}
	/* a second manifest, of which the first reader saw nothing */
	m = package_manifest_of("p", "1", one_file());
	text = json_dumps(m, JSON_COMPACT);
	package_begin();
	package_add(PACKAGE_MANIFEST, text, strlen(text));
	package_add("a", "content", 7);
	package_add(PACKAGE_MANIFEST, "{}", 2);
	assert_false(unpacks(package_end(), &n, &e));
	assert_true(err_is(&e, "package.manifest"));
	free(text); /* jansson's own allocation */
	json_decref(m);
}

static void a_file_that_is_named_or_packed_twice_is_refused(void **state)
{
	struct err e = ERR_INIT;
	json_t *m = package_manifest_of(
		"p", "1",
		json_pack("[o, o]", package_entry("a", "x", 1), package_entry("a", "x", 1)));
	char *text;
	int n;

	(void)state;
	assert_false(unpacks(package_of(m, "x"), &n, &e));
	assert_true(err_is(&e, "package.manifest"));
	m = package_manifest_of("p", "1", json_pack("[o]", package_entry("a", "x", 1)));
	text = json_dumps(m, JSON_COMPACT);
	package_begin();
	package_add(PACKAGE_MANIFEST, text, strlen(text));
	package_add("a", "x", 1);
	package_add("a", "x", 1);
	assert_false(unpacks(package_end(), &n, &e));
	assert_true(err_is(&e, "package.manifest"));
	free(text); /* jansson's own allocation */
	json_decref(m);
}

/* Compared alone, nothing on disk is in the way of the second one. */
static void a_file_packed_twice_does_not_stand_for_one_that_is_missing(void **state)
{
	struct err e = ERR_INIT;
	json_t *m = package_manifest_of(
		"p", "1",
		json_pack("[o, o]", package_entry("a", "x", 1), package_entry("b", "y", 1)));
	char *text = json_dumps(m, JSON_COMPACT);
	int fd;

	(void)state;
	for (int twice = 0; twice < 2; twice++) {
		package_begin();
		package_add(PACKAGE_MANIFEST, text, strlen(text));
		package_add("a", "x", 1);
		package_add(twice ? "a" : "b", twice ? "x" : "y", 1);
		fd = package_end();
		assert_int_equal(package_unpack(fd, m, -1, &e), !twice);
		(void)close(fd);
	}
	unit_assert_reason(&e, "package.manifest");
	free(text); /* jansson's own allocation */
	json_decref(m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_only_names_that_folders_can_have),
		cmocka_unit_test(what_a_package_unpacks_to_has_a_limit_in_all),
		cmocka_unit_test(a_package_has_so_many_files),
		cmocka_unit_test(a_manifest_has_a_limit_of_size),
		cmocka_unit_test(unpacks_what_the_manifest_says_and_nothing_else),
		cmocka_unit_test(a_file_that_is_named_or_packed_twice_is_refused),
		cmocka_unit_test(a_file_packed_twice_does_not_stand_for_one_that_is_missing),
	};

	return unit_run("core/package", tests, ARRAY_LEN(tests));
}
