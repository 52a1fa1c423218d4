/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/store.h"

#include "lib/unit.h"
#include "store/db.h"
#include "store/migrate.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OK(call) unit_assert_ok((call), &e)

static struct err e;

static int64_t one(struct store *s, const char *sql)
{
	int64_t out = -1;

	OK(db_get_int(s, sql, DB_NO_ARGS, &out, NULL, &e));
	return out;
}

static void makes_a_database_only_when_asked(void **state)
{
	struct store *s AUTO_STORE = NULL;
	struct stat st;

	(void)state;
	assert_false(store_open(unit_dir(), false, &s, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_null(s);
	OK(store_open(unit_dir(), true, &s, &e));
	assert_int_equal(stat(unit_path(STORE_FILE), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(one(s, "PRAGMA foreign_keys"), 1);
	assert_int_equal(one(s, "PRAGMA synchronous"), 2);
	assert_int_equal(one(s, "PRAGMA user_version"), store_schema_version());
	assert_int_equal(one(s, "SELECT count(*) FROM stores"), 9);
	assert_int_equal(one(s, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
}

static void opens_what_is_there_without_changing_it(void **state)
{
	struct store *a = NULL, *b = NULL;
	int64_t n = 0;

	(void)state;
	OK(store_open(unit_dir(), true, &a, &e));
	OK(store_begin(a, &e));
	OK(store_counter_bump(a, COUNTER_CHANGE_SEQ, &n, &e));
	assert_int_equal(n, 1);
	OK(store_commit(a, &e));
	store_close(a);
	OK(store_open(unit_dir(), false, &b, &e));
	OK(store_counter(b, COUNTER_CHANGE_SEQ, &n, &e));
	assert_int_equal(n, 1);
	OK(store_counter(b, COUNTER_TLS_GENERATION, &n, &e));
	assert_int_equal(n, 1);
	store_close(b);
}

static void refuses_a_newer_schema_and_leaves_it_alone(void **state)
{
	struct store *s = NULL;

	(void)state;
	OK(store_open(unit_dir(), true, &s, &e));
	OK(db_script(s, "PRAGMA user_version = 9999", &e));
	store_close(s);
	s = NULL;
	assert_false(store_open(unit_dir(), false, &s, &e));
	assert_true(err_is(&e, "store.newer_schema"));
	assert_null(s);
}

static void names_a_file_that_is_no_database(void **state)
{
	struct store *s = NULL;
	FILE *f = fopen(unit_path(STORE_FILE), "w");

	(void)state;
	for (int i = 0; i < 300; i++)
		fputs("this is no database at all\n", f);
	fclose(f);
	assert_false(store_open(unit_dir(), false, &s, &e));
	assert_true(err_is(&e, "state.corrupt"));
}

static struct store *begun(void)
{
	struct store *s = NULL;

	OK(store_open(unit_dir(), true, &s, &e));
	OK(store_begin(s, &e));
	OK(store_counter_bump(s, COUNTER_TRUST_GENERATION, NULL, &e));
	assert_true(store_in_transaction(s));
	return s;
}

static void is_rolled_back(struct store *s)
{
	int64_t n = 0;

	assert_false(store_in_transaction(s));
	OK(store_counter(s, COUNTER_TRUST_GENERATION, &n, &e));
	assert_int_equal(n, 1);
}

static void rolls_back_what_was_not_committed(void **state)
{
	struct store *s AUTO_STORE = begun();

	(void)state;
	store_rollback(s);
	is_rolled_back(s);
	store_rollback(s);
}

/* The first one on this connection, when SQLite gets no memory any more. */
static void looks_at_one_moment_inside_a_transaction_and_outside(void **state)
{
	struct store *s AUTO_STORE = NULL, *other AUTO_STORE = NULL;
	int64_t n = 0;
	bool begun = false;

	(void)state;
	OK(store_open(unit_dir(), true, &s, &e));
	OK(store_open(unit_dir(), false, &other, &e));
	OK(store_snapshot(s, &begun, &e));
	assert_true(begun);
	OK(store_counter(s, COUNTER_CHANGE_SEQ, &n, &e));
	OK(store_begin(other, &e));
	OK(store_counter_bump(other, COUNTER_CHANGE_SEQ, NULL, &e));
	OK(store_commit(other, &e));
	OK(store_counter(s, COUNTER_CHANGE_SEQ, &n, &e));
	assert_int_equal(n, 0);
	store_snapshot_end(s, begun);
	assert_false(store_in_transaction(s));

	OK(store_begin(s, &e));
	OK(store_counter_bump(s, COUNTER_CHANGE_SEQ, NULL, &e));
	OK(store_snapshot(s, &begun, &e));
	assert_false(begun);
	store_snapshot_end(s, begun);
	OK(store_commit(s, &e));
	OK(store_counter(s, COUNTER_CHANGE_SEQ, &n, &e));
	assert_int_equal(n, 2);
}

static void rolls_back_when_memory_is_short(void **state)
{
	struct store *s AUTO_STORE = begun();
	int64_t n = 0;

	(void)state;
	sqlite3_hard_heap_limit64(1);
	assert_false(db_get_int(s, "SELECT count(*) FROM certificates", DB_NO_ARGS, &n, NULL, &e));
	assert_int_equal(e.code, ERR_NOMEM);
	store_rollback(s);
	sqlite3_hard_heap_limit64(0);
	is_rolled_back(s);
}

static void second_writer_is_told_when_impatient(void **state)
{
	struct store *a AUTO_STORE = NULL, *b AUTO_STORE = NULL;

	(void)state;
	OK(store_open(unit_dir(), true, &a, &e));
	OK(store_open(unit_dir(), false, &b, &e));
	store_set_impatient(b, true);
	OK(store_begin(a, &e));
	assert_false(store_begin(b, &e));
	assert_int_equal(e.code, ERR_BUSY);
	OK(store_commit(a, &e));
	OK(store_begin(b, &e));
}

static void says_whether_a_row_collides_or_is_relied_on(void **state)
{
	struct store *s AUTO_STORE = NULL;

	(void)state;
	OK(store_open(unit_dir(), true, &s, &e));
	assert_false(db_run(s, "INSERT INTO stores (name, builtin, created_at) VALUES (?1, 0, 0)",
			    DB_ARGS(db_t("root")), &e));
	assert_int_equal(e.code, ERR_EXISTS);
	OK(db_script(s,
		     "INSERT INTO keys (id, spki_sha256, type, bits, sealed, exportable,"
		     " created_at) VALUES (7, 'aa', 'EC', 256, x'00', 0, 0);"
		     "INSERT INTO csrs VALUES ('x', 7, 'aa', x'00', 'n', '[]', 'ec256', '', '', 0,"
		     " 'me', NULL, NULL)",
		     &e));
	assert_false(db_run(s, "DELETE FROM keys WHERE id = ?1", DB_ARGS(db_i(7)), &e));
	assert_int_equal(e.code, ERR_IN_USE);
	assert_false(
		db_run_expect(s, "DELETE FROM keys WHERE id = ?1", DB_ARGS(db_i(8)), "key", &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void same_statement_can_run_inside_itself(void **state)
{
	struct store *s AUTO_STORE = NULL;
	int outer = 0, inner = 0;
	bool row = true;

	(void)state;
	OK(store_open(unit_dir(), true, &s, &e));
	for (int depth = 0; depth < 2; depth++) { /* the second time from the cache */
		static const char sql[] = "SELECT name FROM stores WHERE id <= ?1";
		struct db_stmt a AUTO(db_done) = DB_STMT_INIT;
		bool more = true;

		OK(db_query(s, &a, sql, DB_ARGS(db_i(3)), &e));
		for (outer = 0; more; outer++) {
			struct db_stmt b AUTO(db_done) = DB_STMT_INIT;

			OK(db_step(&a, &more, &e));
			OK(db_query(s, &b, sql, DB_ARGS(db_i(2)), &e));
			for (row = true, inner = -1; row; inner++)
				OK(db_step(&b, &row, &e));
			assert_int_equal(inner, 2);
		}
		assert_int_equal(outer - 1, 3);
	}
}

/* From every old version, the newest comes out the same as from nothing. */
static void migrates_from_every_old_version(void **state)
{
	(void)state;
	for (int from = 1; from < store_schema_version(); from++) {
		sqlite3 *db = NULL;
		struct store *s AUTO_STORE = NULL;

		assert_int_equal(sqlite3_open(unit_path(STORE_FILE), &db), SQLITE_OK);
		for (int step = 1; step <= from; step++)
			assert_int_equal(sqlite3_exec(db, migrate_step(step), NULL, NULL, NULL),
					 SQLITE_OK);
		sqlite3_close(db);
		OK(store_open(unit_dir(), false, &s, &e));
		assert_int_equal(one(s, "PRAGMA user_version"), store_schema_version());
		assert_int_equal(one(s, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
		store_close(s);
		s = NULL;
		unlink(unit_path(STORE_FILE));
	}
}

/* The packages that are there when their files come to be counted. */
static void counts_the_files_of_the_packages_that_are_there(void **state)
{
	sqlite3 *db = NULL;
	struct store *s AUTO_STORE = NULL;

	(void)state;
	assert_int_equal(sqlite3_open(unit_path(STORE_FILE), &db), SQLITE_OK);
	for (int step = 1; step <= 15; step++)
		assert_int_equal(sqlite3_exec(db, migrate_step(step), NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db,
			     "INSERT INTO update_packages (package, version, sha256, bytes,"
			     " p7s, files, added_at, added_by) VALUES"
			     " ('p', '1', 'a', 1, x'00', '[{},{},{}]', 1, 'x'),"
			     " ('p', '2', 'b', 1, x'00', 'no json', 1, 'x')",
			     NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	OK(store_open(unit_dir(), false, &s, &e));
	assert_int_equal(one(s, "SELECT n_files FROM update_packages WHERE version = '1'"), 3);
	assert_int_equal(one(s, "SELECT n_files FROM update_packages WHERE version = '2'"), 0);
}

static void step_that_fails_leaves_the_version_before(void **state)
{
	sqlite3 *db = NULL;
	struct store *s = NULL;
	sqlite3_stmt *q = NULL;

	(void)state;
	assert_int_equal(sqlite3_open(unit_path(STORE_FILE), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE tokens (x)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_false(store_open(unit_dir(), false, &s, &e));
	assert_non_null(strstr(e.text, "schema step 1"));
	assert_int_equal(sqlite3_open(unit_path(STORE_FILE), &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM sqlite_schema", -1, &q, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(q, 0), 1);
	sqlite3_finalize(q);
	sqlite3_close(db);
}

/* Another program: made before this one opens anything, since SQLite does not survive a fork. */
static pid_t writer_start(int *go_out)
{
	int go[2];
	pid_t child;
	char c;

	assert_int_equal(pipe(go), 0);
	child = fork();
	if (child == 0) {
		struct store *s = NULL;
		bool good = close(go[1]) == 0 && read(go[0], &c, 1) == 1 &&
			    store_open(unit_dir(), false, &s, &e) && store_begin(s, &e) &&
			    store_counter_bump(s, COUNTER_CHANGE_SEQ, NULL, &e) &&
			    store_commit(s, &e);

		store_close(s);
		_exit(good ? 0 : 1);
	}
	close(go[0]);
	*go_out = go[1];
	return child;
}

/*
 * A second connection of one process must not cost the first its locks: or the next program to close
 * takes the log away, and the first sees nothing new ever after.
 */
static void sees_what_another_program_wrote_and_left(void **state)
{
	struct store *a AUTO_STORE = NULL, *b AUTO_STORE = NULL;
	pid_t writers[2];
	int go[2];

	(void)state;
	(void)unit_dir(); /* made by this program, not by each writer */
	for (int i = 0; i < 2; i++)
		writers[i] = writer_start(&go[i]);
	OK(store_open(unit_dir(), true, &a, &e));
	OK(store_open(unit_dir(), true, &b, &e));
	for (int i = 0; i < 2; i++) {
		int64_t n = 0;
		int status = 0;

		assert_int_equal(write(go[i], "g", 1), 1);
		close(go[i]);
		assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
		assert_int_equal(status, 0);
		OK(store_counter(a, COUNTER_CHANGE_SEQ, &n, &e));
		assert_int_equal(n, i + 1);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_a_database_only_when_asked),
		cmocka_unit_test(opens_what_is_there_without_changing_it),
		cmocka_unit_test(counts_the_files_of_the_packages_that_are_there),
		cmocka_unit_test(refuses_a_newer_schema_and_leaves_it_alone),
		cmocka_unit_test(names_a_file_that_is_no_database),
		cmocka_unit_test(rolls_back_what_was_not_committed),
		cmocka_unit_test(looks_at_one_moment_inside_a_transaction_and_outside),
		cmocka_unit_test(rolls_back_when_memory_is_short),
		cmocka_unit_test(second_writer_is_told_when_impatient),
		cmocka_unit_test(says_whether_a_row_collides_or_is_relied_on),
		cmocka_unit_test(same_statement_can_run_inside_itself),
		cmocka_unit_test(migrates_from_every_old_version),
		cmocka_unit_test(step_that_fails_leaves_the_version_before),
		cmocka_unit_test(sees_what_another_program_wrote_and_left),
	};

	return unit_run("store/store", tests, ARRAY_LEN(tests));
}
