/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/files.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/reading/zip.h"
#include "core/updates/package.h"
#include "lib/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Limits of update packages, from both sides. */

#define DIGEST "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static struct err e;
#define OK(call) unit_assert_ok((call), &e)

/* A package of nothing but this manifest; yours to close. */
static int package_of(struct span manifest)
{
	struct zip_member m = {.name = "manifest.json"};
	struct zip z = {.members = &m, .n = 1};
	struct buf packed AUTO_BUF = BUF_INIT;

	buf_add_span(&m.data, manifest);
	OK(zip_write(&z, NULL, 1767225600, &packed, &e));
	buf_clear(&m.data);
	OK(file_replace(unit_path("p.zip"), 0600, buf_span(&packed), &e));
	int fd = open(unit_path("p.zip"), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static bool reads(struct span manifest)
{
	json_t *out AUTO_JSON = NULL;
	int fd = package_of(manifest);

	e = (struct err)ERR_INIT;
	bool good = package_manifest(fd, &out, &e);
	(void)close(fd);
	return good;
}

/* A manifest of n files of this size each, with blanks behind it up to len octets. */
static void manifest_of(struct buf *out, size_t n, long long size, size_t len)
{
	buf_init(out, PACKAGE_MANIFEST_MAX_BYTES + 10);
	buf_add_str(out, "{\"package\":\"p\",\"version\":\"1\",\"files\":[");
	for (size_t i = 0; i < n; i++)
		buf_printf(
			out,
			"%s{\"name\":\"f%zu\",\"version\":\"1\",\"size\":%lld,\"sha256\":\"" DIGEST
			"\"}",
			i ? "," : "", i, size);
	buf_add_str(out, "]}");
	while (out->len < len)
		buf_add_char(out, ' ');
	assert_true(buf_ok(out));
}

static void bytes_of_a_manifest(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct buf m AUTO_BUF = BUF_INIT;

		manifest_of(&m, 1, 1, PACKAGE_MANIFEST_MAX_BYTES + more);
		assert_int_equal(reads(buf_span(&m)), more == 0);
		if (more == 1)
			unit_assert_reason(&e, "package.manifest");
	}
}

static void files_of_a_package(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct buf m AUTO_BUF = BUF_INIT;

		manifest_of(&m, PACKAGE_MEMBERS_MAX + more, 1, 0);
		assert_int_equal(reads(buf_span(&m)), more == 0);
		if (more == 1)
			unit_assert_reason(&e, "package.manifest");
	}
}

static void bytes_of_a_members_name(void **state)
{
	char name[200 + 2]; /* NAME_MAX_BYTES */

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct buf m AUTO_BUF = BUF_INIT;

		memset(name, 'n', sizeof name);
		name[200 + more] = '\0';
		buf_printf(&m,
			   "{\"package\":\"p\",\"version\":\"1\",\"files\":[{\"name\":\"%s\","
			   "\"version\":\"1\",\"size\":1,\"sha256\":\"" DIGEST "\"}]}",
			   name);
		assert_int_equal(reads(buf_span(&m)), more == 0);
		if (more == 1)
			unit_assert_reason(&e, "package.manifest");
	}
}

static void bytes_that_a_package_unpacks_to(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct buf m AUTO_BUF = BUF_INIT;

		manifest_of(&m, 2, PACKAGE_MAX_BYTES / 2 + (long long)more, 0);
		assert_int_equal(reads(buf_span(&m)), more == 0);
		if (more == 1)
			unit_assert_reason(&e, "zip.bomb");
	}
}

/* Told by its size, before a byte of it is read. */
static void bytes_of_a_package(void **state)
{
	struct cert_list none = CERT_LIST_INIT;
	struct package_check check AUTO_PACKAGE_CHECK = {.good = false};
	struct trust_view *view = NULL;
	int fd = open(unit_path("big.zip"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	assert_true(fd >= 0 && ftruncate(fd, PACKAGE_MAX_BYTES + 1) == 0);
	OK(package_view_new(&none, &none, &none, &view, &e));
	assert_false(package_check(fd, span_str("x"), view, 1795305600, &check, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	trust_view_unref(view);
	(void)close(fd);
}

static void bytes_of_a_packages_name(void **state)
{
	char name[PACKAGE_NAME_MAX + 2];

	(void)state;
	memset(name, 'a', sizeof name);
	name[PACKAGE_NAME_MAX] = '\0';
	assert_true(package_name_is_plain(name));
	name[PACKAGE_NAME_MAX] = 'a';
	name[PACKAGE_NAME_MAX + 1] = '\0';
	assert_false(package_name_is_plain(name));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_of_a_manifest),
		cmocka_unit_test(files_of_a_package),
		cmocka_unit_test(bytes_of_a_members_name),
		cmocka_unit_test(bytes_that_a_package_unpacks_to),
		cmocka_unit_test(bytes_of_a_package),
		cmocka_unit_test(bytes_of_a_packages_name),
	};

	return unit_run("core/limits_package", tests, ARRAY_LEN(tests));
}
