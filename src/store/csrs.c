/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/csrs.h"

#include "store/db.h"

#define COLUMNS                                                                                    \
	"SELECT r.id, r.spki_sha256, r.der, r.common_name, r.names, r.key_spec, r.friendly_name,"  \
	" r.renews, r.created_by, r.key_id, r.created_at, coalesce(r.completed_at, 0),"            \
	" coalesce(c.sha256, ''), k.exportable FROM csrs r JOIN keys k ON k.id = r.key_id"         \
	" LEFT JOIN certificates c ON c.id = r.cert_id "

struct sink {
	store_csr_fn fn;
	void *arg;
};

static bool row_give(const struct db_stmt *q, void *arg, struct err *e)
{
	const struct sink *to = arg;

	return to->fn(to->arg,
		      &(struct store_csr){.id = db_text(q, 0),
					  .spki_sha256 = db_text(q, 1),
					  .der = db_blob(q, 2),
					  .common_name = db_text(q, 3),
					  .names = db_text(q, 4),
					  .key_spec = db_text(q, 5),
					  .friendly_name = db_text(q, 6),
					  .renews = db_text(q, 7),
					  .created_by = db_text(q, 8),
					  .key_id = db_int(q, 9),
					  .created_at_s = db_int(q, 10),
					  .completed_at_s = db_int(q, 11),
					  .cert_sha256 = db_text(q, 12),
					  .exportable = db_int(q, 13)},
		      e);
}

bool store_csr_insert(struct store *s, const struct store_csr *n, struct err *e)
{
	return db_run(s,
		      "INSERT INTO csrs (id, key_id, spki_sha256, der, common_name, names,"
		      " key_spec, friendly_name, renews, created_at, created_by)"
		      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
		      DB_ARGS(db_t(n->id), db_i(n->key_id), db_t(n->spki_sha256), db_b(n->der),
			      db_t(n->common_name), db_t(n->names), db_t(n->key_spec),
			      db_t(n->friendly_name), db_t(n->renews), db_i(n->created_at_s),
			      db_t(n->created_by)),
		      e);
}

bool store_csr_list(struct store *s, store_csr_fn fn, void *arg, struct err *e)
{
	return db_each(s, COLUMNS "ORDER BY r.created_at DESC, r.id", DB_NO_ARGS, row_give,
		       &(struct sink){fn, arg}, e);
}

bool store_csr_find(struct store *s, const char *id, const char *spki_sha256, store_csr_fn fn,
		    void *arg, struct err *e)
{
	return db_each(s,
		       COLUMNS "WHERE r.id = ?1 OR r.spki_sha256 = ?2"
			       " ORDER BY r.completed_at IS NOT NULL, r.created_at DESC, r.id",
		       DB_ARGS(db_t(id), db_t(spki_sha256)), row_give, &(struct sink){fn, arg}, e);
}

bool store_csr_complete(struct store *s, const char *id, int64_t cert_id, int64_t at_s,
			struct err *e)
{
	return db_run_expect(s, "UPDATE csrs SET completed_at = ?3, cert_id = ?2 WHERE id = ?1",
			     DB_ARGS(db_t(id), db_i(cert_id), db_i(at_s)), "request", e);
}

bool store_csr_delete(struct store *s, const char *id, struct err *e)
{
	return db_run_expect(s, "DELETE FROM csrs WHERE id = ?1", DB_ARGS(db_t(id)), "request", e);
}
