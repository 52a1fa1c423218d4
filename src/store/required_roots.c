/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/required_roots.h"

#include "store/db.h"

#define ROWS                                                                                       \
	"SELECT r.id, r.name, r.store, r.sha1, r.sha256, r.needed_for, r.since, r.shipped,"        \
	" r.confirmed_by, c.sha256, c.not_after,"                                                  \
	" (SELECT json_group_array(s.name) FROM memberships m JOIN stores s ON s.id = m.store_id"  \
	"  WHERE m.cert_id = c.id AND m.removed_at IS NULL), c.self_signed"                        \
	" FROM required_roots r LEFT JOIN certificates c ON c.id ="                                \
	" (SELECT id FROM certificates x WHERE x.removed_at IS NULL AND"                           \
	"  (x.sha256 = r.sha256 OR (r.sha256 IS NULL AND x.sha1 = r.sha1)) LIMIT 1) "

struct sink {
	required_root_fn fn;
	void *arg;
};

static const char *text_or_null(const struct db_stmt *q, int col)
{
	return db_is_null(q, col) ? NULL : db_text(q, col);
}

static bool row_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct sink *to = arg;

	return to->fn(to->arg,
		      &(struct required_root_row){.id = db_int(q, 0),
						  .name = db_text(q, 1),
						  .store = db_text(q, 2),
						  .sha1 = text_or_null(q, 3),
						  .sha256 = text_or_null(q, 4),
						  .needed_for = db_text(q, 5),
						  .since = db_text(q, 6),
						  .shipped = db_int(q, 7),
						  .confirmed_by = text_or_null(q, 8),
						  .cert_sha256 = text_or_null(q, 9),
						  .not_after_s = db_int(q, 10),
						  .cert_stores = text_or_null(q, 11),
						  .self_signed = db_int(q, 12)},
		      e);
}

bool required_root_row_insert(struct store *s, const struct required_root_row *n, int64_t *id_out,
			      struct err *e)
{
	if (!db_run(s,
		    "INSERT INTO required_roots (name, store, sha1, sha256, needed_for, since,"
		    " shipped, confirmed_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
		    DB_ARGS(db_t(n->name), db_t(n->store), db_t(n->sha1), db_t(n->sha256),
			    db_t(n->needed_for), db_t(n->since), db_i(n->shipped),
			    db_t(n->confirmed_by)),
		    e))
		return false;
	*id_out = db_last_id(s);
	return true;
}

bool required_root_row_update(struct store *s, const struct required_root_row *n, struct err *e)
{
	return db_run_expect(s,
			     "UPDATE required_roots SET name = ?2, store = ?3, sha1 = ?4,"
			     " sha256 = ?5, needed_for = ?6, since = ?7, confirmed_by = ?8"
			     " WHERE id = ?1",
			     DB_ARGS(db_i(n->id), db_t(n->name), db_t(n->store), db_t(n->sha1),
				     db_t(n->sha256), db_t(n->needed_for), db_t(n->since),
				     db_t(n->confirmed_by)),
			     "entry of the catalogue", e);
}

bool required_root_row_delete(struct store *s, int64_t id, struct err *e)
{
	return db_run_expect(s, "DELETE FROM required_roots WHERE id = ?1", DB_ARGS(db_i(id)),
			     "entry of the catalogue", e);
}

bool required_root_row_find(struct store *s, int64_t id, required_root_fn fn, void *arg,
			    bool *found_out, struct err *e)
{
	return db_first(s, ROWS "WHERE r.id = ?1", DB_ARGS(db_i(id)), row_give,
			&(struct sink){fn, arg}, found_out, e);
}

bool required_root_row_list(struct store *s, required_root_fn fn, void *arg, struct err *e)
{
	return db_each(s, ROWS "ORDER BY r.name COLLATE NOCASE, r.id", DB_NO_ARGS, row_give,
		       &(struct sink){fn, arg}, e);
}

bool required_root_row_of(struct store *s, const char *sha256, const char *sha1,
			  required_root_fn fn, void *arg, bool *found_out, struct err *e)
{
	return db_first(s, ROWS "WHERE r.sha256 = ?1 OR (r.sha256 IS NULL AND r.sha1 = ?2)",
			DB_ARGS(db_t(sha256), db_t(sha1)), row_give, &(struct sink){fn, arg},
			found_out, e);
}

struct candidate_sink {
	required_root_candidate_fn fn;
	void *arg;
};

static bool candidate_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct candidate_sink *to = arg;

	return to->fn(to->arg, db_text(q, 0), e);
}

/* search holds names in lower case, one a line at most: enough to propose, never to decide. */
bool required_root_row_candidates(struct store *s, const char *name, required_root_candidate_fn fn,
				  void *arg, struct err *e)
{
	return db_each(s,
		       "SELECT sha256 FROM certificates WHERE removed_at IS NULL AND is_ca = 1"
		       " AND instr(lower(subject), lower('CN=' || ?1)) > 0 ORDER BY id LIMIT 20",
		       DB_ARGS(db_t(name)), candidate_give, &(struct candidate_sink){fn, arg}, e);
}
