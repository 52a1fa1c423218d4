/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/publications.h"

#include "store/db.h"

#define COLUMNS                                                                                    \
	"SELECT number, sha256, ntcer, signed_by, reason, created_at, token FROM publications "
#define TOKEN 6 /* column */

static bool row_read(const struct db_stmt *q, void *arg, struct err *e)
{
	struct publication_row *r = arg;

	*r = (struct publication_row){.number = db_int(q, 0), .created_s = db_int(q, 5)};
	db_copy(q, 1, r->sha256, sizeof(r->sha256));
	db_copy(q, 2, r->ntcer, sizeof(r->ntcer));
	db_copy(q, 3, r->signed_by, sizeof(r->signed_by));
	db_copy(q, 4, r->reason, sizeof(r->reason));
	(void)e; /* nothing in such a row can be wrong */
	return true;
}

struct sink {
	publication_fn fn;
	void *arg;
};

static bool row_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct sink *to = arg;
	struct publication_row r;

	return row_read(q, &r, e) && to->fn(to->arg, &r, db_text(q, TOKEN), e);
}

bool publication_row_insert(struct store *s, const struct publication_row *r, const char *token,
			    struct err *e)
{
	return db_run(s,
		      "INSERT INTO publications"
		      " (number, token, sha256, ntcer, signed_by, reason, created_at)"
		      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
		      DB_ARGS(db_i(r->number), db_t(token), db_t(r->sha256), db_t(r->ntcer),
			      db_t(r->signed_by), db_t(r->reason), db_i(r->created_s)),
		      e);
}

bool publication_row_clear(struct store *s, struct err *e)
{
	return db_run(s, "DELETE FROM publications", DB_NO_ARGS, e);
}

struct taken {
	struct publication_row *row;
	struct buf *token; /* or NULL */
};

static bool row_take(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct taken *to = arg;

	if (!row_read(q, to->row, e))
		return false;
	if (!to->token)
		return true;
	buf_add_str(to->token, db_text(q, TOKEN));
	return buf_ok(to->token) || err_nomem(e);
}

bool publication_row_find(struct store *s, int64_t number, struct publication_row *out,
			  struct buf *token_out, bool *found_out, struct err *e)
{
	return db_first(s, COLUMNS "WHERE ?1 = 0 OR number = ?1 ORDER BY number DESC LIMIT 1",
			DB_ARGS(db_i(number)), row_take, &(struct taken){out, token_out}, found_out,
			e);
}

bool publication_row_each(struct store *s, int64_t first, publication_fn fn, void *arg,
			  struct err *e)
{
	return db_each(s, COLUMNS "WHERE number >= ?1 ORDER BY number", DB_ARGS(db_i(first)),
		       row_give, &(struct sink){fn, arg}, e);
}
