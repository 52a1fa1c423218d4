/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/keys.h"

#include "store/db.h"

bool store_key_insert(struct store *s, const char *spki_sha256, const char *type, int64_t bits,
		      struct span sealed, bool exportable, int64_t at_s, int64_t *id_out,
		      struct err *e)
{
	int64_t id;

	if (!db_run(s,
		    "INSERT INTO keys (spki_sha256, type, bits, sealed, exportable, created_at)"
		    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
		    DB_ARGS(db_t(spki_sha256), db_t(type), db_i(bits), db_b(sealed),
			    db_i(exportable), db_i(at_s)),
		    e))
		return false;
	id = db_last_id(s);
	if (!db_run(s, "UPDATE certificates SET key_id = ?2 WHERE spki_sha256 = ?1",
		    DB_ARGS(db_t(spki_sha256), db_i(id)), e))
		return false;
	*id_out = id;
	return true;
}

bool store_key_find(struct store *s, const char *spki_sha256, struct store_key *out,
		    struct buf *sealed_out, bool *found_out, struct err *e)
{
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;

	if (!db_query(s, &q,
		      "SELECT id, type, bits, exportable, created_at, sealed FROM keys"
		      " WHERE spki_sha256 = ?1",
		      DB_ARGS(db_t(spki_sha256)), e) ||
	    !db_step(&q, found_out, e))
		return false;
	if (!*found_out)
		return true;
	*out = (struct store_key){.id = db_int(&q, 0),
				  .bits = db_int(&q, 2),
				  .exportable = db_int(&q, 3),
				  .created_at_s = db_int(&q, 4)};
	db_copy(&q, 1, out->type, sizeof(out->type));
	if (!sealed_out)
		return true;
	buf_add_span(sealed_out, db_blob(&q, 5));
	return buf_ok(sealed_out) || err_nomem(e);
}

bool store_key_replace(struct store *s, int64_t id, struct span sealed, bool exportable,
		       struct err *e)
{
	return db_run_expect(s, "UPDATE keys SET sealed = ?2, exportable = ?3 WHERE id = ?1",
			     DB_ARGS(db_i(id), db_b(sealed), db_i(exportable)), "key", e);
}

/* One at a time: a row of a later schema may hold a key that the first two tables do not know of.
 */
bool store_key_purge(struct store *s, struct err *e)
{
	int64_t id = 0;

	for (bool found = true;;) {
		struct err why = ERR_INIT;

		if (!db_get_int(s,
				"SELECT id FROM keys k WHERE id > ?1"
				" AND NOT EXISTS (SELECT 1 FROM certificates WHERE key_id = k.id)"
				" AND NOT EXISTS (SELECT 1 FROM csrs WHERE key_id = k.id)"
				" ORDER BY id",
				DB_ARGS(db_i(id)), &id, &found, e))
			return false;
		if (!found)
			return true;
		if (!db_run(s, "DELETE FROM keys WHERE id = ?1", DB_ARGS(db_i(id)), &why) &&
		    why.code != ERR_IN_USE) {
			*e = why;
			return false;
		}
	}
}
