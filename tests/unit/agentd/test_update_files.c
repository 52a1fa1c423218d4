/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/update_files.h"

#include "agentd/update_folder.h"
#include "base/files.h"
#include "base/text.h"
#include "lib/package_maker.h"
#include "lib/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int dir = -1;
static struct err e;
static struct agent_update item;

static int begin(void **state)
{
	(void)state;
	e = (struct err)ERR_INIT;
	item = (struct agent_update){.package = "engine", .version = "1.0"};
	unit_assert_ok(update_dir_open(unit_dir(), &dir, &e), &e);
	return 0;
}

static int end(void **state)
{
	(void)state;
	fd_autop(&dir);
	dir = -1;
	return 0;
}

static const char *at(const char *name)
{
	static char path[4096];

	(void)snprintf(path, sizeof(path), "%s/updates/%s", unit_dir(), name);
	return path;
}

static void write_at(const char *name, const char *content)
{
	unit_assert_ok(file_replace(at(name), 0600, span_str(content), &e), &e);
}

static void holds(const char *name, const char *content)
{
	struct buf got AUTO_BUF = BUF_INIT;

	unit_assert_ok(file_read(at(name), 1000, &got, &e), &e);
	unit_assert_span(buf_span(&got), span_str(content));
}

static bool install(const char *version, const char *content)
{
	json_t *files = json_pack("[o]", package_entry("a", content, (json_int_t)strlen(content)));
	int zip = package_of(package_manifest_of("engine", version, files), content);
	bool good;

	text_copy(item.version, sizeof(item.version), version);
	e = (struct err)ERR_INIT;
	good = update_install(dir, &item, zip, &e);
	(void)close(zip);
	return good;
}

static void installs_whole_and_switches(void **state)
{
	char now[PACKAGE_NAME_MAX + 1];

	(void)state;
	update_installed(dir, "engine", now);
	assert_string_equal(now, "");
	unit_assert_ok(install("1.0", "first"), &e);
	holds("installed/engine/current/a", "first");
	update_installed(dir, "engine", now);
	assert_string_equal(now, "1.0");
	assert_int_equal(item.unpacked, 5);
	unit_assert_ok(install("2.0", "second"), &e);
	holds("installed/engine/current/a", "second");
	holds("installed/engine/1.0/a", "first");
}

static void the_same_version_of_another_content_is_swapped(void **state)
{
	(void)state;
	unit_assert_ok(install("1.0", "first"), &e);
	unit_assert_ok(install("1.0", "other"), &e);
	holds("installed/engine/current/a", "other");
}

static void what_does_not_install_leaves_nothing_and_the_old_one_stays(void **state)
{
	struct agent_update like;

	(void)state;
	unit_assert_ok(install("1.0", "first"), &e);
	like = item;
	text_copy(like.installed, sizeof(like.installed), "1.0");
	/* another content than the manifest's; then a package that calls itself otherwise */
	for (int n = 0; n < 2; n++) {
		json_t *files = json_pack("[o]", package_entry("a", "said", 4));
		int zip = package_of(package_manifest_of("engine", n ? "9" : "2.0", files),
				     n ? "said" : "done");

		text_copy(item.version, sizeof(item.version), "2.0");
		e = (struct err)ERR_INIT;
		assert_false(update_install(dir, &item, zip, &e));
		unit_assert_reason(&e, "package.manifest");
		(void)close(zip);
	}
	holds("installed/engine/current/a", "first");
	assert_false(file_exists(at("installed/engine/2.0")));
	update_versions_sweep(dir, &like);
	holds("installed/engine/current/a", "first");
}

