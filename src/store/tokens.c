/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/tokens.h"

#include "store/db.h"

#include <string.h>

#define COLUMNS                                                                                    \
	"SELECT id, name, hash, role, created_at, coalesce(expires_at, 0), coalesce(used_at, 0),"  \
	" created_by FROM tokens "

static void row_read(const struct db_stmt *q, struct store_token *out)
{
	struct span hash = db_blob(q, 2);

	*out = (struct store_token){.role = (int)db_int(q, 3),
				    .created_at_s = db_int(q, 4),
				    .expires_at_s = db_int(q, 5),
				    .used_at_s = db_int(q, 6)};
	if (hash.len == sizeof(out->hash))
		memcpy(out->hash, hash.p, hash.len);
	db_copy(q, 0, out->id, sizeof(out->id));
	db_copy(q, 1, out->name, sizeof(out->name));
	db_copy(q, 7, out->created_by, sizeof(out->created_by));
}

static bool row_find(struct db_stmt *q, struct store_token *out, bool *found_out, struct err *e)
{
	if (!db_step(q, found_out, e))
		return false;
	if (*found_out)
		row_read(q, out);
	return true;
}

bool store_token_insert(struct store *s, const struct store_token *n, struct err *e)
{
	return db_run(s,
		      "INSERT INTO tokens (id, name, hash, role, created_at, created_by,"
		      " expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
		      DB_ARGS(db_t(n->id), db_t(n->name), db_b(span_of(n->hash, sizeof(n->hash))),
			      db_i(n->role), db_i(n->created_at_s), db_t(n->created_by),
			      db_i_or_null(n->expires_at_s)),
		      e);
}

bool store_token_find(struct store *s, const uint8_t hash[static SHA256_BYTES],
		      struct store_token *out, bool *found_out, struct err *e)
{
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;

	return db_query(s, &q, COLUMNS "WHERE hash = ?1",
			DB_ARGS(db_b(span_of(hash, SHA256_BYTES))), e) &&
	       row_find(&q, out, found_out, e);
}

bool store_token_named(struct store *s, const char *id_or_name, struct store_token *out,
		       bool *found_out, struct err *e)
{
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;

	return db_query(s, &q, COLUMNS "WHERE id = ?1 OR name = ?1 ORDER BY id <> ?1",
			DB_ARGS(db_t(id_or_name)), e) &&
	       row_find(&q, out, found_out, e);
}

bool store_token_list(struct store *s, store_token_fn fn, void *arg, struct err *e)
{
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;
	struct store_token t;

	if (!db_query(s, &q, COLUMNS "ORDER BY name", DB_NO_ARGS, e))
		return false;
	for (bool row = true;;) {
		if (!row_find(&q, &t, &row, e))
			return false;
		if (!row)
			return true;
		if (!fn(arg, &t, e))
			return false;
	}
}

bool store_token_used(struct store *s, const char *id, int64_t at_s, struct err *e)
{
	return db_run(s, "UPDATE tokens SET used_at = ?2 WHERE id = ?1",
		      DB_ARGS(db_t(id), db_i(at_s)), e);
}

bool store_token_delete(struct store *s, const char *id, struct err *e)
{
	return db_run_expect(s, "DELETE FROM tokens WHERE id = ?1", DB_ARGS(db_t(id)), "token", e);
}
