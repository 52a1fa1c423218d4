/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/bindings.h"

#include "base/mem.h"
#include "store/db.h"

#include <string.h>

#define COLUMNS                                                                                    \
	"SELECT b.id, b.ip, b.port, b.host, b.is_default, b.cert, b.client_certs,"                 \
	" s.name, CASE b.revocation_last_good WHEN 1 THEN 3 ELSE b.revocation END, b.check_usage," \
	" b.agents, b.version,"                                                                    \
	" (SELECT group_concat(prefix || ' ' || client_certs, char(10)) FROM (SELECT prefix,"      \
	" client_certs FROM path_rules WHERE binding_id = b.id ORDER BY prefix)),"                 \
	" b.revocation_cached_only, b.revocation_freshness"                                        \
	" FROM bindings b LEFT JOIN stores s ON s.id = b.issuer_store_id "

static bool row_read(const struct db_stmt *q, void *arg, struct err *e)
{
	struct binding_row *r = arg;

	*r = (struct binding_row){.id = db_int(q, 0)};
	db_copy(q, 1, r->ip, sizeof r->ip);
	r->port = (uint16_t)db_int(q, 2);
	db_copy(q, 3, r->host, sizeof r->host);
	r->is_default = db_int(q, 4) != 0;
	db_copy(q, 5, r->state.cert, sizeof r->state.cert);
	r->state.client_certs = (int)db_int(q, 6);
	db_copy(q, 7, r->state.issuer_store, sizeof r->state.issuer_store);
	r->state.revocation = (int)db_int(q, 8);
	r->state.check_usage = db_int(q, 9) != 0;
	r->state.agents = db_int(q, 10) != 0;
	r->version = db_int(q, 11);
	db_copy(q, 12, r->state.path_rules, sizeof r->state.path_rules);
	r->state.revocation_cached_only = db_int(q, 13) != 0;
	r->state.revocation_freshness_s = db_int(q, 14);
	(void)e; /* nothing in such a row can be wrong */
	return true;
}

void binding_rows_clear(struct binding_rows *r)
{
	mem_free(r->items);
	*r = (struct binding_rows){.n = 0};
}

static bool row_append(const struct db_stmt *q, void *arg, struct err *e)
{
	struct binding_rows *to = arg;

	return row_read(q, &to->items[to->n++], e);
}

bool binding_row_list(struct store *s, struct binding_rows *out, struct err *e)
{
	struct binding_rows rows AUTO_BINDING_ROWS = {.n = 0};

	rows.items = mem_array(BINDINGS_MAX, sizeof *rows.items);
	if (!rows.items)
		return err_nomem(e);
	if (!db_each(s, COLUMNS "ORDER BY b.is_default DESC, b.ip, b.port, b.host LIMIT ?1",
		     DB_ARGS(db_i(BINDINGS_MAX)), row_append, &rows, e))
		return false;
	*out = rows;
	rows = (struct binding_rows){.n = 0};
	return true;
}

bool binding_row_by_id(struct store *s, int64_t id, struct binding_row *out, bool *found,
		       struct err *e)
{
	return db_first(s, COLUMNS "WHERE b.id = ?1", DB_ARGS(db_i(id)), row_read, out, found, e);
}

bool binding_row_by_key(struct store *s, const char *ip, uint16_t port, const char *host,
			struct binding_row *out, bool *found, struct err *e)
{
	return db_first(s, COLUMNS "WHERE b.ip = ?1 AND b.port = ?2 AND b.host = ?3",
			DB_ARGS(db_t(ip), db_i(port), db_t(host)), row_read, out, found, e);
}

bool binding_row_default(struct store *s, struct binding_row *out, bool *found, struct err *e)
{
	return db_first(s, COLUMNS "WHERE b.is_default = 1", DB_NO_ARGS, row_read, out, found, e);
}

bool binding_row_agents(struct store *s, struct binding_row *out, bool *found, struct err *e)
{
	return db_first(s, COLUMNS "WHERE b.agents = 1", DB_NO_ARGS, row_read, out, found, e);
}

/* The id of a store by its name; 0 for "". */
static bool store_id(struct store *s, const char *name, int64_t *out, struct err *e)
{
	bool found = false;

	*out = 0;
	if (name[0] == '\0')
		return true;
	if (!db_get_int(s, "SELECT id FROM stores WHERE name = ?1", DB_ARGS(db_t(name)), out,
			&found, e))
		return false;
	if (!found)
		return err_reason(e, "store.not_found", "there is no store '%s'", name);
	return true;
}

