/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/accounts.h"

#include "store/db.h"

#define COLUMNS                                                                                    \
	"SELECT id, name, password, role, created_at, changed_at, coalesce(last_login_at, 0)"      \
	" FROM accounts "

static bool row_read(const struct db_stmt *q, void *arg, struct err *e)
{
	struct store_account *out = arg;

	*out = (struct store_account){.id = db_int(q, 0),
				      .role = (int)db_int(q, 3),
				      .created_at_s = db_int(q, 4),
				      .changed_at_s = db_int(q, 5),
				      .last_login_at_s = db_int(q, 6)};
	db_copy(q, 1, out->name, sizeof(out->name));
	db_copy(q, 2, out->password, sizeof(out->password));
	(void)e; /* nothing in such a row can be wrong */
	return true;
}

struct sink {
	store_account_fn fn;
	void *arg;
};

static bool row_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct sink *to = arg;
	struct store_account r;

	return row_read(q, &r, e) && to->fn(to->arg, &r, e);
}

bool store_account_insert(struct store *s, const struct store_account *n, struct err *e)
{
	return db_run(
		s,
		"INSERT INTO accounts (name, role, password, created_at, changed_at)"
		" VALUES (?1, ?2, ?3, ?4, ?4)",
		DB_ARGS(db_t(n->name), db_i(n->role), db_t(n->password), db_i(n->created_at_s)), e);
}

bool store_account_find(struct store *s, const char *name, struct store_account *out,
			bool *found_out, struct err *e)
{
	return db_first(s, COLUMNS "WHERE name = ?1", DB_ARGS(db_t(name)), row_read, out, found_out,
			e);
}

bool store_account_list(struct store *s, store_account_fn fn, void *arg, struct err *e)
{
	return db_each(s, COLUMNS "ORDER BY name", DB_NO_ARGS, row_give, &(struct sink){fn, arg},
		       e);
}

bool store_account_update(struct store *s, const struct store_account *a, struct err *e)
{
	return db_run_expect(s,
			     "UPDATE accounts SET role = ?2, password = ?3, changed_at = ?4,"
			     " last_login_at = ?5 WHERE id = ?1",
			     DB_ARGS(db_i(a->id), db_i(a->role), db_t(a->password),
				     db_i(a->changed_at_s), db_i_or_null(a->last_login_at_s)),
			     "account", e);
}

bool store_account_delete(struct store *s, int64_t id, struct err *e)
{
	return db_run(s, "DELETE FROM sessions WHERE account_id = ?1", DB_ARGS(db_i(id)), e) &&
	       db_run_expect(s, "DELETE FROM accounts WHERE id = ?1", DB_ARGS(db_i(id)), "account",
			     e);
}

bool store_account_count(struct store *s, int role, int64_t *out, struct err *e)
{
	return db_get_int(s, "SELECT count(*) FROM accounts WHERE role = ?1", DB_ARGS(db_i(role)),
			  out, NULL, e);
}

bool store_failures_get(struct store *s, const char *subject, int64_t *n_out,
			int64_t *last_at_s_out, struct err *e)
{
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;
	bool row;

	if (!db_query(s, &q, "SELECT n, last_at FROM login_failures WHERE subject = ?1",
		      DB_ARGS(db_t(subject)), e) ||
	    !db_step(&q, &row, e))
		return false;
	*n_out = row ? db_int(&q, 0) : 0;
	*last_at_s_out = row ? db_int(&q, 1) : 0;
	return true;
}

bool store_failures_add(struct store *s, const char *subject, int64_t at_s, struct err *e)
{
	return db_run(s,
		      "INSERT INTO login_failures (subject, n, last_at) VALUES (?1, 1, ?2)"
		      " ON CONFLICT (subject) DO UPDATE SET n = n + 1, last_at = ?2",
		      DB_ARGS(db_t(subject), db_i(at_s)), e) &&
	       db_run(s,
		      "DELETE FROM login_failures WHERE subject IN (SELECT subject"
		      " FROM login_failures ORDER BY last_at DESC LIMIT -1 OFFSET ?1)",
		      DB_ARGS(db_i(LOGIN_FAILURES_MAX)), e);
}

bool store_failures_clear(struct store *s, const char *subject, struct err *e)
{
	return db_run(s, "DELETE FROM login_failures WHERE subject = ?1", DB_ARGS(db_t(subject)),
		      e);
}

bool store_failures_purge(struct store *s, int64_t before_s, struct err *e)
{
	return db_run(s, "DELETE FROM login_failures WHERE last_at < ?1", DB_ARGS(db_i(before_s)),
		      e);
}
