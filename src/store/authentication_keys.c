/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/authentication_keys.h"

#include "store/db.h"

#define COLUMNS "SELECT cert, current, made_at, replaced_at, reason FROM authentication_keys "

static bool row_read(const struct db_stmt *q, void *arg, struct err *e)
{
	struct authentication_key_row *r = arg;

	*r = (struct authentication_key_row){.current = db_int(q, 1) != 0, .made_s = db_int(q, 2)};
	r->replaced_s = db_int(q, 3);
	db_copy(q, 0, r->cert, sizeof(r->cert));
	db_copy(q, 4, r->reason, sizeof(r->reason));
	(void)e; /* nothing in such a row can be wrong */
	return true;
}

struct sink {
	authentication_key_fn fn;
	void *arg;
};

static bool row_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct sink *to = arg;
	struct authentication_key_row r;

	return row_read(q, &r, e) && to->fn(to->arg, &r, e);
}

bool authentication_key_row_current(struct store *s, struct authentication_key_row *out,
				    bool *found_out, struct err *e)
{
	return db_first(s, COLUMNS "WHERE current = 1", DB_NO_ARGS, row_read, out, found_out, e);
}

bool authentication_key_row_list(struct store *s, authentication_key_fn fn, void *arg,
				 struct err *e)
{
	return db_each(s, COLUMNS "ORDER BY current DESC, replaced_at DESC, made_at DESC, cert",
		       DB_NO_ARGS, row_give, &(struct sink){fn, arg}, e);
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
