/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/store.h"

#include "store/db.h"

static const char *const names[] = {
	[COUNTER_TRUST_GENERATION] = "trust_generation",
	[COUNTER_TLS_GENERATION] = "tls_generation",
	[COUNTER_CHANGE_SEQ] = "change_seq",
};

bool store_counter(struct store *s, enum counter c, int64_t *out, struct err *e)
{
	return db_get_int(s, "SELECT value FROM counters WHERE name = ?1", DB_ARGS(db_t(names[c])),
			  out, NULL, e);
}

bool store_counter_bump(struct store *s, enum counter c, int64_t *out, struct err *e)
{
	int64_t value;

	if (!db_get_int(s, "UPDATE counters SET value = value + 1 WHERE name = ?1 RETURNING value",
			DB_ARGS(db_t(names[c])), &value, NULL, e))
		return false;
	if (out)
		*out = value;
	return true;
}
