/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/stores.h"

#include "store/db.h"

static bool row_read(const struct db_stmt *q, void *arg, struct err *e)
{
	struct store_row *out = arg;

	*out = (struct store_row){.id = db_int(q, 0), .builtin = db_int(q, 2)};
	db_copy(q, 1, out->name, sizeof(out->name));
	(void)e; /* nothing in such a row can be wrong */
	return true;
}

struct sink {
	store_row_fn fn;
	void *arg;
};

static bool row_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct sink *to = arg;
	struct store_row r;

	if (!row_read(q, &r, e))
		return false;
	r.n_certs = db_int(q, 3);
	return to->fn(to->arg, &r, e);
}

bool store_row_find(struct store *s, const char *name, struct store_row *out, bool *found_out,
		    struct err *e)
{
	return db_first(s, "SELECT id, name, builtin FROM stores WHERE name = ?1",
			DB_ARGS(db_t(name)), row_read, out, found_out, e);
}

bool store_row_list(struct store *s, store_row_fn fn, void *arg, struct err *e)
{
	return db_each(s,
		       "SELECT id, name, builtin, (SELECT count(*) FROM memberships m"
		       " WHERE m.store_id = stores.id AND m.removed_at IS NULL)"
		       " FROM stores ORDER BY id",
		       DB_NO_ARGS, row_give, &(struct sink){fn, arg}, e);
}

bool store_row_insert(struct store *s, const char *name, int64_t at_s, struct err *e)
{
	return db_run(s, "INSERT INTO stores (name, builtin, created_at) VALUES (?1, 0, ?2)",
		      DB_ARGS(db_t(name), db_i(at_s)), e);
}

bool store_row_delete(struct store *s, int64_t id, struct err *e)
{
	return db_run(s, "DELETE FROM memberships WHERE store_id = ?1 AND removed_at IS NOT NULL",
		      DB_ARGS(db_i(id)), e) &&
	       db_run_expect(s, "DELETE FROM stores WHERE id = ?1", DB_ARGS(db_i(id)), "store", e);
}

struct use_sink {
	store_use_fn fn;
	void *arg;
};

static bool use_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct use_sink *to = arg;

	return to->fn(to->arg, db_text(q, 0), db_text(q, 1), e);
}

bool store_row_uses(struct store *s, int64_t id, store_use_fn fn, void *arg, struct err *e)
{
	return db_each(s, "SELECT kind, name FROM store_uses WHERE store_id = ?1",
		       DB_ARGS(db_i(id)), use_give, &(struct use_sink){fn, arg}, e);
}

bool store_member_has(struct store *s, int64_t store_id, int64_t cert_id, bool *out, struct err *e)
{
	int64_t n;

	return db_get_int(s,
			  "SELECT 1 FROM memberships WHERE store_id = ?1 AND cert_id = ?2"
			  " AND removed_at IS NULL",
			  DB_ARGS(db_i(store_id), db_i(cert_id)), &n, out, e);
}

bool store_member_add(struct store *s, int64_t store_id, int64_t cert_id, int64_t at_s,
		      bool *added_out, struct err *e)
{
	if (!db_run(s,
		    "INSERT INTO memberships (store_id, cert_id, added_at) VALUES (?1, ?2, ?3)"
		    " ON CONFLICT (store_id, cert_id) DO UPDATE"
		    " SET added_at = ?3, removed_at = NULL, removed_seq = NULL"
		    " WHERE removed_at IS NOT NULL",
		    DB_ARGS(db_i(store_id), db_i(cert_id), db_i(at_s)), e))
		return false;
	*added_out = db_n_changed(s) > 0;
	return true;
}

bool store_member_remove(struct store *s, int64_t store_id, int64_t cert_id, int64_t at_s,
			 int64_t seq, int64_t *n_out, struct err *e)
{
	if (!db_run(s,
		    "UPDATE memberships SET removed_at = ?3, removed_seq = ?4 WHERE store_id = ?1"
		    " AND cert_id = ?2 AND removed_at IS NULL",
		    DB_ARGS(db_i(store_id), db_i(cert_id), db_i(at_s), db_i(seq)), e))
		return false;
	*n_out = db_n_changed(s);
	return true;
}

bool store_member_drop(struct store *s, int64_t store_id, int64_t cert_id, struct err *e)
{
	return db_run(s, "DELETE FROM memberships WHERE store_id = ?1 AND cert_id = ?2",
		      DB_ARGS(db_i(store_id), db_i(cert_id)), e);
}

bool store_member_restore_last(struct store *s, int64_t cert_id, int64_t since_s, int64_t *n_out,
			       struct err *e)
{
	if (!db_run(s,
		    "UPDATE memberships SET removed_at = NULL, removed_seq = NULL"
		    " WHERE cert_id = ?1 AND removed_at >= ?2 AND removed_seq ="
		    " (SELECT max(removed_seq) FROM memberships WHERE cert_id = ?1)",
		    DB_ARGS(db_i(cert_id), db_i(since_s)), e))
		return false;
	*n_out = db_n_changed(s);
	return true;
}

bool store_member_count(struct store *s, int64_t cert_id, int64_t *out, struct err *e)
{
	return db_get_int(s,
			  "SELECT count(*) FROM memberships WHERE cert_id = ?1"
			  " AND removed_at IS NULL",
			  DB_ARGS(db_i(cert_id)), out, NULL, e);
}
