/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/changes.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/db.h"

#include <string.h>

#define COLUMNS                                                                                    \
	"SELECT id, seq, version, binding_id, endpoint, state, before, after, agents_from,"        \
	" confirm_within, confirm_until, prove_until, proved, tls_generation, created_at,"         \
	" committed_at, ended_at, actor, via, override, checks, evidence, kind, wait_agents"       \
	" FROM changes "

static const char *const state_names[] = {
	[CHANGE_STAGED] = "staged",	  [CHANGE_COMMITTED] = "committed",
	[CHANGE_CONFIRMED] = "confirmed", [CHANGE_REVERTED] = "reverted",
	[CHANGE_ABORTED] = "aborted",
};

static const char *const kind_names[] = {
	[CHANGE_OF_BINDING] = "binding",
	[CHANGE_OF_TRUST_MODE] = "trust_mode",
};

const char *change_state_name(enum change_state s)
{
	return state_names[s];
}

static bool state_of_name(const char *name, enum change_state *out, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(state_names); i++)
		if (strcmp(state_names[i], name) == 0) {
			*out = (enum change_state)i;
			return true;
		}
	return err_reason(e, "state.corrupt", "a change in state '%.20s'", name);
}

void change_row_clear(struct change_row *r)
{
	mem_free(r->checks);
	*r = (struct change_row)CHANGE_ROW_INIT;
}

void change_rows_clear(struct change_rows *r)
{
	for (size_t i = 0; i < r->n; i++)
		change_row_clear(&r->items[i]);
	mem_free(r->items);
	*r = (struct change_rows){.n = 0};
}

static bool binding_state_json(const struct binding_state *b, struct buf *out, struct err *e)
{
	json_t *o AUTO_JSON = json_pack(
		"{s:s, s:i, s:s, s:i, s:b, s:b, s:s, s:b, s:I}", "cert", b->cert, "client_certs",
		b->client_certs, "issuer_store", b->issuer_store, "revocation", b->revocation,
		"check_usage", b->check_usage, "agents", b->agents, "path_rules", b->path_rules,
		"revocation_cached_only", b->revocation_cached_only, "revocation_freshness",
		(json_int_t)b->revocation_freshness_s);

	if (!o)
		return err_nomem(e);
	return json_write(o, out, e);
}

static bool binding_state_read(const char *text, struct binding_state *out, struct err *e)
{
	json_t *o AUTO_JSON = NULL;
	const char *cert, *issuer, *rules = "";
	int64_t client_certs, revocation, freshness_s = 0;

	*out = (struct binding_state){.check_usage = true};
	if (!json_read(span_str(text), &o, e) || !json_get_str(o, "cert", &cert, e) ||
	    !json_get_str(o, "issuer_store", &issuer, e) ||
	    !json_get_int(o, "client_certs", 0, 2, &client_certs, e) ||
	    !json_get_int(o, "revocation", 0, 3, &revocation, e) ||
	    !json_get_bool_opt(o, "check_usage", &out->check_usage, e) ||
	    !json_get_bool_opt(o, "agents", &out->agents, e) ||
	    !json_get_bool_opt(o, "revocation_cached_only", &out->revocation_cached_only, e) ||
	    !json_get_int_opt(o, "revocation_freshness", 0, REVOCATION_FRESHNESS_MAX_S,
			      &freshness_s, e) ||
	    !json_get_str_opt(o, "path_rules", &rules, e))
		return err_wrap(e, "what a change holds of its binding");
	text_copy(out->cert, sizeof out->cert, cert);
	text_copy(out->issuer_store, sizeof out->issuer_store, issuer);
	text_copy(out->path_rules, sizeof out->path_rules, rules);
	out->client_certs = (int)client_certs;
	out->revocation = (int)revocation;
	out->revocation_freshness_s = freshness_s;
	return true;
}

static bool mode_read(const char *text, int *out, struct err *e)
{
	json_t *o AUTO_JSON = NULL;
	int64_t mode;

	if (!json_read(span_str(text), &o, e) || !json_get_int(o, "trust_mode", 0, 2, &mode, e))
		return err_wrap(e, "what a change holds of the trust mode");
	*out = (int)mode;
	return true;
}

