/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/ipcer.h"

#include "store/db.h"

#define COLUMNS                                                                                    \
	"SELECT number, sha256, reason, change_id, trusted_by_us, created_at, der FROM ipcer "

static void row_read(const struct db_stmt *q, struct ipcer_row *r)
{
	*r = (struct ipcer_row){.number = db_int(q, 0)};
	db_copy(q, 1, r->sha256, sizeof r->sha256);
	db_copy(q, 2, r->reason, sizeof r->reason);
	db_copy(q, 3, r->change_id, sizeof r->change_id);
	r->trusted_by_us = db_int(q, 4) != 0;
	r->created_s = db_int(q, 5);
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

bool ipcer_row_latest(struct store *s, struct ipcer_row *out, struct buf *der_out, bool *found,
		      struct err *e)
{
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;
	bool row;

	if (!db_query(s, &q, COLUMNS "ORDER BY number DESC LIMIT 1", DB_NO_ARGS, e) ||
	    !db_step(&q, &row, e))
		return false;
	*found = row;
	if (!row)
		return true;
	row_read(&q, out);
	if (der_out)
		buf_add_span(der_out, db_blob(&q, 6));
	return !der_out || buf_ok(der_out) || err_nomem(e);
}

bool ipcer_row_list(struct store *s, struct ipcer_row *out, size_t limit, size_t *n_out,
		    struct err *e)
{
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;
	size_t n = 0;
	bool row;

	if (!db_query(s, &q, COLUMNS "ORDER BY number DESC LIMIT ?1", DB_ARGS(db_i((int64_t)limit)),
		      e))
		return false;
	for (; n < limit; n++) {
		if (!db_step(&q, &row, e))
			return false;
		if (!row)
			break;
		row_read(&q, &out[n]);
	}
	*n_out = n;
	return true;
}
