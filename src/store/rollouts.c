/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/rollouts.h"

#include "store/db.h"

#define COLUMNS                                                                                    \
	"SELECT id, kind, cmd, args, state, actor, parallel, attempts, jitter_ms, created_at,"     \
	" ended_at FROM rollouts "

struct walk {
	rollout_fn fn;
	work_fn work;
	void *arg;
};

static bool row_read(const struct db_stmt *q, void *out, struct err *e)
{
	struct rollout_row *r = out;

	(void)e;
	*r = (struct rollout_row){.id = db_int(q, 0),
				  .parallel = db_int(q, 6),
				  .attempts = db_int(q, 7),
				  .jitter_ms = db_int(q, 8),
				  .created_s = db_int(q, 9),
				  .ended_s = db_int(q, 10)};
	db_copy(q, 1, r->kind, sizeof(r->kind));
	db_copy(q, 2, r->cmd, sizeof(r->cmd));
	db_copy(q, 3, r->args, sizeof(r->args));
	db_copy(q, 4, r->state, sizeof(r->state));
	db_copy(q, 5, r->actor, sizeof(r->actor));
	return true;
}

static bool row_each(const struct db_stmt *q, void *walk, struct err *e)
{
	const struct walk *w = walk;
	struct rollout_row r;

	return row_read(q, &r, e) && w->fn(w->arg, &r, e);
}

bool rollout_row_insert(struct store *s, struct rollout_row *r, struct err *e)
{
	if (!db_run(s,
		    "INSERT INTO rollouts (kind, cmd, args, state, actor, parallel, attempts,"
		    " jitter_ms, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
		    DB_ARGS(db_t(r->kind), db_t(r->cmd), db_t(r->args), db_t(r->state),
			    db_t(r->actor), db_i(r->parallel), db_i(r->attempts),
			    db_i(r->jitter_ms), db_i(r->created_s)),
		    e))
		return false;
	r->id = db_last_id(s);
	return true;
}

bool rollout_row_find(struct store *s, int64_t id, struct rollout_row *out, bool *found_out,
		      struct err *e)
{
	return db_first(s, COLUMNS "WHERE id = ?1", DB_ARGS(db_i(id)), row_read, out, found_out, e);
}

bool rollout_row_list(struct store *s, const char *kind, int64_t before, int limit, rollout_fn fn,
		      void *arg, struct err *e)
{
	struct walk w = {.fn = fn, .arg = arg};

	return db_each(s,
		       COLUMNS "WHERE (?1 IS NULL OR kind = ?1) AND (?2 = 0 OR id < ?2)"
			       " ORDER BY id DESC LIMIT ?3",
		       DB_ARGS(db_t(kind), db_i(before), db_i(limit)), row_each, &w, e);
}

bool rollout_row_running(struct store *s, rollout_fn fn, void *arg, struct err *e)
{
	struct walk w = {.fn = fn, .arg = arg};

	return db_each(s, COLUMNS "WHERE state = 'running' ORDER BY id", DB_NO_ARGS, row_each, &w,
		       e);
}

bool rollout_rows_open(struct store *s, const char *kind, int64_t *out, struct err *e)
{
	return db_get_int(s,
			  "SELECT count(*) FROM rollouts WHERE kind = ?1"
			  " AND state IN ('running', 'paused')",
			  DB_ARGS(db_t(kind)), out, NULL, e);
}

bool rollout_rows_count(struct store *s, const char *kind, int64_t *out, struct err *e)
{
	return db_get_int(s, "SELECT count(*) FROM rollouts WHERE ?1 IS NULL OR kind = ?1",
			  DB_ARGS(db_t(kind)), out, NULL, e);
}

bool rollout_row_set_state(struct store *s, int64_t id, const char *state, int64_t ended_s,
			   struct err *e)
{
	return db_run(s, "UPDATE rollouts SET state = ?2, ended_at = ?3 WHERE id = ?1",
		      DB_ARGS(db_i(id), db_t(state), db_i(ended_s)), e);
}

bool rollout_rows_trim(struct store *s, int64_t keep, struct err *e)
{
	return db_run(s,
		      "DELETE FROM rollouts WHERE ended_at > 0 AND id <= (SELECT id FROM rollouts"
		      " ORDER BY id DESC LIMIT 1 OFFSET ?1)",
		      DB_ARGS(db_i(keep)), e);
}
