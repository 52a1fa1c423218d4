/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/agent_events.h"

#include "store/db.h"

bool agent_event_add(struct store *s, const char *agent, const struct agent_event_row *r,
		     struct err *e)
{
	return db_run(s,
		      "INSERT INTO agent_events (agent, at, kind, text, n)"
		      " VALUES (?1, ?2, ?3, ?4, ?5)",
		      DB_ARGS(db_t(agent), db_i(r->at_s), db_t(r->kind), db_t(r->text),
			      db_i(r->n ? r->n : 1)),
		      e) &&
	       db_run(s,
		      "DELETE FROM agent_events WHERE agent = ?1 AND id <= (SELECT id FROM"
		      " agent_events WHERE agent = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
		      DB_ARGS(db_t(agent), db_i(AGENT_EVENTS_MAX)), e);
}

struct walk {
	agent_event_fn fn;
	void *arg;
};

static bool each(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct walk *w = arg;
	const struct agent_event_row r = {.at_s = db_int(q, 0),
					  .kind = db_text(q, 1),
					  .text = db_text(q, 2),
					  .n = db_int(q, 3)};

	return w->fn(w->arg, &r, e);
}

bool agent_event_each(struct store *s, const char *agent, agent_event_fn fn, void *arg,
		      struct err *e)
{
	struct walk w = {.fn = fn, .arg = arg};

	return db_each(s,
		       "SELECT at, kind, text, n FROM agent_events WHERE agent = ?1"
		       " ORDER BY id DESC",
		       DB_ARGS(db_t(agent)), each, &w, e);
}
