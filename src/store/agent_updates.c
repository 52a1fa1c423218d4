/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/agent_updates.h"

#include "store/db.h"

/* ?1 the server's policy is on, ?2 offline before, ?3 hanging since before. 1 and 2 are roots and intermediates, 5 policy,
 * 6 unreachable, 7 other; states 2 to 4 are under way, 5 failed. */
#define CAUSE                                                                                      \
	" CASE WHEN update_cause IN (1, 2) AND update_entry > 0"                                   \
	" AND (root_policy = 1 OR (root_policy = 0 AND ?1)) THEN 5"                                \
	" WHEN update_cause IN (0, 7) AND update_state BETWEEN 2 AND 4 AND last_seen_at < ?2"      \
	" THEN 6 WHEN update_cause = 0 AND (update_state = 5"                                      \
	" OR (update_state > 1 AND update_since <= ?3)) THEN 7 ELSE update_cause END "
#define HANGS " update_state >= 2 AND (update_state = 5 OR update_since <= ?3) "
_Static_assert(UPDATE_ROOT_MISSING == 1 && UPDATE_INTERMEDIATE_MISSING == 2 && UPDATE_POLICY == 5 &&
		       UPDATE_UNREACHABLE == 6 && UPDATE_OTHER == 7 && UPDATE_DOWNLOADING == 2 &&
		       UPDATE_UPDATING == 4 && UPDATE_FAILED == 5,
	       "numbers that stand in the statements");

bool agent_row_update(struct store *s, const char *agent, const struct agent_update_row *r,
		      int64_t clock_skew_s, bool *changed_out, struct err *e)
{
	if (!db_run(s, "UPDATE agents SET clock_skew_s = ?2 WHERE id = ?1 AND clock_skew_s <> ?2",
		    DB_ARGS(db_t(agent), db_i(clock_skew_s)), e) ||
	    !db_run(s,
		    "UPDATE agents SET update_state = ?2, update_cause = ?3, update_since = ?4,"
		    " update_package = ?5, update_version = ?6, update_installed = ?7,"
		    " update_reason = ?8, update_missing = ?9, update_missing_kind = ?10,"
		    " update_missing_sha256 = ?11, update_entry = ?12 WHERE id = ?1 AND"
		    " (update_state <> ?2 OR update_cause <> ?3 OR abs(update_since - ?4) > 60"
		    " OR update_package <> ?5 OR update_version <> ?6 OR update_installed <> ?7"
		    " OR update_reason <> ?8 OR update_missing <> ?9 OR update_missing_kind <> ?10"
		    " OR update_missing_sha256 <> ?11 OR update_entry <> ?12)",
		    DB_ARGS(db_t(agent), db_i(r->state), db_i(r->cause), db_i(r->since_s),
			    db_t(r->package), db_t(r->version), db_t(r->installed), db_t(r->reason),
			    db_t(r->missing), db_t(r->missing_kind), db_t(r->missing_sha256),
			    db_i(r->entry)),
		    e))
		return false;
	*changed_out = db_n_changed(s) > 0;
	return true;
}

static bool tally_read(const struct db_stmt *q, void *arg, struct err *e)
{
	int64_t *out = arg, state = db_int(q, 0);

	(void)e;
	if (state >= 0 && state < UPDATE_STATES)
		out[state] += db_int(q, 1);
	return true;
}

bool agent_updates_tally(struct store *s, int64_t out[UPDATE_STATES], struct err *e)
{
	for (int i = 0; i < UPDATE_STATES; i++)
		out[i] = 0;
	return db_each(s,
		       "SELECT update_state, count(*) FROM agents INDEXED BY agents_update"
		       " GROUP BY 1",
		       DB_NO_ARGS, tally_read, out, e);
}

struct group_sink {
	update_group_fn fn;
	void *arg;
};

static bool group_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct group_sink *to = arg;

	return to->fn(to->arg,
		      &(struct update_group){.cause = (enum update_cause)db_int(q, 0),
					     .missing = db_text(q, 1),
					     .missing_sha256 = db_text(q, 2),
					     .entry = db_int(q, 3),
					     .n = db_int(q, 4),
					     .failed = db_int(q, 5)},
		      e);
}

