/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/crl_points.h"

#include "store/db.h"

#define COLUMNS                                                                                    \
	"SELECT url, issuer, issuer_der, is_delta, origin, seen_at, coalesce(tried_at, 0),"        \
	" coalesce(good_at, 0), next_at, failures, error FROM crl_points "
#define SEEN_AGAIN_S "3600" /* not each sight is written down */

struct sink {
	store_crl_point_fn fn;
	void *arg;
};

static bool row_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct sink *to = arg;

	return to->fn(to->arg,
		      &(struct store_crl_point){.url = db_text(q, 0),
						.issuer = db_text(q, 1),
						.issuer_der = db_blob(q, 2),
						.is_delta = db_int(q, 3) != 0,
						.origin = db_text(q, 4),
						.seen_at_s = db_int(q, 5),
						.tried_at_s = db_int(q, 6),
						.good_at_s = db_int(q, 7),
						.next_at_s = db_int(q, 8),
						.failures = db_int(q, 9),
						.error = db_text(q, 10)},
		      e);
}

bool store_crl_point_note(struct store *s, const struct store_crl_point *p, struct err *e)
{
	return db_run(s,
		      "INSERT INTO crl_points (url, issuer, issuer_der, is_delta, origin, seen_at,"
		      " next_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?6"
		      " WHERE (SELECT count(*) FROM crl_points) < ?7"
		      " OR EXISTS (SELECT 1 FROM crl_points WHERE url = ?1)"
		      " ON CONFLICT (url) DO UPDATE SET seen_at = excluded.seen_at,"
		      " origin = CASE excluded.origin WHEN 'client' THEN origin"
		      " ELSE excluded.origin END"
		      " WHERE excluded.seen_at > seen_at + " SEEN_AGAIN_S,
		      DB_ARGS(db_t(p->url), db_t(p->issuer), db_b(p->issuer_der), db_i(p->is_delta),
			      db_t(p->origin), db_i(p->seen_at_s), db_i(CRL_POINTS_MAX)),
		      e);
}

bool store_crl_point_done(struct store *s, const struct store_crl_point *p, struct err *e)
{
	return db_run(s,
		      "UPDATE crl_points SET tried_at = ?2, good_at = coalesce(?3, good_at),"
		      " next_at = ?4, failures = ?5, error = ?6 WHERE url = ?1",
		      DB_ARGS(db_t(p->url), db_i(p->tried_at_s), db_i_or_null(p->good_at_s),
			      db_i(p->next_at_s), db_i(p->failures), db_t(p->error)),
		      e);
}

bool store_crl_point_postpone(struct store *s, const char *url, int64_t at_s, struct err *e)
{
	return db_run(s, "UPDATE crl_points SET next_at = ?2 WHERE url = ?1",
		      DB_ARGS(db_t(url), db_i(at_s)), e);
}

bool store_crl_point_list(struct store *s, store_crl_point_fn fn, void *arg, struct err *e)
{
	return db_each(s, COLUMNS "ORDER BY issuer, url", DB_NO_ARGS, row_give,
		       &(struct sink){fn, arg}, e);
}

bool store_crl_point_due(struct store *s, int64_t now_s, store_crl_point_fn fn, void *arg,
			 bool *found, struct err *e)
{
	return db_first(s, COLUMNS "WHERE next_at <= ?1 ORDER BY next_at, url LIMIT 1",
			DB_ARGS(db_i(now_s)), row_give, &(struct sink){fn, arg}, found, e);
}

bool store_crl_point_by_url(struct store *s, const char *url, store_crl_point_fn fn, void *arg,
			    bool *found, struct err *e)
{
	return db_first(s, COLUMNS "WHERE url = ?1", DB_ARGS(db_t(url)), row_give,
			&(struct sink){fn, arg}, found, e);
}

bool store_crl_points_forget(struct store *s, int64_t seen_before_s, struct err *e)
{
	return db_run(s, "DELETE FROM crl_points WHERE seen_at < ?1", DB_ARGS(db_i(seen_before_s)),
		      e);
}

bool store_crl_points_again(struct store *s, int64_t now_s, struct err *e)
{
	return db_run(s, "UPDATE crl_points SET next_at = ?1 WHERE next_at > ?1",
		      DB_ARGS(db_i(now_s)), e);
}
