/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/text.h"
#include "store/agent_row.h"

/*
 * Lists of agents. The index agents_list holds all that is filtered by, so a row is visited only
 * when it is shown.
 */
#define MATCHES                                                                                    \
	" standing BETWEEN ?1 AND ?2 AND last_seen_at BETWEEN ?3 AND ?4 AND (?5 IS NULL"           \
	" OR name LIKE ?5 ESCAPE '\\' OR id LIKE ?5 ESCAPE '\\' OR address LIKE ?5 ESCAPE '\\') "

static bool place_read(const struct db_stmt *q, void *arg, struct err *e)
{
	struct agent_place *p = arg;

	(void)e;
	db_copy(q, 0, p->name, sizeof(p->name));
	db_copy(q, 1, p->id, sizeof(p->id));
	return true;
}

bool agent_place_of(struct store *s, int64_t after, struct agent_place *out, struct err *e)
{
	bool found = true;

	*out = (struct agent_place){.name = ""};
	if (after > 0 && !db_first(s, "SELECT name, id FROM agents WHERE rowid = ?1",
				   DB_ARGS(db_i(after)), place_read, out, &found, e))
		return false;
	return found || err_reason(e, "request.parameter",
				   "the agent that the page before ended with is gone");
}

bool agent_row_list(struct store *s, const struct agent_filter *f, int64_t after, int limit,
		    agent_fn fn, void *arg, struct err *e)
{
	struct agent_walk w = {.fn = fn, .arg = arg};
	struct agent_place p;

	if (!agent_place_of(s, after, &p, e))
		return false;
	return db_each(
		s,
		AGENT_COLUMNS "INDEXED BY agents_list WHERE" MATCHES "AND name COLLATE NOCASE >= ?6"
			      " AND (name COLLATE NOCASE > ?6 OR id > ?7)"
			      " ORDER BY name COLLATE NOCASE, id LIMIT ?8",
		DB_ARGS(db_i(f->standing_min), db_i(f->standing_max), db_i(f->seen_min_s),
			db_i(f->seen_max_s), db_t(f->like), db_t(p.name), db_t(p.id), db_i(limit)),
		agent_row_each, &w, e);
}

bool agent_rows_matching(struct store *s, const struct agent_filter *f, int64_t *n_out,
			 struct err *e)
{
	return db_get_int(s, "SELECT count(*) FROM agents INDEXED BY agents_list WHERE" MATCHES,
			  DB_ARGS(db_i(f->standing_min), db_i(f->standing_max), db_i(f->seen_min_s),
				  db_i(f->seen_max_s), db_t(f->like)),
			  n_out, NULL, e);
}

bool agent_row_mismatched(struct store *s, agent_fn fn, void *arg, struct err *e)
{
	struct agent_walk w = {.fn = fn, .arg = arg};

	return db_each(s,
		       AGENT_COLUMNS "INDEXED BY agents_list WHERE standing > 0"
				     " ORDER BY name COLLATE NOCASE, id",
		       DB_NO_ARGS, agent_row_each, &w, e);
}

static bool tally_read(const struct db_stmt *q, void *arg, struct err *e)
{
	struct agent_tally *t = arg;
	int64_t standing = db_int(q, 0), n = db_int(q, 2);
	bool seen = db_int(q, 1) != 0;

	(void)e;
	if (standing >= STANDING_UNKNOWN)
		t->mismatched += n;
	else if (!seen)
		t->offline += n;
	else if (standing == STANDING_CURRENT)
		t->current += n;
	else
		t->recoverable += n;
	if (standing != STANDING_CURRENT)
		t->files_differ += n;
	return true;
}

bool agent_rows_tally(struct store *s, int64_t seen_since_s, struct agent_tally *out, struct err *e)
{
	*out = (struct agent_tally){.current = 0};
	return db_each(s,
		       "SELECT standing, last_seen_at >= ?1, count(*) FROM agents"
		       " INDEXED BY agents_standing GROUP BY 1, 2",
		       DB_ARGS(db_i(seen_since_s)), tally_read, out, e);
}

bool agent_rows_holding(struct store *s, const char *ipcer_sha256, int64_t seen_since_s,
			int64_t *holding_out, int64_t *all_out, struct err *e)
{
	return db_get_int(s,
			  "SELECT count(*) FROM agents WHERE last_seen_at >= ?1"
			  " AND (ipcer_sha256 = ?2 OR instr(ipcer_next, ?2) > 0)",
			  DB_ARGS(db_i(seen_since_s), db_t(ipcer_sha256)), holding_out, NULL, e) &&
	       db_get_int(s, "SELECT count(*) FROM agents WHERE last_seen_at >= ?1",
			  DB_ARGS(db_i(seen_since_s)), all_out, NULL, e);
}