/* The column of the first schema knows three values; the fourth has one of its own. */
#define LAST_GOOD 3

static int revocation_column(const struct binding_state *b)
{
	return b->revocation == LAST_GOOD ? 1 : b->revocation;
}

static bool row_insert(struct store *s, struct binding_row *r, int64_t issuer_store_id,
		       struct err *e)
{
	int64_t n;

	if (!db_get_int(s, "SELECT count(*) FROM bindings", DB_NO_ARGS, &n, NULL, e))
		return false;
	if (n >= BINDINGS_MAX)
		return err_reason(e, "limit.rows", "there are %d bindings, at most %d", (int)n,
				  BINDINGS_MAX);
	if (!db_run(s,
		    "INSERT INTO bindings (ip, port, host, is_default, cert, client_certs,"
		    " issuer_store_id, revocation, check_usage, agents, version,"
		    " revocation_last_good, revocation_cached_only, revocation_freshness)"
		    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
		    DB_ARGS(db_t(r->ip), db_i(r->port), db_t(r->host), db_i(r->is_default),
			    db_t(r->state.cert), db_i(r->state.client_certs),
			    db_i_or_null(issuer_store_id), db_i(revocation_column(&r->state)),
			    db_i(r->state.check_usage), db_i(r->state.agents), db_i(r->version),
			    db_i(r->state.revocation == LAST_GOOD),
			    db_i(r->state.revocation_cached_only),
			    db_i(r->state.revocation_freshness_s)),
		    e))
		return false;
	r->id = db_last_id(s);
	return true;
}

/* A rule that were not read would leave its path open: there are never more than are. */
static bool rules_fit(struct store *s, struct err *e)
{
	int64_t n;

	if (!db_get_int(s, "SELECT count(*) FROM path_rules", DB_NO_ARGS, &n, NULL, e))
		return false;
	return n <= PATH_RULES_MAX ||
	       err_reason(e, "limit.rows", "%lld path rules over all bindings, at most %d",
			  (long long)n, PATH_RULES_MAX);
}

static bool rules_replace(struct store *s, int64_t id, const char *text, struct err *e)
{
	if (!db_run(s, "DELETE FROM path_rules WHERE binding_id = ?1", DB_ARGS(db_i(id)), e))
		return false;
	while (*text) {
		size_t len = strcspn(text, "\n");
		char prefix[PATH_RULES_TEXT_MAX];

		if (len < 3 || len >= sizeof prefix)
			return err_set(e, ERR_BUG, "path rules that nobody wrote");
		memcpy(prefix, text, len - 2);
		prefix[len - 2] = '\0';
		if (!db_run(s,
			    "INSERT INTO path_rules (binding_id, prefix, client_certs)"
			    " VALUES (?1, ?2, ?3)",
			    DB_ARGS(db_i(id), db_t(prefix), db_i(text[len - 1] - '0')), e))
			return false;
		text += len + (text[len] == '\n');
	}
	return rules_fit(s, e);
}

static bool row_update(struct store *s, const struct binding_row *r, int64_t issuer, struct err *e)
{
	return db_run_expect(s,
			     "UPDATE bindings SET ip = ?2, port = ?3, host = ?4, is_default = ?5,"
			     " cert = ?6, client_certs = ?7, issuer_store_id = ?8, revocation = ?9,"
			     " check_usage = ?10, agents = ?11, version = ?12,"
			     " revocation_last_good = ?13, revocation_cached_only = ?14,"
			     " revocation_freshness = ?15 WHERE id = ?1",
			     DB_ARGS(db_i(r->id), db_t(r->ip), db_i(r->port), db_t(r->host),
				     db_i(r->is_default), db_t(r->state.cert),
				     db_i(r->state.client_certs), db_i_or_null(issuer),
				     db_i(revocation_column(&r->state)), db_i(r->state.check_usage),
				     db_i(r->state.agents), db_i(r->version),
				     db_i(r->state.revocation == LAST_GOOD),
				     db_i(r->state.revocation_cached_only),
				     db_i(r->state.revocation_freshness_s)),
			     "binding", e);
}