/* Both sides of what changes, by what it is that changes. */
static bool sides_read(const struct db_stmt *q, struct change_row *r, struct err *e)
{
	const char *before = db_text(q, 6), *after = db_text(q, 7);

	if (r->kind == CHANGE_OF_TRUST_MODE)
		return mode_read(before, &r->mode_before, e) && mode_read(after, &r->mode_after, e);
	return (!r->has_before || binding_state_read(before, &r->before, e)) &&
	       binding_state_read(after, &r->after, e);
}

static bool row_read(const struct db_stmt *q, void *arg, struct err *e)
{
	struct change_row *out = arg;
	struct change_row r AUTO_CHANGE_ROW = {.seq = db_int(q, 1), .version = db_int(q, 2)};

	db_copy(q, 0, r.id, sizeof r.id);
	r.binding_id = db_int(q, 3);
	db_copy(q, 4, r.endpoint, sizeof r.endpoint);
	r.has_before = !db_is_null(q, 6);
	r.kind = strcmp(db_text(q, 22), kind_names[CHANGE_OF_TRUST_MODE]) == 0
			 ? CHANGE_OF_TRUST_MODE
			 : CHANGE_OF_BINDING;
	if (!state_of_name(db_text(q, 5), &r.state, e) || !sides_read(q, &r, e))
		return false;
	r.agents_from = db_int(q, 8);
	r.confirm_within_s = db_int(q, 9);
	r.confirm_until_s = db_int(q, 10);
	r.prove_until_s = db_int(q, 11);
	r.proved = db_int(q, 12) != 0;
	r.generation = db_int(q, 13);
	r.created_s = db_int(q, 14);
	r.committed_s = db_int(q, 15);
	r.ended_s = db_int(q, 16);
	db_copy(q, 17, r.actor, sizeof r.actor);
	db_copy(q, 18, r.via, sizeof r.via);
	db_copy(q, 19, r.override_reason, sizeof r.override_reason);
	db_copy(q, 21, r.evidence, sizeof r.evidence);
	r.wait_agents = db_int(q, 23);
	r.checks = mem_str(db_text(q, 20));
	if (!r.checks)
		return err_nomem(e);
	*out = r;
	r.checks = NULL;
	return true;
}

static bool mode_json(int mode, struct buf *out, struct err *e)
{
	json_t *o AUTO_JSON = json_pack("{s:i}", "trust_mode", mode);

	return o ? json_write(o, out, e) : err_nomem(e);
}

static bool sides_json(const struct change_row *r, struct buf *before, struct buf *after,
		       struct err *e)
{
	if (r->kind == CHANGE_OF_TRUST_MODE)
		return mode_json(r->mode_before, before, e) && mode_json(r->mode_after, after, e);
	return (!r->has_before || binding_state_json(&r->before, before, e)) &&
	       binding_state_json(&r->after, after, e);
}

/* Whoever reads the open ones sees all of them: change_rows_open(). */
static bool has_room(struct store *s, struct err *e)
{
	int64_t n;

	if (!db_get_int(s, "SELECT count(*) FROM changes WHERE state IN ('staged', 'committed')",
			DB_NO_ARGS, &n, NULL, e))
		return false;
	return n < CHANGES_OPEN_MAX ||
	       err_reason(e, "limit.rows", "%lld changes are open already: end some of them first",
			  (long long)n);
}

