/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/backup.h"

#include "base/files.h"
#include "base/text.h"
#include "store/db.h"
#include "store/store_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool path_sync(const char *path, int flags, struct err *e)
{
	int fd = open(path, flags | O_CLOEXEC);
	bool good;

	if (fd < 0)
		return err_sys(e, errno, "cannot open '%s'", path);
	good = fsync(fd) == 0 || err_sys(e, errno, "cannot sync '%s'", path);
	(void)close(fd); /* synced, or failed already */
	return good;
}

static bool beside(char *out, const char *path, const char *suffix, struct err *e)
{
	if (strlen(path) + strlen(suffix) >= PATH_MAX)
		return err_set(e, ERR_LIMIT, "path longer than %d bytes", PATH_MAX);
	text_copy(out, PATH_MAX, path);
	text_copy(out + strlen(out), PATH_MAX - strlen(out), suffix);
	return true;
}

void store_file_remove(const char *path)
{
	static const char *const suffixes[] = {"-journal", "-wal", "-shm", ""};
	struct err ignored = ERR_INIT;
	char name[PATH_MAX];

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
		if (beside(name, path, suffixes[i], &ignored))
			(void)unlink(name); /* mostly there is none */
	file_sweep(path);
}

/* SQLite takes an empty file as a new database: so it never has another mode than ours. */
bool store_copy(struct store *s, const char *path, struct err *e)
{
	bool good;

	if (!file_write_new(path, 0600, span_of(NULL, 0), e))
		return false;
	good = db_run(s, "VACUUM INTO ?1", DB_ARGS(db_t(path)), e) && path_sync(path, O_RDWR, e);
	if (!good)
		(void)unlink(path); /* the first error is the one to tell */
	return good || err_wrap(e, "cannot copy the database");
}

/* The check goes on where memory is short for a page, and names that as a finding of its own. */
static bool is_want_of_memory(const char *finding)
{
	static const char *const codes[] = {"error code=7",
					    "error code=3082"}; /* SQLITE_IOERR_NOMEM */

	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		const char *at = strstr(finding, codes[i]);

		if (at && !ascii_is_digit(at[strlen(codes[i])]))
			return true;
	}
	return false;
}

static bool finding_read(const struct db_stmt *q, void *arg, struct err *e)
{
	(void)arg;
	if (strcmp(db_text(q, 0), "ok") == 0)
		return true;
	if (is_want_of_memory(db_text(q, 0)))
		return err_nomem(e);
	return err_reason(e, "state.corrupt", "the database is damaged: %.160s", db_text(q, 0));
}

bool store_file_check(const char *path, struct err *e)
{
	struct store *s AUTO_STORE = NULL;
	int64_t schema;
	bool found;

	if (!file_exists(path))
		return err_set(e, ERR_NOT_FOUND, "there is no '%s'", path);
	if (!store_open_file(path, &s, e) ||
	    !db_first(s, "PRAGMA quick_check(1)", DB_NO_ARGS, finding_read, NULL, &found, e) ||
	    !db_get_int(s, "PRAGMA user_version", DB_NO_ARGS, &schema, NULL, e))
		return false;
	if (schema == 0)
		return err_reason(e, "state.corrupt", "'%s' holds no console", path);
	if (schema > store_schema_version())
		return err_reason(e, "store.newer_schema",
				  "'%s' has schema %d, this program knows %d", path, (int)schema,
				  store_schema_version());
	return true;
}

bool store_file_strip(const char *path, struct err *e)
{
	struct store *s AUTO_STORE = NULL;

	return store_open_file(path, &s, e) && store_begin(s, e) &&
	       db_run(s,
		      "DELETE FROM csrs WHERE key_id IN (SELECT id FROM keys WHERE exportable = 0)",
		      DB_NO_ARGS, e) &&
	       db_run(s,
		      "UPDATE certificates SET key_id = NULL WHERE key_id IN"
		      " (SELECT id FROM keys WHERE exportable = 0)",
		      DB_NO_ARGS, e) &&
	       db_run(s, "DELETE FROM keys WHERE exportable = 0", DB_NO_ARGS, e) &&
	       db_run(s, "DELETE FROM sessions", DB_NO_ARGS, e) && store_commit(s, e) &&
	       db_run(s, "VACUUM", DB_NO_ARGS, e) &&
	       db_run(s, "PRAGMA journal_mode = DELETE", DB_NO_ARGS, e);
}

struct sink {
	store_kept_fn fn;
	void *arg;
};

static bool kept_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct sink *to = arg;

	return to->fn(to->arg, db_text(q, 0), e);
}

bool store_kept_keys(struct store *s, store_kept_fn fn, void *arg, struct err *e)
{
	return db_each(s,
		       "SELECT c.sha256 FROM certificates c JOIN keys k ON k.id = c.key_id"
		       " WHERE k.exportable = 0 AND c.removed_at IS NULL ORDER BY c.id",
		       DB_NO_ARGS, kept_give, &(struct sink){fn, arg}, e);
}

/* What is in the write-ahead log goes into the file, which is then *held_out's alone; a database that cannot be read
 * keeps its log and is held by nobody. False: another program has it open. */
static bool former_hold(const char *path, struct store **held_out, struct err *e)
{
	struct store *s AUTO_STORE = NULL;
	struct err why = ERR_INIT;

	if (store_open_file(path, &s, &why) &&
	    db_run(s, "PRAGMA journal_mode = DELETE", DB_NO_ARGS, &why) &&
	    db_run(s, "BEGIN EXCLUSIVE", DB_NO_ARGS, &why)) {
		*held_out = s;
		s = NULL;
		return true;
	}
	return !err_is(&why, "store.busy") ||
	       err_reason(e, "store.busy", "another program has '%s' open", path);
}

/* The name aside and, where there is a log still, its log; the log itself goes, or it would be read into
 * the database that takes the place. */
static bool set_aside(const char *path, const char *aside, struct err *e)
{
	static const char *const suffixes[] = {"-wal", "-shm"};

	if (link(path, aside) != 0 && errno != ENOENT)
		return err_sys(e, errno, "cannot keep the former database as '%s'", aside);
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		char from[PATH_MAX], to[PATH_MAX];

		if (!beside(from, path, suffixes[i], e) || !beside(to, aside, suffixes[i], e))
			return false;
		if (rename(from, to) != 0 && errno != ENOENT)
			return err_sys(e, errno, "cannot set '%s' aside", from);
	}
	return true;
}

bool store_replace(const char *state_dir, const char *from, const char *aside, struct err *e)
{
	int lock AUTO(store_lock_drop) = -1;
	struct store *former AUTO_STORE = NULL;
	char path[PATH_MAX];

	if (!path_join(path, sizeof(path), state_dir, STORE_FILE, e) ||
	    !store_lock_take(state_dir, &lock, e) || !former_hold(path, &former, e))
		return false;
	if (!path_sync(from, O_RDWR, e) || !set_aside(path, aside, e))
		return false;
	if (rename(from, path) != 0)
		return err_sys(e, errno, "cannot put the database in place");
	return path_sync(state_dir, O_RDONLY | O_DIRECTORY, e);
}
