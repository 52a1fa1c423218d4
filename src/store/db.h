/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/span.h"
#include "store/store.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * For the repository files of store/ alone: prepared statements with bound values, never formatted
 * SQL. Statements are kept per connection by the address of their text, so sql is always a literal.
 *
 *	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;
 *	if (!db_query(s, &q, "SELECT name FROM stores WHERE id = ?1", DB_ARGS(db_i(id)), e))
 *		return false;
 *	if (!db_step(&q, &row, e)) return false;
 *	if (row) ... db_text(&q, 0) ...
 *
 * Column texts and blobs are borrowed until the next db_step() or db_done() of the statement.
 */
struct db_value {
	enum { DB_NULL, DB_INT, DB_TEXT, DB_BLOB } type;
	int64_t i;
	struct span s;
};

static inline struct db_value db_i(int64_t i)
{
	return (struct db_value){.type = DB_INT, .i = i};
}

static inline struct db_value db_t(const char *t) /* NULL binds NULL; borrowed until db_done() */
{
	return t ? (struct db_value){.type = DB_TEXT, .s = span_str(t)}
		 : (struct db_value){.type = DB_NULL};
}

static inline struct db_value db_b(struct span s)
{
	return (struct db_value){.type = DB_BLOB, .s = s};
}

static inline struct db_value db_null(void)
{
	return (struct db_value){.type = DB_NULL};
}

/* An integer, or NULL for 0: times that may be absent. */
static inline struct db_value db_i_or_null(int64_t i)
{
	return i ? db_i(i) : db_null();
}

#define DB_ARGS(...)                                                                               \
	((const struct db_value[]){__VA_ARGS__}),                                                  \
		(sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value))
#define DB_NO_ARGS NULL, 0

struct db_stmt {
	struct store *store;
	sqlite3_stmt *stmt;
	int slot; /* in the statement cache; -1: ours alone */
};
#define DB_STMT_INIT                                                                               \
	{                                                                                          \
		.stmt = NULL, .slot = -1                                                           \
	}

bool db_query(struct store *s, struct db_stmt *q, const char *sql, const struct db_value *args,
	      size_t n_args, struct err *e) MUST_USE;
bool db_step(struct db_stmt *q, bool *row_out, struct err *e) MUST_USE;
void db_done(struct db_stmt *q);

/*
 * The two ways through an answer. fn gets a statement that stands on a row, and need not step or end
 * it; what it returns false for ends the walk and is the walk's own failure.
 * db_each	every row, in order
 * db_first	the first row alone; *found_out false when there is none
 */
typedef bool (*db_row_fn)(const struct db_stmt *q, void *arg, struct err *e);
bool db_each(struct store *s, const char *sql, const struct db_value *args, size_t n_args,
	     db_row_fn fn, void *arg, struct err *e) MUST_USE;
bool db_first(struct store *s, const char *sql, const struct db_value *args, size_t n_args,
	      db_row_fn fn, void *arg, bool *found_out, struct err *e) MUST_USE;

/* One statement without rows. db_run_expect() fails with ERR_NOT_FOUND when it changed no row. */
bool db_run(struct store *s, const char *sql, const struct db_value *args, size_t n_args,
	    struct err *e) MUST_USE;
bool db_run_expect(struct store *s, const char *sql, const struct db_value *args, size_t n_args,
		   const char *what, struct err *e) MUST_USE;
/* One integer out of the first row; *found_out false and 0 when there is none (found_out may be
 * NULL). */
bool db_get_int(struct store *s, const char *sql, const struct db_value *args, size_t n_args,
		int64_t *out, bool *found_out, struct err *e) MUST_USE;
/* Several statements, for the schema alone. */
bool db_script(struct store *s, const char *sql, struct err *e) MUST_USE;

int64_t db_last_id(const struct store *s);
int64_t db_n_changed(const struct store *s);

int64_t db_int(const struct db_stmt *q, int col); /* 0 for NULL */
bool db_is_null(const struct db_stmt *q, int col);
const char *db_text(const struct db_stmt *q, int col); /* "" for NULL */
struct span db_blob(const struct db_stmt *q, int col);
void db_copy(const struct db_stmt *q, int col, char *out, size_t size);

bool db_fail(const struct store *s, int rc, const char *doing, struct err *e); /* returns false */