static void what_a_kill_left_behind_is_swept(void **state)
{
	struct agent_updates u = {.n = 1};

	(void)state;
	unit_assert_ok(install("1.0", "first"), &e);
	assert_int_equal(mkdir(at("installed/engine/.new-0123"), 0700), 0);
	write_at("installed/engine/.new-0123/half", "ha");
	assert_int_equal(mkdir(at("installed/engine/0.8"), 0700), 0);
	assert_int_equal(mkdir(at("installed/engine/0.9"), 0700), 0);
	write_at("incoming/engine-1.0.zip", "done with");
	write_at("incoming/other-3.zip.part", "wanted");
	write_at("incoming/stranger", "whatever");
	text_copy(item.installed, sizeof(item.installed), "1.0");
	text_copy(item.previous, sizeof(item.previous), "0.9");
	u.items[0] = item;
	u.n = 2;
	u.items[1] = (struct agent_update){
		.package = "other", .version = "3", .state = AGENT_UPDATE_DOWNLOADING};
	update_sweep(dir, &u);
	holds("installed/engine/current/a", "first");
	assert_true(file_exists(at("installed/engine/0.9")));
	assert_false(file_exists(at("installed/engine/0.8")));
	assert_false(file_exists(at("installed/engine/.new-0123")));
	assert_false(file_exists(at("incoming/engine-1.0.zip")));
	assert_true(file_exists(at("incoming/other-3.zip.part")));
	assert_false(file_exists(at("incoming/stranger")));
}

static void so_many_files_set_aside_are_kept(void **state)
{
	struct agent_updates u = {.n = 1};
	char name[64];
	int kept = 0;

	(void)state;
	item.state = AGENT_UPDATE_FAILED;
	u.items[0] = item;
	write_at("engine-1.0.zip_Invalid", "needed");
	for (int n = 0; n < UPDATE_INVALID_KEPT + 3; n++) {
		struct timespec when[2] = {{.tv_sec = 1000 + n}, {.tv_sec = 1000 + n}};

		(void)snprintf(name, sizeof(name), "old-%d.zip_Invalid", n);
		write_at(name, "wrong");
		assert_int_equal(utimensat(AT_FDCWD, at(name), when, 0), 0);
	}
	update_sweep(dir, &u);
	for (int n = 0; n < UPDATE_INVALID_KEPT + 3; n++) {
		(void)snprintf(name, sizeof(name), "old-%d.zip_Invalid", n);
		kept += file_exists(at(name));
		assert_int_equal(file_exists(at(name)), n >= 3);
	}
	assert_int_equal(kept, UPDATE_INVALID_KEPT);
	holds("engine-1.0.zip_Invalid", "needed");
}

static void follows_no_link_out_of_its_folder(void **state)
{
	int fd = -1;

	(void)state;
	assert_int_equal(mkdir(unit_path("outside"), 0700), 0);
	assert_int_equal(symlink(unit_path("outside"), at("installed/engine")), 0);
	assert_false(install("1.0", "first"));
	assert_int_equal(symlink(unit_path("outside"), at("incoming/engine-1.0.zip")), 0);
	assert_false(update_file_open(dir, &item, UPDATE_FILE_ZIP, O_RDWR | O_CREAT, &fd, &e));
	assert_false(update_file_is_there(dir, &item, UPDATE_FILE_ZIP));
	assert_false(file_exists(unit_path("outside/1.0")));
	/* removed is the link, and not where it leads to */
	update_folder_remove(dir, "installed/engine");
	assert_true(file_exists(unit_path("outside")));
}

static void a_disk_without_room_is_said(void **state)
{
	(void)state;
	unit_assert_ok(update_room(dir, 0, &e), &e);
	assert_false(update_room(dir, INT64_MAX / 2, &e));
	unit_assert_reason(&e, "update.space");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(installs_whole_and_switches, begin, end),
		cmocka_unit_test_setup_teardown(the_same_version_of_another_content_is_swapped,
						begin, end),
		cmocka_unit_test_setup_teardown(
			what_does_not_install_leaves_nothing_and_the_old_one_stays, begin, end),
		cmocka_unit_test_setup_teardown(what_a_kill_left_behind_is_swept, begin, end),
		cmocka_unit_test_setup_teardown(so_many_files_set_aside_are_kept, begin, end),
		cmocka_unit_test_setup_teardown(follows_no_link_out_of_its_folder, begin, end),
		cmocka_unit_test_setup_teardown(a_disk_without_room_is_said, begin, end),
	};

	return unit_run("agentd/update_files", tests, ARRAY_LEN(tests));
}
