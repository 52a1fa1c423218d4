/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/updates.h"

#include "store/db.h"

#define NAMED "SELECT id, package, version, sha256, bytes, offered"
#define ROWS(files) NAMED ", added_at, added_by, n_files, p7s, " files " FROM update_packages "

struct sink {
	update_fn fn;
	void *arg;
};

static struct update_row named(const struct db_stmt *q)
{
	return (struct update_row){.id = db_int(q, 0),
				   .package = db_text(q, 1),
				   .version = db_text(q, 2),
				   .sha256 = db_text(q, 3),
				   .bytes = db_int(q, 4),
				   .offered = db_int(q, 5) != 0};
}

static bool row_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct sink *to = arg;
	struct update_row row = named(q);

	row.added_s = db_int(q, 6);
	row.added_by = db_text(q, 7);
	row.n_files = db_int(q, 8);
	row.p7s = db_blob(q, 9);
	row.files = db_is_null(q, 10) ? NULL : db_text(q, 10);
	return to->fn(to->arg, &row, e);
}

static bool named_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct sink *to = arg;
	const struct update_row row = named(q);

	return to->fn(to->arg, &row, e);
}

bool update_row_insert(struct store *s, const struct update_row *n, int64_t *id_out, struct err *e)
{
	if (!db_run(s,
		    "INSERT INTO update_packages (package, version, sha256, bytes, p7s, files,"
		    " n_files, added_at, added_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
		    DB_ARGS(db_t(n->package), db_t(n->version), db_t(n->sha256), db_i(n->bytes),
			    db_b(n->p7s), db_t(n->files), db_i(n->n_files), db_i(n->added_s),
			    db_t(n->added_by)),
		    e))
		return false;
	*id_out = db_last_id(s);
	return true;
}

static bool twin_take(const struct db_stmt *q, void *arg, struct err *e)
{
	bool *there = arg;

	(void)e; /* nothing fails here */
	there[0] = db_int(q, 0) != 0;
	there[1] = db_int(q, 1) != 0;
	return true;
}

bool update_row_twin(struct store *s, const struct update_row *n, bool *file_out, bool *version_out,
		     struct err *e)
{
	bool there[2] = {false, false}, found;

	if (!db_first(s,
		      "SELECT EXISTS (SELECT 1 FROM update_packages WHERE sha256 = ?1),"
		      " EXISTS (SELECT 1 FROM update_packages WHERE package = ?2 AND version = ?3)",
		      DB_ARGS(db_t(n->sha256), db_t(n->package), db_t(n->version)), twin_take,
		      there, &found, e))
		return false;
	*file_out = there[0];
	*version_out = there[1];
	return true;
}

bool update_row_find(struct store *s, int64_t id, update_fn fn, void *arg, bool *found_out,
		     struct err *e)
{
	return db_first(s, ROWS("files") "WHERE id = ?1", DB_ARGS(db_i(id)), row_give,
			&(struct sink){fn, arg}, found_out, e);
}

bool update_row_find_named(struct store *s, int64_t id, update_fn fn, void *arg, bool *found_out,
			   struct err *e)
{
	return db_first(s, NAMED " FROM update_packages WHERE id = ?1", DB_ARGS(db_i(id)),
			named_give, &(struct sink){fn, arg}, found_out, e);
}

bool update_row_is_there(struct store *s, const char *sha256, bool *out, struct err *e)
{
	int64_t one;

	return db_get_int(s, "SELECT 1 FROM update_packages WHERE sha256 = ?1",
			  DB_ARGS(db_t(sha256)), &one, out, e);
}

bool update_row_list(struct store *s, update_fn fn, void *arg, struct err *e)
{
	return db_each(s, ROWS("NULL") "ORDER BY package COLLATE NOCASE, id DESC", DB_NO_ARGS,
		       row_give, &(struct sink){fn, arg}, e);
}

bool update_row_list_offered(struct store *s, update_fn fn, void *arg, struct err *e)
{
	return db_each(s,
		       NAMED " FROM update_packages WHERE offered = 1"
			     " ORDER BY package COLLATE NOCASE, id DESC",
		       DB_NO_ARGS, named_give, &(struct sink){fn, arg}, e);
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

static bool counts_take(const struct db_stmt *q, void *arg, struct err *e)
{
	int64_t *n = arg;

	(void)e; /* nothing fails here */
	n[0] = db_int(q, 0);
	n[1] = db_int(q, 1);
	return true;
}

bool update_rows_count(struct store *s, int64_t *n_out, int64_t *n_offered_out, struct err *e)
{
	int64_t n[2] = {0, 0};
	bool found;

	if (!db_first(s,
		      "SELECT count(*), count(*) FILTER (WHERE offered = 1) FROM update_packages",
		      DB_NO_ARGS, counts_take, n, &found, e))
		return false;
	*n_out = n[0];
	*n_offered_out = n[1];
	return true;
}
