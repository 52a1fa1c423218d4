/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/agents.h"

#include "store/agent_row.h"

/* Whether an agent that accepts these two meets a host certificate it knows. */
#define BOUND "(SELECT sha256 FROM ipcer ORDER BY number DESC LIMIT 1)"
#define HOLDS(ipcer, next) " ifnull(" BOUND " = " ipcer " OR instr(" next ", " BOUND ") > 0, 0) "

/* enum agent_standing of an agent with these files. */
#define STANDING(ntcer, ipcer, next, publication)                                                  \
	" CASE WHEN" HOLDS(                                                                        \
		ipcer,                                                                             \
		next) "AND " ntcer                                                                 \
		      " = (SELECT cert FROM authentication_keys WHERE current = 1) THEN 0"         \
		      " WHEN NOT EXISTS (SELECT 1 FROM authentication_keys WHERE cert = " ntcer    \
		      ") THEN 3"                                                                   \
		      " WHEN NOT" HOLDS(                                                           \
			      ipcer,                                                               \
			      next) "AND " publication                                             \
				    " < (SELECT ifnull(max(number), 0) FROM publications WHERE "   \
				    "reason = 'leaked') THEN 4"                                    \
				    " WHEN " publication                                           \
				    " > (SELECT ifnull(max(number), 0) FROM publications) THEN 5"  \
				    " WHEN " ntcer " = (SELECT cert FROM authentication_keys "     \
				    "WHERE current = 1) THEN 2"                                    \
				    " ELSE 1 END "

bool agent_row_each(const struct db_stmt *q, void *walk, struct err *e)
{
	const struct agent_walk *w = walk;
	const struct agent_row r = {
		.rowid = db_int(q, 0),
		.id = db_text(q, 1),
		.name = db_text(q, 2),
		.address = db_text(q, 3),
		.pinned_address = db_text(q, 4),
		.port = (uint16_t)db_int(q, 5),
		.versions = db_text(q, 6),
		.states = db_text(q, 7),
		.listener_sha256 = db_text(q, 8),
		.ntcer_sha256 = db_text(q, 9),
		.ipcer_sha256 = db_text(q, 10),
		.ipcer_next = db_text(q, 11),
		.publication = db_int(q, 12),
		.refusals = db_int(q, 13),
		.clones = db_int(q, 14),
		.registered_s = db_int(q, 15),
		.last_seen_s = db_int(q, 16),
		.token_s = db_int(q, 17),
		.last_refusal = db_text(q, 18),
		.token_jti = db_text(q, 19),
		.standing = (enum agent_standing)db_int(q, 20),
		.secret_hash = db_blob(q, 21),
		.secret_next = db_blob(q, 22),
		.is_proved = db_int(q, 23) != 0,
		.inventory_digest = db_text(q, 24),
		.inventory_s = db_int(q, 25),
		.root_policy = db_int(q, 26),
		.standings = db_blob(q, 27),
		.clock_skew_s = db_int(q, 28),
	};

	return w->fn(w->arg, &r, e);
}

bool agent_row_find(struct store *s, const char *id, agent_fn fn, void *arg, bool *found_out,
		    struct err *e)
{
	struct agent_walk w = {.fn = fn, .arg = arg};

	return db_first(s, AGENT_COLUMNS "WHERE id = ?1", DB_ARGS(db_t(id)), agent_row_each, &w,
			found_out, e);
}

bool agent_row_insert(struct store *s, const struct agent_row *r, struct err *e)
{
	return db_run(s,
		      "INSERT INTO agents (id, name, address, port, versions, listener_sha256,"
		      " ntcer_sha256, ipcer_sha256, ipcer_next, publication, secret_hash, token_at,"
		      " token_jti, registered_at, last_seen_at, standing) VALUES (?1, ?2, ?3, ?4,"
		      " ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14," STANDING(
			      "?7", "?8", "?9", "?10") ")",
		      DB_ARGS(db_t(r->id), db_t(r->name), db_t(r->address), db_i(r->port),
			      db_t(r->versions), db_t(r->listener_sha256), db_t(r->ntcer_sha256),
			      db_t(r->ipcer_sha256), db_t(r->ipcer_next), db_i(r->publication),
			      db_b(r->secret_hash), db_i(r->token_s), db_t(r->token_jti),
			      db_i(r->last_seen_s)),
		      e);
}

