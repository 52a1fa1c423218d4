/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/account_certificates.h"

#include "store/db.h"

#define COLUMNS                                                                                    \
	"SELECT m.id, m.account_id, a.name, a.role, m.kind, m.value, m.issuer_sha256,"             \
	" m.issuer_subject, m.issuer_name, m.issuer_key, m.deny, m.created_at, m.created_by"       \
	" FROM account_certificates m JOIN accounts a ON a.id = m.account_id "

struct sink {
	store_account_cert_fn fn;
	void *arg;
};

static bool row_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct sink *to = arg;
	struct store_account_cert r = {.id = db_int(q, 0),
				       .account_id = db_int(q, 1),
				       .account = db_text(q, 2),
				       .role = (int)db_int(q, 3),
				       .kind = db_text(q, 4),
				       .value = db_text(q, 5),
				       .issuer_sha256 = db_text(q, 6),
				       .issuer_subject = db_text(q, 7),
				       .issuer_name = db_blob(q, 8),
				       .issuer_key = db_blob(q, 9),
				       .deny = db_int(q, 10) != 0,
				       .created_at_s = db_int(q, 11),
				       .created_by = db_text(q, 12)};

	return to->fn(to->arg, &r, e);
}

bool store_account_cert_insert(struct store *s, const struct store_account_cert *n, int64_t *id_out,
			       struct err *e)
{
	if (!db_run(s,
		    "INSERT INTO account_certificates (account_id, kind, value, issuer_sha256,"
		    " issuer_subject, issuer_name, issuer_key, deny, created_at, created_by)"
		    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
		    DB_ARGS(db_i(n->account_id), db_t(n->kind), db_t(n->value),
			    db_t(n->issuer_sha256), db_t(n->issuer_subject), db_b(n->issuer_name),
			    db_b(n->issuer_key), db_i(n->deny), db_i(n->created_at_s),
			    db_t(n->created_by)),
		    e))
		return false;
	*id_out = db_last_id(s);
	return true;
}

bool store_account_cert_list(struct store *s, int64_t account_id, store_account_cert_fn fn,
			     void *arg, struct err *e)
{
	return db_each(s, COLUMNS "WHERE ?1 = 0 OR m.account_id = ?1 ORDER BY m.id",
		       DB_ARGS(db_i(account_id)), row_give, &(struct sink){fn, arg}, e);
}

bool store_account_cert_find(struct store *s, const char *kind, const char *value,
			     store_account_cert_fn fn, void *arg, struct err *e)
{
	return db_each(s, COLUMNS "WHERE m.value = ?2 AND m.kind = ?1 ORDER BY m.id",
		       DB_ARGS(db_t(kind), db_t(value)), row_give, &(struct sink){fn, arg}, e);
}

bool store_account_cert_count(struct store *s, int64_t *out, struct err *e)
{
	return db_get_int(s, "SELECT count(*) FROM account_certificates", DB_NO_ARGS, out, NULL, e);
}

bool store_account_cert_delete(struct store *s, int64_t account_id, int64_t id, struct err *e)
{
	return db_run_expect(s,
			     "DELETE FROM account_certificates WHERE id = ?2 AND account_id = ?1",
			     DB_ARGS(db_i(account_id), db_i(id)), "mapping", e) &&
	       db_run(s, "DELETE FROM sessions WHERE account_id = ?1 AND certificate IS NOT NULL",
		      DB_ARGS(db_i(account_id)), e);
}
