/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>

/*
 * The inside of struct store, for store.c and stmt.c alone.
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
};

void stmt_cache_clear(struct store *s);
