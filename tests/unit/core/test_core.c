/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/core.h"

#include "base/files.h"
#include "base/reason.h"
#include "core/audit.h"
#include "core/certs/certs.h"
#include "core/certs/keys.h"
#include "core/tx.h"
#include "lib/core_fixture.h"
#include "lib/unit.h"
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct err e;

static mode_t mode_of(const char *name)
{
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", fixture_state_dir(), name);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void makes_a_state_directory_that_is_closed_to_others(void **state)
{
	struct core *c AUTO_CORE = NULL;

	(void)state;
	assert_false(core_open(fixture_state_dir(), false, NULL, &c, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_null(c);
	c = fixture_open();
	assert_int_equal(mode_of("."), 0700);
	assert_int_equal(mode_of("master.key"), 0600);
	assert_int_equal(mode_of("db.sqlite"), 0600);
	assert_int_equal(mode_of("db.sqlite-wal"), 0600);
	assert_int_equal(core_master(c)->len, 32);
}

static void closes_its_own_directory_but_nobody_elses(void **state)
{
	struct core *c = NULL;

	(void)state;
	assert_int_equal(mkdir(fixture_state_dir(), 0755), 0);
	c = fixture_open(); /* empty: ours */
	core_close(c);
	assert_int_equal(mode_of("."), 0700);
	assert_int_equal(mkdir(unit_path("home"), 0755), 0);
	unit_assert_ok(file_write_new(unit_path("home/letter"), 0644, span_str("dear"), &e), &e);
	c = NULL;
	assert_false(core_open(unit_path("home"), true, NULL, &c, &e));
	assert_int_equal(e.code, ERR_INVALID);
	assert_null(c);
	assert_false(core_open("/tmp", true, NULL, &c, &e));
	assert_int_equal(e.code, ERR_INVALID);
}

/* Runs in a child of another user, since only root can become one. */
static int open_as_nobody(const char *dir)
{
	struct core *c = NULL;
	struct err why = ERR_INIT;

	if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0)
		return 9;
	if (core_open(dir, true, NULL, &c, &why))
		return 1;
	return err_is(&why, "auth.not_owner") && err_public(&why)->exit == 5 ? 0 : 2;
}

static void other_users_are_refused(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	int status = 0;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(open_as_nobody(fixture_state_dir()));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void root_leaves_the_owner_his_files(void **state)
{
	static const char *const files[] = {"db.sqlite", "db.lock", "master.key", "db.sqlite-wal"};
	struct core *c AUTO_CORE = NULL;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdir(fixture_state_dir(), 0700), 0);
	assert_int_equal(chown(fixture_state_dir(), 4242, 4242), 0);
	c = fixture_open();
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		char path[4096];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", fixture_state_dir(), files[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_uid, 4242);
	}
}

static void opens_without_its_master_key_and_says_so(void **state)
{
	struct core *c = fixture_open();
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct cert *cert AUTO_CERT = NULL;
	char path[4096];

	(void)state;
	json_decref(fixture_import(c, "server.pfx", "My"));
	core_close(c);
	snprintf(path, sizeof(path), "%s/master.key", fixture_state_dir());
	assert_int_equal(unlink(path), 0);
	c = fixture_open();
	assert_int_equal(core_master(c)->len, 0);
	assert_false(file_exists(path)); /* another one would make the loss final */
	unit_assert_ok(certs_find(c, fixture_id("server.crt"), &cert, &e), &e);
	assert_false(keys_load_for(c, cert, &key, &e));
	unit_assert_reason(&e, "master_key.missing");
	core_close(c);
	unit_assert_ok(file_write_new(path, 0600,
				      span_str("000102030405060708090a0b0c0d0e0f"
					       "101112131415161718191a1b1c1d1e1f\n"),
				      &e),
		       &e);
	c = fixture_open();
	assert_int_equal(core_master(c)->len, 0);
	assert_false(keys_load_for(c, cert, &key, &e));
	unit_assert_reason(&e, "seal.broken");
	core_close(c);
}

static void inner_failure_takes_the_whole_back(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct tx outer AUTO(tx_end) = TX_INIT, inner AUTO(tx_end) = TX_INIT;
	int64_t n = 0;

	(void)state;
	unit_assert_ok(tx_begin(c, &outer, &e), &e);
	unit_assert_ok(tx_bump(c, COUNTER_TLS_GENERATION, NULL, &e), &e);
	unit_assert_ok(tx_begin(c, &inner, &e), &e);
	tx_end(&inner);
	assert_false(tx_commit(&outer, &e));
	unit_assert_ok(core_counter(c, CORE_TLS_GENERATION, &n, &e), &e);
	assert_int_equal(n, 1);
	assert_int_equal(fixture_published(), 0);
}

/* Many programs that meet a new state directory at once: one master key, one chain. */
static int open_and_write(void)
{
	struct core *c = NULL;
	struct err why = ERR_INIT;
	char name[32];
	bool good;

	snprintf(name, sizeof(name), "Store %d", (int)getpid());
	good = core_open(fixture_state_dir(), true, NULL, &c, &why) &&
	       stores_create(c, &fixture_admin, name, &why);
	core_close(c);
	return good ? 0 : 1;
}

static void many_meet_a_new_directory_at_once(void **state)
{
	struct core *c AUTO_CORE = NULL;
	json_t *o AUTO_JSON = NULL;
	pid_t pids[8];

	(void)state;
	(void)fixture_state_dir(); /* made before the fork */
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(open_and_write());
	}
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		int status = -1;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	c = fixture_open();
	assert_int_equal(core_master(c)->len, 32);
	unit_assert_ok(audit_verify(c, &o, &e), &e);
	assert_string_equal(fixture_at(o, "intact"), "true");
	assert_string_equal(fixture_at(o, "rows"), "8");
}