bool agent_row_again(struct store *s, const struct agent_row *r, struct err *e)
{
	return agent_row_report(s, r, e) &&
	       db_run(s,
		      "UPDATE agents SET secret_next = ?2, token_at = ?3, token_jti = ?4"
		      " WHERE id = ?1",
		      DB_ARGS(db_t(r->id), db_b(r->secret_next), db_i(r->token_s),
			      db_t(r->token_jti)),
		      e);
}

bool agent_row_report(struct store *s, const struct agent_row *r, struct err *e)
{
	return db_run(
		s,
		"UPDATE agents SET name = ?2, address = ?3, port = ?4, versions = ?5,"
		" states = ?6, ntcer_sha256 = ?7, ipcer_sha256 = ?8, ipcer_next = ?9,"
		" publication = ?10, last_seen_at = max(last_seen_at, ?11), standing =" STANDING(
			"?7", "?8", "?9", "?10") "WHERE id = ?1",
		DB_ARGS(db_t(r->id), db_t(r->name), db_t(r->address), db_i(r->port),
			db_t(r->versions), db_t(r->states), db_t(r->ntcer_sha256),
			db_t(r->ipcer_sha256), db_t(r->ipcer_next), db_i(r->publication),
			db_i(r->last_seen_s)),
		e);
}

bool agent_row_touch(struct store *s, const char *id, const char *address, int64_t now_s,
		     struct err *e)
{
	return db_run(s,
		      "UPDATE agents SET address = ?2, last_seen_at = max(last_seen_at, ?3)"
		      " WHERE id = ?1",
		      DB_ARGS(db_t(id), db_t(address), db_i(now_s)), e);
}

bool agent_row_secret_taken(struct store *s, const char *id, struct span hash, struct err *e)
{
	return db_run(s,
		      "UPDATE agents SET is_proved = 1, secret_hash = ?2, secret_next ="
		      " CASE WHEN secret_next = ?2 THEN NULL ELSE secret_next END WHERE id = ?1",
		      DB_ARGS(db_t(id), db_b(hash)), e);
}

bool agent_row_refused(struct store *s, const char *id, int64_t count, const char *last,
		       struct err *e)
{
	return db_run(s,
		      "UPDATE agents SET refusals = refusals + ?2, last_refusal = ?3 WHERE id = ?1",
		      DB_ARGS(db_t(id), db_i(count), db_t(last)), e);
}

bool agent_row_cloned(struct store *s, const char *id, struct err *e)
{
	return db_run(s, "UPDATE agents SET clones = clones + 1 WHERE id = ?1", DB_ARGS(db_t(id)),
		      e);
}

bool agent_row_pin(struct store *s, const char *id, const char *address, struct err *e)
{
	return db_run(s, "UPDATE agents SET pinned_address = ?2 WHERE id = ?1",
		      DB_ARGS(db_t(id), db_t(address)), e);
}

bool agent_row_delete(struct store *s, const char *id, bool *was_there, struct err *e)
{
	if (!db_run(s, "DELETE FROM agents WHERE id = ?1", DB_ARGS(db_t(id)), e))
		return false;
	*was_there = db_n_changed(s) > 0;
	return db_run(s, "DELETE FROM agent_events WHERE agent = ?1", DB_ARGS(db_t(id)), e);
}

bool agent_rows_drop_unproved(struct store *s, int64_t before_s, struct err *e)
{
	return db_run(s, "DELETE FROM agents WHERE is_proved = 0 AND registered_at < ?1",
		      DB_ARGS(db_i(before_s)), e);
}

bool agent_rows_restate(struct store *s, struct err *e)
{
	return db_run(s,
		      "UPDATE agents SET standing = t.standing FROM (SELECT rowid AS r," STANDING(
			      "ntcer_sha256", "ipcer_sha256", "ipcer_next",
			      "publication") "AS standing FROM agents) AS t"
					     " WHERE agents.rowid = t.r AND agents.standing <> "
					     "t.standing",
		      DB_NO_ARGS, e);
}

bool agent_rows_at(struct store *s, const char *address, int64_t *n_out, struct err *e)
{
	return db_get_int(s, "SELECT count(*) FROM agents WHERE address = ?1",
			  DB_ARGS(db_t(address)), n_out, NULL, e);
}

bool agent_rows_count(struct store *s, int64_t *n_out, struct err *e)
{
	return db_get_int(s, "SELECT count(*) FROM agents", DB_NO_ARGS, n_out, NULL, e);
}
