/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/authentication_keys.h"

#include "store/db.h"

#define COLUMNS "SELECT cert, current, made_at, replaced_at, reason FROM authentication_keys "

static void row_read(const struct db_stmt *q, struct authentication_key_row *r)
{
	*r = (struct authentication_key_row){.current = db_int(q, 1) != 0, .made_s = db_int(q, 2)};
	r->replaced_s = db_int(q, 3);
	db_copy(q, 0, r->cert, sizeof(r->cert));
	db_copy(q, 4, r->reason, sizeof(r->reason));
}

bool authentication_key_row_current(struct store *s, struct authentication_key_row *out,
				    bool *found_out, struct err *e)
{
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;

	if (!db_query(s, &q, COLUMNS "WHERE current = 1", DB_NO_ARGS, e) ||
	    !db_step(&q, found_out, e))
		return false;
	if (*found_out)
		row_read(&q, out);
	return true;
}

bool authentication_key_row_list(struct store *s, authentication_key_fn fn, void *arg,
				 struct err *e)
{
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;
	bool row;

	if (!db_query(s, &q, COLUMNS "ORDER BY current DESC, replaced_at DESC, made_at DESC, cert",
		      DB_NO_ARGS, e))
		return false;
	for (;;) {
		struct authentication_key_row r;

		if (!db_step(&q, &row, e))
			return false;
		if (!row)
			return true;
		row_read(&q, &r);
		if (!fn(arg, &r, e))
			return false;
	}
}

bool authentication_key_row_add(struct store *s, const char *cert, int64_t made_s, struct err *e)
{
	return db_run(s,
		      "INSERT INTO authentication_keys (cert, current, made_at, reason)"
		      " VALUES (?1, 0, ?2, '') ON CONFLICT DO NOTHING",
		      DB_ARGS(db_t(cert), db_i(made_s)), e);
}

bool authentication_key_row_make_current(struct store *s, const char *cert, int64_t now_s,
					 const char *reason, struct err *e)
{
	return db_run(s,
		      "UPDATE authentication_keys SET current = 0, replaced_at = ?1, reason = ?2"
		      " WHERE current = 1 AND cert <> ?3",
		      DB_ARGS(db_i(now_s), db_t(reason), db_t(cert)), e) &&
	       db_run_expect(
		       s,
		       "UPDATE authentication_keys SET current = 1, replaced_at = NULL, reason = ''"
		       " WHERE cert = ?1",
		       DB_ARGS(db_t(cert)), "authentication certificate", e);
}
