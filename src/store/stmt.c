/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/db.h"

#include "base/text.h"
#include "store/store_impl.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static int system_error(const struct store *s)
{
	return s->db ? sqlite3_system_errno(s->db) : 0;
}

bool db_fail(const struct store *s, int rc, const char *doing, struct err *e)
{
	const char *why = s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc);

	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return err_nomem(e);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_reason(e, "store.busy", "%s: another program is writing", doing);
	case SQLITE_FULL:
		return err_reason(e, "disk.full", "%s: the disk is full", doing);
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return err_reason(e, "state.read_only", "%s: %s", doing, why);
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		if (system_error(s) == ENOSPC || system_error(s) == EDQUOT)
			return err_reason(e, "disk.full", "%s: the disk is full", doing);
		if (system_error(s) == EACCES || system_error(s) == EROFS)
			return err_reason(e, "state.read_only", "%s: %s", doing, why);
		return err_set(e, ERR_IO, "%s: %s", doing, why);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_reason(e, "state.corrupt", "%s: %s", doing, why);
	case SQLITE_CONSTRAINT:
		if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY)
			return err_set(e, ERR_EXISTS, "%s: it is there already", doing);
		if (rc == SQLITE_CONSTRAINT_FOREIGNKEY || rc == SQLITE_CONSTRAINT_TRIGGER)
			return err_set(e, ERR_IN_USE, "%s: something relies on it", doing);
		return err_set(e, ERR_DB, "%s: %s", doing, why);
	default:
		return err_set(e, ERR_DB, "%s: %s", doing, why);
	}
}

/* A statement out of the cache, or a fresh one when this one is being stepped (nested reads) or the
 * cache is full. */
static int stmt_get(struct store *s, const char *sql, struct db_stmt *q)
{
	int rc;

	for (int i = 0; i < s->n_cached; i++)
		if (s->cache[i].sql == sql && !s->cache[i].busy) {
			s->cache[i].busy = true;
			*q = (struct db_stmt){.store = s, .stmt = s->cache[i].stmt, .slot = i};
			return SQLITE_OK;
		}
	*q = (struct db_stmt){.store = s, .stmt = NULL, .slot = -1};
	rc = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &q->stmt, NULL);
	if (rc != SQLITE_OK || s->n_cached >= STMT_CACHE_MAX)
		return rc;
	q->slot = s->n_cached++;
	s->cache[q->slot] = (struct cached_stmt){.sql = sql, .stmt = q->stmt, .busy = true};
	return SQLITE_OK;
}

void stmt_cache_clear(struct store *s)
{
	for (int i = 0; i < s->n_cached; i++)
		sqlite3_finalize(s->cache[i].stmt);
	s->n_cached = 0;
}

static int value_bind(sqlite3_stmt *stmt, int at, const struct db_value *v)
{
	static const uint8_t nothing[1];
	const void *p = v->s.p ? (const void *)v->s.p : nothing;

	switch (v->type) {
	case DB_INT:
		return sqlite3_bind_int64(stmt, at, v->i);
	case DB_TEXT:
		return sqlite3_bind_text64(stmt, at, p, v->s.len, SQLITE_STATIC, SQLITE_UTF8);
	case DB_BLOB:
		return sqlite3_bind_blob64(stmt, at, p, v->s.len, SQLITE_STATIC);
	case DB_NULL:
		break;
	}
	return sqlite3_bind_null(stmt, at);
}

bool db_query(struct store *s, struct db_stmt *q, const char *sql, const struct db_value *args,
	      size_t n_args, struct err *e)
{
	int rc = stmt_get(s, sql, q);

	for (size_t i = 0; rc == SQLITE_OK && i < n_args; i++)
		rc = value_bind(q->stmt, (int)i + 1, &args[i]);
	if (rc == SQLITE_OK)
		return true;
	db_fail(s, rc, "cannot prepare a statement", e);
	db_done(q);
	return false;
}

bool db_step(struct db_stmt *q, bool *row_out, struct err *e)
{
	int rc = sqlite3_step(q->stmt);

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return db_fail(q->store, rc, "cannot run a statement", e);
	*row_out = rc == SQLITE_ROW;
	return true;
}

void db_done(struct db_stmt *q)
{
	if (!q->stmt)
		return;
	if (q->slot < 0) {
		sqlite3_finalize(q->stmt);
	} else {
		(void)sqlite3_reset(q->stmt); /* repeats the error that step gave */
		sqlite3_clear_bindings(q->stmt);
		q->store->cache[q->slot].busy = false;
	}
	*q = (struct db_stmt)DB_STMT_INIT;
}

bool db_each(struct store *s, const char *sql, const struct db_value *args, size_t n_args,
	     db_row_fn fn, void *arg, struct err *e)
{
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;

	if (!db_query(s, &q, sql, args, n_args, e))
		return false;
	for (bool row = true;;) {
		if (!db_step(&q, &row, e))
			return false;
		if (!row)
			return true;
		if (!fn(&q, arg, e))
			return false;
	}
}

bool db_first(struct store *s, const char *sql, const struct db_value *args, size_t n_args,
	      db_row_fn fn, void *arg, bool *found_out, struct err *e)
{
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;
	bool row = false;

	if (!db_query(s, &q, sql, args, n_args, e) || !db_step(&q, &row, e))
		return false;
	if (row && !fn(&q, arg, e))
		return false;
	*found_out = row;
	return true;
}

bool db_run(struct store *s, const char *sql, const struct db_value *args, size_t n_args,
	    struct err *e)
{
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;
	bool row = true;

	if (!db_query(s, &q, sql, args, n_args, e))
		return false;
	while (row)
		if (!db_step(&q, &row, e))
			return false;
	return true;
}

bool db_run_expect(struct store *s, const char *sql, const struct db_value *args, size_t n_args,
		   const char *what, struct err *e)
{
	if (!db_run(s, sql, args, n_args, e))
		return false;
	if (db_n_changed(s) == 0)
		return err_set(e, ERR_NOT_FOUND, "no such %s", what);
	return true;
}

bool db_get_int(struct store *s, const char *sql, const struct db_value *args, size_t n_args,
		int64_t *out, bool *found_out, struct err *e)
{
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;
	bool row = false;

	if (!db_query(s, &q, sql, args, n_args, e) || !db_step(&q, &row, e))
		return false;
	*out = row ? db_int(&q, 0) : 0;
	if (found_out)
		*found_out = row;
	return true;
}

bool db_script(struct store *s, const char *sql, struct err *e)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK || db_fail(s, rc, "cannot run a script", e);
}

int64_t db_last_id(const struct store *s)
{
	return sqlite3_last_insert_rowid(s->db);
}

int64_t db_n_changed(const struct store *s)
{
	return sqlite3_changes64(s->db);
}

int64_t db_int(const struct db_stmt *q, int col)
{
	return sqlite3_column_int64(q->stmt, col);
}

bool db_is_null(const struct db_stmt *q, int col)
{
	return sqlite3_column_type(q->stmt, col) == SQLITE_NULL;
}

const char *db_text(const struct db_stmt *q, int col)
{
	const unsigned char *t = sqlite3_column_text(q->stmt, col);

	return t ? (const char *)t : "";
}

struct span db_blob(const struct db_stmt *q, int col)
{
	const void *p = sqlite3_column_blob(q->stmt, col);
	int len = sqlite3_column_bytes(q->stmt, col);

	return span_of(p, p && len > 0 ? (size_t)len : 0);
}

void db_copy(const struct db_stmt *q, int col, char *out, size_t size)
{
	text_copy(out, size, db_text(q, col));
}