bool agent_update_groups(struct store *s, const struct update_view *v, int limit,
			 update_group_fn fn, void *arg, struct err *e)
{
	return db_each(
		s,
		"SELECT" CAUSE ", update_missing,"
		" update_missing_sha256, update_entry, count(*), sum(update_state = 5)"
		" FROM agents INDEXED BY agents_update WHERE" HANGS
		"GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2 LIMIT ?4",
		DB_ARGS(db_i(v->policy_on), db_i(v->seen_since_s), db_i(v->stalled_s), db_i(limit)),
		group_give, &(struct group_sink){fn, arg}, e);
}

static bool cause_tally_read(const struct db_stmt *q, void *arg, struct err *e)
{
	int64_t *out = arg, cause = db_int(q, 0);

	(void)e; /* nothing fails here */
	if (cause >= 0 && cause < UPDATE_CAUSES)
		out[cause] += db_int(q, 1);
	return true;
}

bool agent_updates_tally_causes(struct store *s, const struct update_view *v,
				int64_t out[UPDATE_CAUSES], struct err *e)
{
	for (int i = 0; i < UPDATE_CAUSES; i++)
		out[i] = 0;
	return db_each(s,
		       "SELECT" CAUSE ", count(*) FROM agents INDEXED BY agents_update"
		       " WHERE" HANGS "GROUP BY 1",
		       DB_ARGS(db_i(v->policy_on), db_i(v->seen_since_s), db_i(v->stalled_s)),
		       cause_tally_read, out, e);
}

#define MATCHES " update_state >= 1 AND (?4 < 0 OR update_state = ?4) AND (?5 < 0 OR" CAUSE "= ?5) "

struct item_sink {
	agent_update_fn fn;
	void *arg;
};

static bool item_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct item_sink *to = arg;

	return to->fn(
		to->arg,
		&(struct agent_update_item){.rowid = db_int(q, 0),
					    .id = db_text(q, 1),
					    .name = db_text(q, 2),
					    .states = db_text(q, 3),
					    .last_seen_s = db_int(q, 4),
					    .update = {.state = (enum update_state)db_int(q, 5),
						       .cause = (enum update_cause)db_int(q, 6),
						       .since_s = db_int(q, 7),
						       .package = db_text(q, 8),
						       .version = db_text(q, 9),
						       .installed = db_text(q, 10),
						       .reason = db_text(q, 11),
						       .missing = db_text(q, 12),
						       .missing_kind = db_text(q, 13),
						       .missing_sha256 = db_text(q, 14),
						       .entry = db_int(q, 15)}},
		e);
}

#define ITEM                                                                                       \
	"SELECT rowid, id, name, states, last_seen_at, update_state," CAUSE ","                    \
	" update_since, update_package, update_version, update_installed,"                         \
	" update_reason, update_missing, update_missing_kind,"                                     \
	" update_missing_sha256, update_entry FROM agents WHERE "

bool agent_update_one(struct store *s, const struct update_view *v, const char *id,
		      agent_update_fn fn, void *arg, struct err *e)
{
	return db_each(
		s, ITEM "id = ?4 AND update_state >= 1",
		DB_ARGS(db_i(v->policy_on), db_i(v->seen_since_s), db_i(v->stalled_s), db_t(id)),
		item_give, &(struct item_sink){fn, arg}, e);
}

bool agent_update_list(struct store *s, const struct update_view *v, int state, int cause,
		       int64_t after, int limit, agent_update_fn fn, void *arg, struct err *e)
{
	return db_each(s,
		       ITEM "rowid IN"
			    " (SELECT rowid FROM agents INDEXED BY agents_update WHERE" MATCHES
			    " AND rowid > ?6 ORDER BY rowid LIMIT ?7) ORDER BY rowid",
		       DB_ARGS(db_i(v->policy_on), db_i(v->seen_since_s), db_i(v->stalled_s),
			       db_i(state), db_i(cause), db_i(after), db_i(limit)),
		       item_give, &(struct item_sink){fn, arg}, e);
}

