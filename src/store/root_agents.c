/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/root_agents.h"

#include "store/agent_row.h"
#include "store/db.h"

struct walk {
	root_agent_fn fn;
	void *arg;
};

static bool give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct walk *w = arg;

	return w->fn(w->arg,
		     &(struct root_agent_row){.rowid = db_int(q, 0),
					      .id = db_text(q, 1),
					      .name = db_text(q, 2),
					      .address = db_text(q, 3),
					      .last_seen_s = db_int(q, 4),
					      .inventory_s = db_int(q, 5),
					      .policy = db_int(q, 6),
					      .letter = db_text(q, 7)[0]},
		     e);
}

bool root_agent_list(struct store *s, const struct root_agent_choice *which, int64_t after,
		     int limit, root_agent_fn fn, void *arg, struct err *e)
{
	struct walk w = {.fn = fn, .arg = arg};
	struct agent_place p;

	return agent_place_of(s, after, &p, e) &&
	       db_each(s,
		       "SELECT a.rowid, a.id, a.name, a.address, a.last_seen_at, a.inventory_at,"
		       " a.root_policy, CAST(substr(i.standing, ?1 + 1, 1) AS TEXT)"
		       " FROM agents a INDEXED BY agents_roots"
		       " LEFT JOIN inventory_standings i ON i.inventory = a.inventory"
		       " WHERE a.name COLLATE NOCASE >= ?2"
		       " AND (a.name COLLATE NOCASE > ?2 OR a.id > ?3)"
		       " AND (?4 IS NULL OR"
		       "  instr(?4, ifnull(CAST(substr(i.standing, ?1 + 1, 1) AS TEXT), '?')) > 0)"
		       " AND (?6 >> a.root_policy) & 1"
		       " ORDER BY a.name COLLATE NOCASE, a.id LIMIT ?5",
		       DB_ARGS(db_i(which->position), db_t(p.name), db_t(p.id),
			       db_t(which->letters), db_i(limit), db_i(which->policies)),
		       give, &w, e);
}