static int notes;

static void note_count(void *arg, const char *topic, const json_t *what)
{
	(void)arg;
	assert_string_equal(topic, "test");
	assert_non_null(what);
	notes++;
}

static void notifies_after_the_commit_alone(void **state)
{
	const struct core_hooks hooks = {.notify = note_count};
	struct core *c AUTO_CORE = fixture_open();
	struct tx tx AUTO(tx_end) = TX_INIT;

	(void)state;
	core_set_hooks(c, &hooks);
	notes = 0;
	unit_assert_ok(tx_begin(c, &tx, &e), &e);
	tx_note(c, "test", json_object());
	tx_end(&tx);
	assert_int_equal(notes, 0);
	unit_assert_ok(tx_begin(c, &tx, &e), &e);
	for (int i = 0; i < 100; i++)
		tx_note(c, "test", json_object());
	assert_int_equal(notes, 0);
	unit_assert_ok(tx_commit(&tx, &e), &e);
	assert_int_equal(notes, 64); /* NOTES_MAX; the rest is merged */
}

static bool unserved(void *arg, int64_t *out, struct err *why)
{
	(void)out;
	return err_set(why, *(const enum err_code *)arg, "no answer");
}

static void stored_but_not_served_is_told(void **state)
{
	enum err_code code = ERR_UNREACHABLE;
	const struct core_hooks hooks = {.arg = &code, .publish = unserved};
	struct core *c AUTO_CORE = fixture_open();
	const struct actor *by = &fixture_admin;

	(void)state;
	core_set_hooks(c, &hooks);
	unit_assert_ok(stores_create(c, by, "One", &e), &e); /* no console runs: fine */
	code = ERR_TIMEOUT;
	assert_false(stores_create(c, by, "Two", &e));
	assert_int_equal(e.code, ERR_TIMEOUT);
	assert_non_null(strstr(e.text, "is stored"));
	assert_false(stores_create(c, by, "Two", &e));
	unit_assert_reason(&e, "store.exists");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_a_state_directory_that_is_closed_to_others),
		cmocka_unit_test(closes_its_own_directory_but_nobody_elses),
		cmocka_unit_test(other_users_are_refused),
		cmocka_unit_test(root_leaves_the_owner_his_files),
		cmocka_unit_test(opens_without_its_master_key_and_says_so),
		cmocka_unit_test(many_meet_a_new_directory_at_once),
		cmocka_unit_test(inner_failure_takes_the_whole_back),
		cmocka_unit_test(notifies_after_the_commit_alone),
		cmocka_unit_test(stored_but_not_served_is_told),
	};

	return unit_run("core/core", tests, ARRAY_LEN(tests));
}