bool change_row_insert(struct store *s, const struct change_row *r, struct err *e)
{
	struct buf before AUTO_BUF = BUF_INIT, after AUTO_BUF = BUF_INIT;
	int64_t n_open;

	if (!has_room(s, e) ||
	    !db_get_int(s,
			"SELECT count(*) FROM changes WHERE state IN ('staged', 'committed')"
			" AND (endpoint = ?1 OR binding_id = ?2)",
			DB_ARGS(db_t(r->endpoint), db_i_or_null(r->binding_id)), &n_open, NULL, e))
		return false;
	if (n_open > 0)
		return err_reason(e, "change.open", "another change of %s is open", r->endpoint);
	if (!sides_json(r, &before, &after, e))
		return false;
	/* What was bound may be gone already (that is why it is changed): hold what there is. */
	return db_run(
		s,
		"INSERT INTO changes (id, seq, version, binding_id, endpoint, state, before, after,"
		" held_before, held_after, held_before_store_id, held_after_store_id,"
		" confirm_within, created_at, actor, via, override, checks, kind, wait_agents)"
		" VALUES"
		" (?1, ?2, ?3, ?4, ?5, 'staged', ?6, ?7,"
		" (SELECT sha256 FROM certificates WHERE sha256 = ?8), ?9,"
		" (SELECT id FROM stores WHERE name = ?10),"
		" (SELECT id FROM stores WHERE name = ?11), ?12, ?13, ?14, ?15, ?16, ?17, ?18,"
		" ?19)",
		DB_ARGS(db_t(r->id), db_i(r->seq), db_i(r->version), db_i_or_null(r->binding_id),
			db_t(r->endpoint), db_t(r->has_before ? buf_str(&before) : NULL),
			db_t(buf_str(&after)), db_t(r->has_before ? r->before.cert : NULL),
			db_t(r->after.cert[0] ? r->after.cert : NULL), db_t(r->before.issuer_store),
			db_t(r->after.issuer_store), db_i(r->confirm_within_s), db_i(r->created_s),
			db_t(r->actor), db_t(r->via),
			db_t(r->override_reason[0] ? r->override_reason : NULL),
			db_t(r->checks ? r->checks : "[]"), db_t(kind_names[r->kind]),
			db_i(r->wait_agents)),
		e);
}

bool change_row_update(struct store *s, const struct change_row *r, struct err *e)
{
	bool open = r->state == CHANGE_STAGED || r->state == CHANGE_COMMITTED;

	if (!db_run_expect(
		    s,
		    "UPDATE changes SET version = ?2, binding_id = ?3, state = ?4,"
		    " agents_from = ?5, confirm_until = ?6, prove_until = ?7, proved = ?8,"
		    " tls_generation = ?9, committed_at = ?10, ended_at = ?11, evidence = ?12"
		    " WHERE id = ?1",
		    DB_ARGS(db_t(r->id), db_i(r->version), db_i_or_null(r->binding_id),
			    db_t(state_names[r->state]), db_i_or_null(r->agents_from),
			    db_i_or_null(r->confirm_until_s), db_i_or_null(r->prove_until_s),
			    db_i(r->proved), db_i(r->generation), db_i_or_null(r->committed_s),
			    db_i_or_null(r->ended_s), db_t(r->evidence)),
		    "change", e))
		return false;
	if (open)
		return true;
	return db_run(s,
		      "UPDATE changes SET held_before = NULL, held_after = NULL,"
		      " held_before_store_id = NULL, held_after_store_id = NULL WHERE id = ?1",
		      DB_ARGS(db_t(r->id)), e);
}

bool change_row_by_id(struct store *s, const char *id, struct change_row *out, bool *found,
		      struct err *e)
{
	return db_first(s, COLUMNS "WHERE id = ?1", DB_ARGS(db_t(id)), row_read, out, found, e);
}

bool change_row_open(struct store *s, int64_t binding_id, struct change_row *out, bool *found,
		     struct err *e)
{
	return db_first(s,
			COLUMNS "WHERE binding_id = ?1 AND state IN ('staged', 'committed')"
				" ORDER BY seq DESC LIMIT 1",
			DB_ARGS(db_i(binding_id)), row_read, out, found, e);
}

bool change_row_open_mode(struct store *s, struct change_row *out, bool *found, struct err *e)
{
	return db_first(s,
			COLUMNS "WHERE kind = 'trust_mode' AND state IN ('staged', 'committed')"
				" ORDER BY seq DESC LIMIT 1",
			DB_NO_ARGS, row_read, out, found, e);
}

bool change_row_latest(struct store *s, int64_t binding_id, struct change_row *out, bool *found,
		       struct err *e)
{
	return db_first(s,
			COLUMNS "WHERE binding_id = ?1 AND state IN ('committed', 'confirmed')"
				" ORDER BY seq DESC LIMIT 1",
			DB_ARGS(db_i(binding_id)), row_read, out, found, e);
}

