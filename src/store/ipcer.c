/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/ipcer.h"

#include "store/db.h"

#define COLUMNS                                                                                    \
	"SELECT number, sha256, reason, change_id, trusted_by_us, created_at, der FROM ipcer "

static bool row_read(const struct db_stmt *q, void *arg, struct err *e)
{
	struct ipcer_row *r = arg;

	*r = (struct ipcer_row){.number = db_int(q, 0)};
	db_copy(q, 1, r->sha256, sizeof r->sha256);
	db_copy(q, 2, r->reason, sizeof r->reason);
	db_copy(q, 3, r->change_id, sizeof r->change_id);
	r->trusted_by_us = db_int(q, 4) != 0;
	r->created_s = db_int(q, 5);
	(void)e; /* nothing in such a row can be wrong */
	return true;
}

bool ipcer_row_insert(struct store *s, struct ipcer_row *r, struct span der, struct err *e)
{
	if (!db_run(s,
		    "INSERT INTO ipcer (sha256, der, reason, change_id, trusted_by_us, created_at)"
		    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
		    DB_ARGS(db_t(r->sha256), db_b(der), db_t(r->reason),
			    db_t(r->change_id[0] ? r->change_id : NULL), db_i(r->trusted_by_us),
			    db_i(r->created_s)),
		    e))
		return false;
	r->number = db_last_id(s);
	return true;
}

struct taken {
	struct ipcer_row *row;
	struct buf *der; /* or NULL */
};

static bool row_take(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct taken *to = arg;

	if (!row_read(q, to->row, e))
		return false;
	if (to->der)
		buf_add_span(to->der, db_blob(q, 6));
	return !to->der || buf_ok(to->der) || err_nomem(e);
}

bool ipcer_row_latest(struct store *s, struct ipcer_row *out, struct buf *der_out, bool *found,
		      struct err *e)
{
	return db_first(s, COLUMNS "ORDER BY number DESC LIMIT 1", DB_NO_ARGS, row_take,
			&(struct taken){out, der_out}, found, e);
}

struct rows {
	struct ipcer_row *items;
	size_t n;
};

static bool row_append(const struct db_stmt *q, void *arg, struct err *e)
{
	struct rows *to = arg;

	return row_read(q, &to->items[to->n++], e);
}

bool ipcer_row_list(struct store *s, struct ipcer_row *out, size_t limit, size_t *n_out,
		    struct err *e)
{
	struct rows rows = {.items = out};

	if (!db_each(s, COLUMNS "ORDER BY number DESC LIMIT ?1", DB_ARGS(db_i((int64_t)limit)),
		     row_append, &rows, e))
		return false;
	*n_out = rows.n;
	return true;
}

bool ipcer_next_put(struct store *s, const struct ipcer_next_row *r, struct span der, struct err *e)
{
	return db_run(s,
		      "INSERT OR REPLACE INTO ipcer_next (one, sha256, der, actor, created_at)"
		      " VALUES (1, ?1, ?2, ?3, ?4)",
		      DB_ARGS(db_t(r->sha256), db_b(der), db_t(r->actor), db_i(r->created_s)), e);
}

struct next_taken {
	struct ipcer_next_row *row;
	struct buf *der; /* or NULL */
};

static bool next_take(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct next_taken *to = arg;

	*to->row = (struct ipcer_next_row){.created_s = db_int(q, 3)};
	db_copy(q, 0, to->row->sha256, sizeof to->row->sha256);
	db_copy(q, 2, to->row->actor, sizeof to->row->actor);
	if (to->der)
		buf_add_span(to->der, db_blob(q, 1));
	return !to->der || buf_ok(to->der) || err_nomem(e);
}

bool ipcer_next_read(struct store *s, struct ipcer_next_row *out, struct buf *der_out, bool *found,
		     struct err *e)
{
	return db_first(s, "SELECT sha256, der, actor, created_at FROM ipcer_next", DB_NO_ARGS,
			next_take, &(struct next_taken){out, der_out}, found, e);
}

bool ipcer_next_drop(struct store *s, struct err *e)
{
	return db_run(s, "DELETE FROM ipcer_next", DB_NO_ARGS, e);
}
