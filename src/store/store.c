/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/store.h"

#include "base/files.h"
#include "base/mem.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/store_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

void store_lock_drop(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* What root makes in somebody else's state directory belongs to that somebody, or the daemon could
 * not open it any more. */
static bool file_give_to_owner_of(const char *dir, int fd, struct err *e)
{
	struct stat st;

	if (geteuid() != 0)
		return true;
	if (stat(dir, &st) != 0)
		return err_sys(e, errno, "cannot look at '%s'", dir);
	if (st.st_uid != 0 && fchown(fd, st.st_uid, st.st_gid) != 0)
		return err_sys(e, errno, "cannot hand a file in '%s' to its owner", dir);
	return true;
}

/* flock() dies with its holder: a killed program never leaves the lock behind. */
bool store_lock_take(const char *dir, int *fd_out, struct err *e)
{
	char path[PATH_MAX];
	int fd AUTO(store_lock_drop) = -1;

	if (!path_join(path, sizeof(path), dir, STORE_LOCK_FILE, e))
		return false;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys(e, errno, "cannot open '%s'", path);
	if (!file_give_to_owner_of(dir, fd, e))
		return false;
	while (flock(fd, LOCK_EX) != 0)
		if (errno != EINTR)
			return err_sys(e, errno, "cannot lock '%s'", path);
	*fd_out = fd;
	fd = -1;
	return true;
}

/* Of a database that could not be written for a while SQLite left files that cannot be either, also when its mode has
 * been put right. */
static void log_modes_follow(const char *path)
{
	static const char *const suffixes[] = {"-wal", "-shm"};
	char name[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		int n = snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);

		if (n > 0 && n < PATH_MAX && lstat(name, &st) == 0 && S_ISREG(st.st_mode) &&
		    (st.st_mode & 0600) != 0600)
			(void)chmod(name, 0600); /* not ours: opening it says so */
	}
}

/*
 * SQLite gives its -wal and -shm files the mode and, as root, the owner of the database file. A file
 * that is there is never opened here: closing any descriptor of it drops the locks that this
 * process's connections hold (POSIX), and the next program to close would take the log from under
 * them.
 */
static bool db_file_ready(const char *dir, const char *path, struct err *e)
{
	int fd AUTO(store_lock_drop) = -1;

	if (file_exists(path)) {
		if (access(path, R_OK | W_OK) == 0)
			log_modes_follow(path);
		return true;
	}
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys(e, errno, "cannot make '%s'", path);
	return file_give_to_owner_of(dir, fd, e);
}

/* A change of the schema outdates what was prepared. */
static bool rollback_prepare(struct store *s, struct err *e)
{
	int rc;

	sqlite3_finalize(s->rollback);
	rc = sqlite3_prepare_v3(s->db, "ROLLBACK", -1, SQLITE_PREPARE_PERSISTENT, &s->rollback,
				NULL);
	return rc == SQLITE_OK || db_fail(s, rc, "cannot open the database", e);
}

static bool db_open(struct store *s, const char *path, struct err *e)
{
	static const char pragmas[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
				      "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
				      "PRAGMA temp_store = MEMORY; PRAGMA secure_delete = FAST;";
	int rc = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc != SQLITE_OK)
		return db_fail(s, rc, "cannot open the database", e);
	sqlite3_extended_result_codes(s->db, 1);
	sqlite3_busy_timeout(s->db, STORE_BUSY_MS);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (!db_script(s, pragmas, e))
		return err_wrap(e, "cannot open the database");
	return rollback_prepare(s, e);
}

bool store_open_file(const char *path, struct store **out, struct err *e)
{
	struct store *s AUTO_STORE = mem_new(struct store);

	if (!s)
		return err_nomem(e);
	if (!db_open(s, path, e))
		return false;
	*out = s;
	s = NULL;
	return true;
}

bool store_open(const char *state_dir, bool create, struct store **out, struct err *e)
{
	struct store *s AUTO_STORE = mem_new(struct store);
	int lock AUTO(store_lock_drop) = -1;
	char path[PATH_MAX];

	if (!s)
		return err_nomem(e);
	if (!path_join(path, sizeof(path), state_dir, STORE_FILE, e))
		return false;
	if (!create && !file_exists(path))
		return err_reason(e, "state.none", "there is no console in '%s'", state_dir);
	if (!store_lock_take(state_dir, &lock, e) || !db_file_ready(state_dir, path, e) ||
	    !db_open(s, path, e) || !migrate(s, e) || !rollback_prepare(s, e))
		return false;
	*out = s;
	s = NULL;
	return true;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	store_rollback(s);
	stmt_cache_clear(s);
	sqlite3_finalize(s->rollback);
	sqlite3_close(s->db);
	mem_free(s);
}

bool store_begin(struct store *s, struct err *e)
{
	return db_run(s, "BEGIN IMMEDIATE", DB_NO_ARGS, e);
}

bool store_begin_read(struct store *s, struct err *e)
{
	return db_run(s, "BEGIN DEFERRED", DB_NO_ARGS, e);
}

bool store_commit(struct store *s, struct err *e)
{
	if (db_run(s, "COMMIT", DB_NO_ARGS, e))
		return true;
	store_rollback(s);
	return err_wrap(e, "cannot commit");
}

void store_rollback(struct store *s)
{
	if (!store_in_transaction(s))
		return;
	/* one that fails has been done already, by the error that it is for */
	(void)sqlite3_step(s->rollback);
	(void)sqlite3_reset(s->rollback);
}

bool store_in_transaction(const struct store *s)
{
	return s->db && !sqlite3_get_autocommit(s->db);
}

bool store_snapshot(struct store *s, bool *begun_out, struct err *e)
{
	*begun_out = !store_in_transaction(s);
	return !*begun_out || store_begin_read(s, e);
}

void store_snapshot_end(struct store *s, bool begun)
{
	if (begun)
		store_rollback(s);
}

void store_set_impatient(struct store *s, bool on)
{
	sqlite3_busy_timeout(s->db, on ? 0 : STORE_BUSY_MS);
}
