/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

#include <sqlite3.h>
#include <stdbool.h>

/*
 * The inside of struct store, for store.c, stmt.c and backup.c alone.
 */
#define STMT_CACHE_MAX 256 /* prepared statements kept per connection */

struct cached_stmt {
	const char *sql; /* the literal's address is the key */
	sqlite3_stmt *stmt;
	bool busy;
};

struct store {
	sqlite3 *db;
	struct cached_stmt cache[STMT_CACHE_MAX];
	int n_cached;
	sqlite3_stmt *rollback; /* ready from the start, for it comes when memory is short */
};

void stmt_cache_clear(struct store *s);
/* A database file as it stands: no lock, no migration. */
bool store_open_file(const char *path, struct store **out, struct err *e) MUST_USE;
/* The lock that whoever opens, migrates or replaces the database holds. */
bool store_lock_take(const char *dir, int *fd_out, struct err *e) MUST_USE;
void store_lock_drop(const int *fd);
