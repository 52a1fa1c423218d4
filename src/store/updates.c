/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/updates.h"

#include "store/db.h"

#define ROWS                                                                                       \
	"SELECT id, package, version, sha256, bytes, p7s, files, offered, added_at, added_by"      \
	" FROM update_packages "

struct sink {
	update_fn fn;
	void *arg;
};

static bool row_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct sink *to = arg;

	return to->fn(to->arg,
		      &(struct update_row){.id = db_int(q, 0),
					   .package = db_text(q, 1),
					   .version = db_text(q, 2),
					   .sha256 = db_text(q, 3),
					   .bytes = db_int(q, 4),
					   .p7s = db_blob(q, 5),
					   .files = db_text(q, 6),
					   .offered = db_int(q, 7) != 0,
					   .added_s = db_int(q, 8),
					   .added_by = db_text(q, 9)},
		      e);
}

bool update_row_insert(struct store *s, const struct update_row *n, int64_t *id_out, struct err *e)
{
	if (!db_run(s,
		    "INSERT INTO update_packages (package, version, sha256, bytes, p7s, files,"
		    " added_at, added_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
		    DB_ARGS(db_t(n->package), db_t(n->version), db_t(n->sha256), db_i(n->bytes),
			    db_b(n->p7s), db_t(n->files), db_i(n->added_s), db_t(n->added_by)),
		    e))
		return false;
	*id_out = db_last_id(s);
	return true;
}

bool update_row_find(struct store *s, int64_t id, update_fn fn, void *arg, bool *found_out,
		     struct err *e)
{
	return db_first(s, ROWS "WHERE id = ?1", DB_ARGS(db_i(id)), row_give,
			&(struct sink){fn, arg}, found_out, e);
}

bool update_row_is_there(struct store *s, const char *sha256, bool *out, struct err *e)
{
	int64_t one;

	return db_get_int(s, "SELECT 1 FROM update_packages WHERE sha256 = ?1",
			  DB_ARGS(db_t(sha256)), &one, out, e);
}

bool update_row_list(struct store *s, bool offered, update_fn fn, void *arg, struct err *e)
{
	return db_each(s, ROWS "WHERE offered >= ?1 ORDER BY package COLLATE NOCASE, id DESC",
		       DB_ARGS(db_i(offered)), row_give, &(struct sink){fn, arg}, e);
}

bool update_row_offer(struct store *s, int64_t id, const char *package, bool offered, struct err *e)
{
	return db_run(s,
		      "UPDATE update_packages SET offered = 0 WHERE package = ?1 AND offered = 1",
		      DB_ARGS(db_t(package)), e) &&
	       (!offered || db_run_expect(s, "UPDATE update_packages SET offered = 1 WHERE id = ?1",
					  DB_ARGS(db_i(id)), "update package", e));
}

bool update_row_delete(struct store *s, int64_t id, struct err *e)
{
	return db_run_expect(s, "DELETE FROM update_packages WHERE id = ?1", DB_ARGS(db_i(id)),
			     "update package", e);
}

bool update_rows_count(struct store *s, int64_t *n_out, struct err *e)
{
	return db_get_int(s, "SELECT count(*) FROM update_packages", DB_NO_ARGS, n_out, NULL, e);
}