bool binding_row_put(struct store *s, struct binding_row *r, struct err *e)
{
	int64_t issuer;

	if (!store_id(s, r->state.issuer_store, &issuer, e))
		return false;
	if (!(r->id == 0 ? row_insert(s, r, issuer, e) : row_update(s, r, issuer, e)))
		return false;
	return rules_replace(s, r->id, r->state.path_rules, e);
}

bool binding_row_move(struct store *s, int64_t id, const char *ip, uint16_t port, int64_t version,
		      struct err *e)
{
	return db_run_expect(s,
			     "UPDATE bindings SET ip = ?2, port = ?3, version = ?4 WHERE id = ?1",
			     DB_ARGS(db_i(id), db_t(ip), db_i(port), db_i(version)), "binding", e);
}

bool binding_row_delete(struct store *s, int64_t id, struct err *e)
{
	return db_run_expect(s, "DELETE FROM bindings WHERE id = ?1", DB_ARGS(db_i(id)), "binding",
			     e);
}

bool binding_cert_is_there(struct store *s, const char *sha256, bool *out, struct err *e)
{
	int64_t n;

	if (!db_get_int(s,
			"SELECT count(*) FROM certificates WHERE sha256 = ?1"
			" AND removed_at IS NULL",
			DB_ARGS(db_t(sha256)), &n, NULL, e))
		return false;
	*out = n > 0;
	return true;
}

bool binding_row_clear_agents(struct store *s, int64_t version, struct err *e)
{
	return db_run(s, "UPDATE bindings SET agents = 0, version = ?1 WHERE agents = 1",
		      DB_ARGS(db_i(version)), e);
}

struct path_rules {
	struct path_rule_row *items;
	size_t n;
};

static bool rule_append(const struct db_stmt *q, void *arg, struct err *e)
{
	struct path_rules *to = arg;
	struct path_rule_row *r = &to->items[to->n++];

	(void)e; /* nothing in such a row can be wrong */
	r->binding_id = db_int(q, 0);
	db_copy(q, 1, r->prefix, sizeof r->prefix);
	r->client_certs = (int)db_int(q, 2);
	return true;
}

bool path_rule_list(struct store *s, struct path_rule_row **out, size_t *n_out, struct err *e)
{
	struct path_rule_row *rows AUTO_MEM = mem_array(PATH_RULES_MAX, sizeof *rows);
	struct path_rules list = {.items = rows};

	if (!rows)
		return err_nomem(e);
	if (!rules_fit(s, e) || !db_each(s,
					 "SELECT binding_id, prefix, client_certs FROM path_rules"
					 " ORDER BY binding_id, prefix LIMIT ?1",
					 DB_ARGS(db_i(PATH_RULES_MAX)), rule_append, &list, e))
		return false;
	*out = rows;
	*n_out = list.n;
	rows = NULL;
	return true;
}

struct listeners {
	struct listener_row *items;
	size_t n;
};

static bool listener_append(const struct db_stmt *q, void *arg, struct err *e)
{
	struct listeners *to = arg;
	struct listener_row *r = &to->items[to->n++];

	(void)e; /* nothing in such a row can be wrong */
	db_copy(q, 0, r->ip, sizeof r->ip);
	r->port = (uint16_t)db_int(q, 1);
	return true;
}

bool listener_list(struct store *s, struct listener_row **out, size_t *n_out, struct err *e)
{
	struct listener_row *rows AUTO_MEM = mem_array(LISTENERS_MAX, sizeof *rows);
	struct listeners list = {.items = rows};

	if (!rows)
		return err_nomem(e);
	if (!db_each(s, "SELECT ip, port FROM listeners ORDER BY ip, port LIMIT ?1",
		     DB_ARGS(db_i(LISTENERS_MAX)), listener_append, &list, e))
		return false;
	*out = rows;
	*n_out = list.n;
	rows = NULL;
	return true;
}

bool listener_replace(struct store *s, const struct listener_row *rows, size_t n, struct err *e)
{
	if (!db_run(s, "DELETE FROM listeners", DB_NO_ARGS, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!db_run(s, "INSERT INTO listeners (ip, port) VALUES (?1, ?2)",
			    DB_ARGS(db_t(rows[i].ip), db_i(rows[i].port)), e))
			return false;
	return true;
}
