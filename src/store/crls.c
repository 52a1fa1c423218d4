/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/crls.h"

#include "store/db.h"

#define COLUMNS                                                                                    \
	"SELECT id, sha256, issuer, issuer_der, der, number, is_delta, this_update,"               \
	" coalesce(next_update, -1), n_entries, added_at, checked_at, source FROM crls "

struct sink {
	store_crl_fn fn;
	void *arg;
};

static bool row_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct sink *to = arg;

	return to->fn(to->arg,
		      &(struct store_crl){.id = db_int(q, 0),
					  .sha256 = db_text(q, 1),
					  .issuer = db_text(q, 2),
					  .issuer_der = db_blob(q, 3),
					  .der = db_blob(q, 4),
					  .number = db_text(q, 5),
					  .is_delta = db_int(q, 6),
					  .this_update_s = db_int(q, 7),
					  .next_update_s = db_int(q, 8),
					  .n_entries = db_int(q, 9),
					  .added_at_s = db_int(q, 10),
					  .checked_at_s = db_int(q, 11),
					  .source = db_text(q, 12)},
		      e);
}

bool store_crl_insert(struct store *s, const struct store_crl *n, struct err *e)
{
	return db_run(s,
		      "INSERT INTO crls (sha256, issuer, issuer_der, number, der, is_delta,"
		      " this_update, next_update, n_entries, added_at, checked_at, source)"
		      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
		      DB_ARGS(db_t(n->sha256), db_t(n->issuer), db_b(n->issuer_der),
			      db_t(n->number), db_b(n->der), db_i(n->is_delta),
			      db_i(n->this_update_s),
			      n->next_update_s < 0 ? db_null() : db_i(n->next_update_s),
			      db_i(n->n_entries), db_i(n->added_at_s), db_i(n->checked_at_s),
			      db_t(n->source ? n->source : "")),
		      e);
}

bool store_crl_list(struct store *s, store_crl_fn fn, void *arg, struct err *e)
{
	return db_each(s, COLUMNS "ORDER BY issuer, this_update DESC, id", DB_NO_ARGS, row_give,
		       &(struct sink){fn, arg}, e);
}

bool store_crl_by_issuer(struct store *s, struct span issuer_der, store_crl_fn fn, void *arg,
			 struct err *e)
{
	return db_each(s, COLUMNS "WHERE issuer_der = ?1 ORDER BY this_update DESC, id",
		       DB_ARGS(db_b(issuer_der)), row_give, &(struct sink){fn, arg}, e);
}

bool store_crl_checked(struct store *s, int64_t id, int64_t at_s, struct err *e)
{
	return db_run(s, "UPDATE crls SET checked_at = ?2 WHERE id = ?1",
		      DB_ARGS(db_i(id), db_i(at_s)), e);
}

bool store_crl_delete(struct store *s, int64_t id, struct err *e)
{
	return db_run_expect(s, "DELETE FROM crls WHERE id = ?1", DB_ARGS(db_i(id)), "CRL", e);
}
