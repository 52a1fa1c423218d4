/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/tokens.h"

#include "store/db.h"

#include <string.h>

#define COLUMNS                                                                                    \
	"SELECT id, name, hash, role, created_at, coalesce(expires_at, 0), coalesce(used_at, 0),"  \
	" created_by FROM tokens "

static bool row_read(const struct db_stmt *q, void *arg, struct err *e)
{
	struct store_token *out = arg;
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
	(void)e; /* nothing in such a row can be wrong */
	return true;
}

struct sink {
	store_token_fn fn;
	void *arg;
};

static bool row_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct sink *to = arg;
	struct store_token r;

	return row_read(q, &r, e) && to->fn(to->arg, &r, e);
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
	return db_first(s, COLUMNS "WHERE hash = ?1", DB_ARGS(db_b(span_of(hash, SHA256_BYTES))),
			row_read, out, found_out, e);
}

bool store_token_named(struct store *s, const char *id_or_name, struct store_token *out,
		       bool *found_out, struct err *e)
{
	return db_first(s, COLUMNS "WHERE id = ?1 OR name = ?1 ORDER BY id <> ?1",
			DB_ARGS(db_t(id_or_name)), row_read, out, found_out, e);
}

bool store_token_list(struct store *s, store_token_fn fn, void *arg, struct err *e)
{
	return db_each(s, COLUMNS "ORDER BY name", DB_NO_ARGS, row_give, &(struct sink){fn, arg},
		       e);
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