bool change_row_overdue(struct store *s, int64_t now_s, int64_t staged_before_s,
			struct change_row *out, bool *found, struct err *e)
{
	return db_first(s,
			COLUMNS "WHERE (state = 'committed'"
				" AND (confirm_until <= ?1 OR prove_until <= ?1))"
				" OR (state = 'staged' AND created_at < ?2)"
				" ORDER BY seq LIMIT 1",
			DB_ARGS(db_i(now_s), db_i(staged_before_s)), row_read, out, found, e);
}

bool change_deadlines_cap(struct store *s, int64_t now_s, int64_t prove_within_s, struct err *e)
{
	int64_t n = 0;

	/* asked first: hardly ever is there anything to write */
	if (!db_get_int(s,
			"SELECT count(*) FROM changes WHERE state = 'committed'"
			" AND (confirm_until > ?1 + confirm_within OR prove_until > ?1 + ?2)",
			DB_ARGS(db_i(now_s), db_i(prove_within_s)), &n, NULL, e))
		return false;
	return n == 0 ||
	       db_run(s,
		      "UPDATE changes SET confirm_until = min(confirm_until, ?1 + confirm_within),"
		      " prove_until = min(prove_until, ?1 + ?2) WHERE state = 'committed'",
		      DB_ARGS(db_i(now_s), db_i(prove_within_s)), e);
}

bool change_next_deadline(struct store *s, int64_t *out, struct err *e)
{
	return db_get_int(s,
			  "SELECT coalesce(min(min(coalesce(confirm_until, prove_until),"
			  " coalesce(prove_until, confirm_until))), 0)"
			  " FROM changes WHERE state = 'committed'",
			  DB_NO_ARGS, out, NULL, e);
}

bool change_row_unproved(struct store *s, int64_t below_seq, struct change_row *out, bool *found,
			 struct err *e)
{
	return db_first(s,
			COLUMNS "WHERE state IN ('committed', 'confirmed') AND proved = 0"
				" AND seq < ?1"
				" ORDER BY seq DESC LIMIT 1",
			DB_ARGS(db_i(below_seq)), row_read, out, found, e);
}

bool change_rows_mark_proved(struct store *s, int64_t binding_id, int64_t up_to_seq, struct err *e)
{
	return db_run(s,
		      "UPDATE changes SET proved = 1 WHERE binding_id = ?1 AND seq <= ?2"
		      " AND state = 'confirmed' AND proved = 0",
		      DB_ARGS(db_i(binding_id), db_i(up_to_seq)), e);
}

static bool row_append(const struct db_stmt *q, void *arg, struct err *e)
{
	struct change_rows *to = arg;

	if (!row_read(q, &to->items[to->n], e))
		return false;
	to->n++;
	return true;
}

bool change_rows_open(struct store *s, struct change_rows *out, struct err *e)
{
	struct change_rows rows AUTO_CHANGE_ROWS = {
		.items = mem_array(CHANGES_OPEN_MAX, sizeof *rows.items)};

	if (!rows.items)
		return err_nomem(e);
	if (!db_each(s, COLUMNS "WHERE state IN ('staged', 'committed') ORDER BY seq LIMIT ?1",
		     DB_ARGS(db_i(CHANGES_OPEN_MAX)), row_append, &rows, e))
		return false;
	*out = rows;
	rows = (struct change_rows){.n = 0};
	return true;
}

bool change_row_history(struct store *s, int64_t binding_id, int64_t before_seq, int limit,
			struct change_rows *out, int64_t *total_out, struct err *e)
{
	struct change_rows rows AUTO_CHANGE_ROWS = {.n = 0};

	rows.items = mem_array((size_t)limit, sizeof *rows.items);
	if (!rows.items)
		return err_nomem(e);
	if (!db_get_int(s, "SELECT count(*) FROM changes WHERE binding_id = ?1",
			DB_ARGS(db_i(binding_id)), total_out, NULL, e) ||
	    !db_each(s, COLUMNS "WHERE binding_id = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3",
		     DB_ARGS(db_i(binding_id), db_i(before_seq ? before_seq : INT64_MAX),
			     db_i(limit)),
		     row_append, &rows, e))
		return false;
	*out = rows;
	rows = (struct change_rows){.n = 0};
	return true;
}
