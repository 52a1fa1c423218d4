/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/refusals.h"

#include "store/db.h"

#define COLUMNS                                                                                    \
	"SELECT id, at, last_at, n, binding_id, endpoint, client, mode, trust_generation,"         \
	" substatus, win32, reason, explanation, subject, sha256, verdict, presented FROM "        \
	"refusals "
#define WHERE                                                                                      \
	"WHERE (?1 IS NULL OR binding_id = CAST(?1 AS INTEGER) OR endpoint = ?1)"                  \
	" AND (?2 IS NULL OR reason = ?2) AND (?3 IS NULL OR client = ?3)"                         \
	" AND (?4 < 0 OR substatus = ?4) AND (?5 = 0 OR last_at >= ?5)"                            \
	" AND (?6 = 0 OR at <= ?6) "

struct sink {
	store_refusal_fn fn;
	void *arg;
};

static bool row_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct sink *to = arg;

	return to->fn(to->arg,
		      &(struct store_refusal){.id = db_int(q, 0),
					      .at_s = db_int(q, 1),
					      .last_s = db_int(q, 2),
					      .count = db_int(q, 3),
					      .binding_id = db_int(q, 4),
					      .endpoint = db_text(q, 5),
					      .client = db_text(q, 6),
					      .mode = (int)db_int(q, 7),
					      .trust_generation = db_int(q, 8),
					      .substatus = (int)db_int(q, 9),
					      .win32 = db_int(q, 10),
					      .reason = db_text(q, 11),
					      .explanation = db_text(q, 12),
					      .subject = db_text(q, 13),
					      .sha256 = db_text(q, 14),
					      .verdict = db_text(q, 15),
					      .presented = db_text(q, 16)},
		      e);
}

bool store_refusal_put(struct store *s, const struct store_refusal *r, struct err *e)
{
	return db_run(
		s,
		"INSERT INTO refusals (at, last_at, n, binding_id, endpoint, client, mode,"
		" trust_generation, substatus, win32, reason, explanation, subject, sha256, "
		"verdict,"
		" presented) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
		" ?15, ?16)"
		" ON CONFLICT (binding_id, client, sha256, reason, trust_generation)"
		" DO UPDATE SET n = n + excluded.n, last_at = excluded.last_at",
		DB_ARGS(db_i(r->at_s), db_i(r->last_s), db_i(r->count), db_i(r->binding_id),
			db_t(r->endpoint), db_t(r->client), db_i(r->mode),
			db_i(r->trust_generation), db_i(r->substatus), db_i(r->win32),
			db_t(r->reason), db_t(r->explanation), db_t(r->subject), db_t(r->sha256),
			db_t(r->verdict), db_t(r->presented)),
		e);
}

bool store_refusal_trim(struct store *s, int64_t keep, struct err *e)
{
	return db_run(s,
		      "DELETE FROM refusals WHERE id IN (SELECT id FROM refusals"
		      " ORDER BY last_at DESC, id DESC LIMIT -1 OFFSET ?1)",
		      DB_ARGS(db_i(keep)), e);
}

bool store_refusal_list(struct store *s, const struct store_refusal_filter *f, store_refusal_fn fn,
			void *arg, struct err *e)
{
	return db_each(s, COLUMNS WHERE "AND (?7 = 0 OR id < ?7) ORDER BY id DESC LIMIT ?8",
		       DB_ARGS(db_t(f->binding), db_t(f->reason), db_t(f->client),
			       db_i(f->substatus), db_i(f->since_s), db_i(f->until_s),
			       db_i(f->before_id), db_i(f->limit)),
		       row_give, &(struct sink){fn, arg}, e);
}

bool store_refusal_count(struct store *s, const struct store_refusal_filter *f, int64_t *out,
			 struct err *e)
{
	return db_get_int(s, "SELECT count(*) FROM refusals " WHERE,
			  DB_ARGS(db_t(f->binding), db_t(f->reason), db_t(f->client),
				  db_i(f->substatus), db_i(f->since_s), db_i(f->until_s)),
			  out, NULL, e);
}

bool store_refusal_by_id(struct store *s, int64_t id, store_refusal_fn fn, void *arg, bool *found,
			 struct err *e)
{
	return db_first(s, COLUMNS "WHERE id = ?1", DB_ARGS(db_i(id)), row_give,
			&(struct sink){fn, arg}, found, e);
}
