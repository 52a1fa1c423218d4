/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/sessions.h"

#include "store/db.h"

#include <string.h>

bool store_session_insert(struct store *s, const struct store_session *n, struct err *e)
{
	return db_run(s,
		      "INSERT INTO sessions (id, hash, account_id, address, created_at, seen_at,"
		      " expires_at, certificate)"
		      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, nullif(?8, ''))",
		      DB_ARGS(db_t(n->id), db_b(span_of(n->hash, sizeof(n->hash))),
			      db_i(n->account_id), db_t(n->address), db_i(n->created_at_s),
			      db_i(n->seen_at_s), db_i(n->expires_at_s), db_t(n->certificate)),
		      e) &&
	       db_run(s,
		      "DELETE FROM sessions WHERE rowid IN (SELECT rowid FROM sessions"
		      " WHERE account_id = ?1 AND id <> ?2 ORDER BY seen_at DESC, rowid DESC"
		      " LIMIT -1 OFFSET ?3)",
		      DB_ARGS(db_i(n->account_id), db_t(n->id), db_i(SESSIONS_MAX - 1)), e);
}

bool store_session_find(struct store *s, const uint8_t hash[static SHA256_BYTES],
			struct store_session *out, bool *found_out, struct err *e)
{
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;

	if (!db_query(s, &q,
		      "SELECT x.id, x.account_id, a.name, a.role, x.address, x.created_at,"
		      " x.seen_at, x.expires_at, x.certificate FROM sessions x JOIN accounts a"
		      " ON a.id = x.account_id WHERE x.hash = ?1",
		      DB_ARGS(db_b(span_of(hash, SHA256_BYTES))), e) ||
	    !db_step(&q, found_out, e))
		return false;
	if (!*found_out)
		return true;
	*out = (struct store_session){.account_id = db_int(&q, 1),
				      .role = (int)db_int(&q, 3),
				      .created_at_s = db_int(&q, 5),
				      .seen_at_s = db_int(&q, 6),
				      .expires_at_s = db_int(&q, 7)};
	memcpy(out->hash, hash, SHA256_BYTES);
	db_copy(&q, 0, out->id, sizeof(out->id));
	db_copy(&q, 2, out->account, sizeof(out->account));
	db_copy(&q, 4, out->address, sizeof(out->address));
	db_copy(&q, 8, out->certificate, sizeof(out->certificate));
	return true;
}

bool store_session_seen(struct store *s, const char *id, int64_t at_s, struct err *e)
{
	return db_run(s, "UPDATE sessions SET seen_at = ?2 WHERE id = ?1",
		      DB_ARGS(db_t(id), db_i(at_s)), e);
}

bool store_session_delete(struct store *s, const char *id, struct err *e)
{
	return db_run(s, "DELETE FROM sessions WHERE id = ?1", DB_ARGS(db_t(id)), e);
}

bool store_session_delete_all(struct store *s, int64_t account_id, struct err *e)
{
	return db_run(s, "DELETE FROM sessions WHERE account_id = ?1", DB_ARGS(db_i(account_id)),
		      e);
}

bool store_session_purge(struct store *s, int64_t expired_before_s, int64_t seen_before_s,
			 struct err *e)
{
	return db_run(s, "DELETE FROM sessions WHERE expires_at < ?1 OR seen_at < ?2",
		      DB_ARGS(db_i(expired_before_s), db_i(seen_before_s)), e);
}
