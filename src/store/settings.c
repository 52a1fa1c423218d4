/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/settings.h"

#include "store/db.h"

static bool value_get(struct store *s, const char *sql, const char *name, struct buf *out,
		      bool *found_out, struct err *e)
{
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;

	if (!db_query(s, &q, sql, DB_ARGS(db_t(name)), e) || !db_step(&q, found_out, e))
		return false;
	if (*found_out)
		buf_add_span(out, db_blob(&q, 0));
	return buf_ok(out) || err_nomem(e);
}

bool store_setting_get(struct store *s, const char *name, struct buf *json_out, bool *found_out,
		       struct err *e)
{
	return value_get(s, "SELECT value FROM settings WHERE name = ?1", name, json_out, found_out,
			 e);
}

bool store_setting_set(struct store *s, const char *name, const char *json, int64_t at_s,
		       struct err *e)
{
	return db_run(s,
		      "INSERT INTO settings (name, value, changed_at) VALUES (?1, ?2, ?3)"
		      " ON CONFLICT (name) DO UPDATE SET value = ?2, changed_at = ?3",
		      DB_ARGS(db_t(name), db_t(json), db_i(at_s)), e);
}

bool store_setting_unset(struct store *s, const char *name, struct err *e)
{
	return db_run(s, "DELETE FROM settings WHERE name = ?1", DB_ARGS(db_t(name)), e);
}

bool store_meta_get(struct store *s, const char *name, struct buf *out, bool *found_out,
		    struct err *e)
{
	return value_get(s, "SELECT value FROM meta WHERE name = ?1", name, out, found_out, e);
}

bool store_meta_set(struct store *s, const char *name, struct span value, struct err *e)
{
	return db_run(s,
		      "INSERT INTO meta (name, value) VALUES (?1, ?2)"
		      " ON CONFLICT (name) DO UPDATE SET value = ?2",
		      DB_ARGS(db_t(name), db_b(value)), e);
}

bool store_meta_unset(struct store *s, const char *name, struct err *e)
{
	return db_run(s, "DELETE FROM meta WHERE name = ?1", DB_ARGS(db_t(name)), e);
}
