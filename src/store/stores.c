/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/stores.h"

#include "store/db.h"

static void row_read(const struct db_stmt *q, struct store_row *out)
{
	*out = (struct store_row){.id = db_int(q, 0), .builtin = db_int(q, 2)};
	db_copy(q, 1, out->name, sizeof(out->name));
}

bool store_row_find(struct store *s, const char *name, struct store_row *out, bool *found_out,
		    struct err *e)
{
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;

	if (!db_query(s, &q, "SELECT id, name, builtin FROM stores WHERE name = ?1",
		      DB_ARGS(db_t(name)), e) ||
	    !db_step(&q, found_out, e))
		return false;
	if (*found_out)
		row_read(&q, out);
	return true;
}

bool store_row_list(struct store *s, store_row_fn fn, void *arg, struct err *e)
{
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;
	struct store_row r;

	if (!db_query(s, &q,
		      "SELECT id, name, builtin, (SELECT count(*) FROM memberships m"
		      " WHERE m.store_id = stores.id AND m.removed_at IS NULL)"
		      " FROM stores ORDER BY id",
		      DB_NO_ARGS, e))
		return false;
	for (bool row = true;;) {
		if (!db_step(&q, &row, e))
			return false;
		if (!row)
			return true;
		row_read(&q, &r);
		r.n_certs = db_int(&q, 3);
		if (!fn(arg, &r, e))
			return false;
	}
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

bool store_row_uses(struct store *s, int64_t id, store_use_fn fn, void *arg, struct err *e)
{
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;

	if (!db_query(s, &q, "SELECT kind, name FROM store_uses WHERE store_id = ?1",
		      DB_ARGS(db_i(id)), e))
		return false;
	for (bool row = true;;) {
		if (!db_step(&q, &row, e))
			return false;
		if (!row)
			return true;
		if (!fn(arg, db_text(&q, 0), db_text(&q, 1), e))
			return false;
	}
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