bool agent_updates_matching(struct store *s, const struct update_view *v, int state, int cause,
			    int64_t *n_out, struct err *e)
{
	return db_get_int(s, "SELECT count(*) FROM agents INDEXED BY agents_update WHERE" MATCHES,
			  DB_ARGS(db_i(v->policy_on), db_i(v->seen_since_s), db_i(v->stalled_s),
				  db_i(state), db_i(cause)),
			  n_out, NULL, e);
}

/* ---- certificates that agents lack ---- */

struct missing_sink {
	update_missing_fn fn;
	void *arg;
};

static bool missing_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct missing_sink *to = arg;

	return to->fn(to->arg, db_text(q, 0), db_text(q, 1), db_text(q, 2), e);
}

bool agent_update_missing(struct store *s, int limit, update_missing_fn fn, void *arg,
			  struct err *e)
{
	return db_each(
		s,
		"SELECT update_missing, update_missing_kind, update_missing_sha256"
		" FROM agents INDEXED BY agents_update WHERE update_state >= 2"
		" AND update_cause IN (1, 2) GROUP BY 1, 2, 3 ORDER BY count(*) DESC LIMIT ?1",
		DB_ARGS(db_i(limit)), missing_give, &(struct missing_sink){fn, arg}, e);
}

bool agent_update_missing_is(struct store *s, const char *missing, const char *kind,
			     const char *sha256, int64_t entry, enum update_cause cause,
			     struct err *e)
{
	return db_run(
		s,
		"UPDATE agents SET update_entry = ?4, update_cause = ?5, update_missing_kind ="
		" CASE ?5 WHEN 1 THEN 'root' ELSE 'intermediate' END WHERE"
		" update_state >= 2 AND update_cause IN (1, 2) AND update_missing = ?1"
		" AND update_missing_kind = ?2 AND update_missing_sha256 = ?3"
		" AND (update_entry <> ?4 OR update_cause <> ?5)",
		DB_ARGS(db_t(missing), db_t(kind), db_t(sha256), db_i(entry), db_i(cause)), e);
}

struct subject_sink {
	char *sha256;
	bool *self_signed;
};

static bool subject_read(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct subject_sink *to = arg;

	(void)e;
	db_copy(q, 0, to->sha256, 65);
	*to->self_signed = db_int(q, 1) != 0;
	return true;
}

bool update_subject_find(struct store *s, const char *subject, char sha256_out[static 65],
			 bool *self_signed_out, bool *found_out, struct err *e)
{
	return db_first(s,
			"SELECT sha256, self_signed FROM certificates WHERE subject = ?1"
			" AND is_ca = 1 AND removed_at IS NULL ORDER BY not_after DESC LIMIT 1",
			DB_ARGS(db_t(subject)), subject_read,
			&(struct subject_sink){sha256_out, self_signed_out}, found_out, e);
}

struct entry_sink {
	int64_t *entry;
	bool *is_root;
};

static bool entry_read(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct entry_sink *to = arg;

	(void)e;
	*to->entry = db_int(q, 0);
	*to->is_root = db_int(q, 1) != 0;
	return true;
}

bool update_entry_find(struct store *s, const char *name, const char *sha256, int64_t *entry_out,
		       bool *is_root_out, struct err *e)
{
	bool found = false;

	*entry_out = 0;
	return db_first(s,
			"SELECT id, store = 'Root' FROM required_roots WHERE sha256 = ?2"
			" OR (?2 = '' AND (?1 = 'CN=' || name"
			" OR substr(?1, 1, length(name) + 4) = 'CN=' || name || ','))"
			" ORDER BY sha256 IS NULL LIMIT 1",
			DB_ARGS(db_t(name), db_t(sha256)), entry_read,
			&(struct entry_sink){entry_out, is_root_out}, &found, e);
}
