/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/rollouts.h"

#include "store/db.h"

#include <string.h>

#define COLUMNS                                                                                    \
	"SELECT w.agent, w.code, w.detail, w.state, w.attempts, w.due_ms, w.ended_at, a.name,"     \
	" a.address, a.pinned_address, a.listener_sha256, a.port,"                                 \
	" a.ntcer_sha256"                                                                          \
	" FROM rollout_agents w LEFT JOIN agents a ON a.id = w.agent "

struct walk {
	work_fn fn;
	void *arg;
};

static bool row_each(const struct db_stmt *q, void *walk, struct err *e)
{
	const struct walk *w = walk;
	const struct work_row r = {.agent = db_text(q, 0),
				   .code = db_text(q, 1),
				   .detail = db_text(q, 2),
				   .state = (enum work_state)db_int(q, 3),
				   .attempts = db_int(q, 4),
				   .due_ms = db_int(q, 5),
				   .ended_s = db_int(q, 6),
				   .name = db_text(q, 7),
				   .address = db_text(q, 8),
				   .pinned_address = db_text(q, 9),
				   .listener_sha256 = db_text(q, 10),
				   .port = (uint16_t)db_int(q, 11),
				   .ntcer_sha256 = db_text(q, 12)};

	return w->fn(w->arg, &r, e);
}

bool work_add_all(struct store *s, int64_t rollout, int64_t due_ms, int64_t jitter_ms,
		  struct err *e)
{
	return db_run(s,
		      "INSERT INTO rollout_agents (rollout, agent, due_ms) SELECT ?1, id,"
		      " ?2 + abs(random() % (?3 + 1)) FROM agents",
		      DB_ARGS(db_i(rollout), db_i(due_ms), db_i(jitter_ms)), e);
}

bool work_add_inventory(struct store *s, int64_t rollout, int64_t inventory, int64_t root_policy,
			int64_t due_ms, struct err *e)
{
	return db_run(s,
		      "INSERT INTO rollout_agents (rollout, agent, due_ms) SELECT ?1, id, ?4"
		      " FROM agents WHERE inventory = ?2 AND root_policy = ?3",
		      DB_ARGS(db_i(rollout), db_i(inventory), db_i(root_policy), db_i(due_ms)), e);
}

bool work_add(struct store *s, int64_t rollout, const char *agent, int64_t due_ms, struct err *e)
{
	return db_run(s,
		      "INSERT INTO rollout_agents (rollout, agent, due_ms) VALUES (?1, ?2, ?3)"
		      " ON CONFLICT DO NOTHING",
		      DB_ARGS(db_i(rollout), db_t(agent), db_i(due_ms)), e);
}

bool work_due(struct store *s, int64_t rollout, int64_t now_ms, int limit, work_fn fn, void *arg,
	      struct err *e)
{
	struct walk w = {.fn = fn, .arg = arg};

	return db_each(s,
		       COLUMNS "WHERE w.rollout = ?1 AND w.state = 0 AND w.due_ms <= ?2"
			       " ORDER BY w.due_ms LIMIT ?3",
		       DB_ARGS(db_i(rollout), db_i(now_ms), db_i(limit)), row_each, &w, e);
}

bool work_list(struct store *s, int64_t rollout, int state, const char *after, int limit,
	       work_fn fn, void *arg, struct err *e)
{
	struct walk w = {.fn = fn, .arg = arg};

	return db_each(s,
		       COLUMNS "WHERE w.rollout = ?1 AND (?2 < 0 OR w.state = ?2) AND w.agent > ?3"
			       " ORDER BY w.agent LIMIT ?4",
		       DB_ARGS(db_i(rollout), db_i(state), db_t(after), db_i(limit)), row_each, &w,
		       e);
}

bool work_set(struct store *s, int64_t rollout, const struct work_row *r, struct err *e)
{
	return db_run(s,
		      "UPDATE rollout_agents SET state = CASE WHEN ?3 = 0 AND (SELECT state FROM"
		      " rollouts WHERE id = ?1) = 'cancelled' THEN 5 ELSE ?3 END, attempts = ?4, "
		      "due_ms = ?5, code = ?6,"
		      " detail = ?7, ended_at = ?8 WHERE rollout = ?1 AND agent = ?2",
		      DB_ARGS(db_i(rollout), db_t(r->agent), db_i(r->state), db_i(r->attempts),
			      db_i(r->due_ms), db_t(r->code), db_t(r->detail), db_i(r->ended_s)),
		      e);
}

static bool count_read(const struct db_stmt *q, void *arg, struct err *e)
{
	int64_t *counts = arg, state = db_int(q, 0);

	(void)e;
	if (state >= 0 && state < WORK_STATES)
		counts[state] = db_int(q, 1);
	return true;
}

bool work_tally(struct store *s, int64_t rollout, int64_t counts[WORK_STATES], struct err *e)
{
	memset(counts, 0, WORK_STATES * sizeof(*counts));
	return db_each(s,
		       "SELECT state, count(*) FROM rollout_agents INDEXED BY rollout_agents_due"
		       " WHERE rollout = ?1 GROUP BY state",
		       DB_ARGS(db_i(rollout)), count_read, counts, e);
}

bool work_cancel(struct store *s, int64_t rollout, int64_t now_s, struct err *e)
{
	return db_run(s,
		      "UPDATE rollout_agents SET state = 5, ended_at = ?2 WHERE rollout = ?1 AND "
		      "state = 0",
		      DB_ARGS(db_i(rollout), db_i(now_s)), e);
}

bool work_recover(struct store *s, struct err *e)
{
	return db_run(s, "UPDATE rollout_agents SET state = 0 WHERE state = 1", DB_NO_ARGS, e);
}

bool work_set_relaxed(struct store *s, bool on, struct err *e)
{
	return on ? db_script(s, "PRAGMA synchronous = NORMAL", e)
		  : db_script(s, "PRAGMA synchronous = FULL", e);
}
