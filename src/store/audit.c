/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/audit.h"

#include "store/db.h"

#include <string.h>

#define COLUMNS                                                                                    \
	"SELECT seq, at, actor, via, address, request_id, action, object, detail, prev, hash"      \
	" FROM audit "

#define WHERE                                                                                      \
	"WHERE (?1 IS NULL OR action = ?1) AND (?2 IS NULL OR substr(action, 1, length(?2)) = ?2)" \
	" AND (?3 IS NULL OR actor = ?3) AND (?4 IS NULL OR object = ?4)"                          \
	" AND (?5 = 0 OR at >= ?5) AND (?6 = 0 OR at < ?6)"

#define FILTER_ARGS(f)                                                                             \
	db_t((f)->action), db_t((f)->action_prefix), db_t((f)->actor), db_t((f)->object),          \
		db_i((f)->since_s), db_i((f)->until_s)

struct sink {
	store_audit_fn fn;
	void *arg;
};

static bool row_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct sink *to = arg;

	return to->fn(to->arg,
		      &(struct store_audit){.seq = db_int(q, 0),
					    .at_s = db_int(q, 1),
					    .actor = db_text(q, 2),
					    .via = db_text(q, 3),
					    .address = db_text(q, 4),
					    .request_id = db_text(q, 5),
					    .action = db_text(q, 6),
					    .object = db_text(q, 7),
					    .detail = db_text(q, 8),
					    .prev = db_blob(q, 9),
					    .hash = db_blob(q, 10)},
		      e);
}

bool store_audit_insert(struct store *s, const struct store_audit *r, struct err *e)
{
	return db_run(s,
		      "INSERT INTO audit (seq, at, actor, via, address, request_id, action, object,"
		      " detail, prev, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
		      DB_ARGS(db_i(r->seq), db_i(r->at_s), db_t(r->actor), db_t(r->via),
			      db_t(r->address), db_t(r->request_id), db_t(r->action),
			      db_t(r->object), db_t(r->detail), db_b(r->prev), db_b(r->hash)),
		      e);
}

bool store_audit_head(struct store *s, int64_t *seq_out, uint8_t hash_out[static SHA256_BYTES],
		      struct err *e)
{
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;
	struct span hash;
	bool row;

	if (!db_query(s, &q, "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", DB_NO_ARGS,
		      e) ||
	    !db_step(&q, &row, e))
		return false;
	*seq_out = row ? db_int(&q, 0) : 0;
	memset(hash_out, 0, SHA256_BYTES);
	hash = row ? db_blob(&q, 1) : span_of(NULL, 0);
	if (hash.len == SHA256_BYTES)
		memcpy(hash_out, hash.p, SHA256_BYTES);
	return true;
}

bool store_audit_list(struct store *s, const struct store_audit_filter *f, store_audit_fn fn,
		      void *arg, struct err *e)
{
	return db_each(s, COLUMNS WHERE " AND (?7 = 0 OR seq < ?7) ORDER BY seq DESC LIMIT ?8",
		       DB_ARGS(FILTER_ARGS(f), db_i(f->before_seq), db_i(f->limit)), row_give,
		       &(struct sink){fn, arg}, e);
}

bool store_audit_count(struct store *s, const struct store_audit_filter *f, int64_t *out,
		       struct err *e)
{
	return db_get_int(s, "SELECT count(*) FROM audit " WHERE, DB_ARGS(FILTER_ARGS(f)), out,
			  NULL, e);
}

bool store_audit_walk(struct store *s, store_audit_fn fn, void *arg, struct err *e)
{
	return db_each(s, COLUMNS "ORDER BY seq", DB_NO_ARGS, row_give, &(struct sink){fn, arg}, e);
}
