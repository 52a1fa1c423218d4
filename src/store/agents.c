/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/agents.h"

#include "store/db.h"

#define COLUMNS                                                                                    \
	"SELECT a.id, a.name, a.address, a.pinned_address, a.port, a.versions, a.ntcer_sha256,"    \
	" a.ipcer_sha256, a.publication, a.refusals, a.last_refusal, a.registered_at,"             \
	" a.last_seen_at, t.ntcer_current, t.ntcer_known, t.ipcer_current"                         \
	" FROM agents a JOIN agent_states t ON t.id = a.id "

static void row_read(const struct db_stmt *q, struct agent_row *r)
{
	*r = (struct agent_row){
		.id = db_text(q, 0),
		.name = db_text(q, 1),
		.address = db_text(q, 2),
		.pinned_address = db_text(q, 3),
		.port = (uint16_t)db_int(q, 4),
		.versions = db_text(q, 5),
		.ntcer_sha256 = db_text(q, 6),
		.ipcer_sha256 = db_text(q, 7),
		.publication = db_int(q, 8),
		.refusals = db_int(q, 9),
		.last_refusal = db_text(q, 10),
		.registered_s = db_int(q, 11),
		.last_seen_s = db_int(q, 12),
		.ntcer_current = db_int(q, 13) != 0,
		.ntcer_known = db_int(q, 14) != 0,
		.ipcer_current = db_int(q, 15) != 0,
	};
}

bool agent_row_mismatched(struct store *s, agent_fn fn, void *arg, struct err *e)
{
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;
	struct agent_row r;
	bool row;

	if (!db_query(s, &q,
		      COLUMNS "WHERE NOT (t.ntcer_current AND t.ipcer_current)"
			      " ORDER BY a.name COLLATE NOCASE, a.id",
		      DB_NO_ARGS, e))
		return false;
	for (;;) {
		if (!db_step(&q, &row, e))
			return false;
		if (!row)
			return true;
		row_read(&q, &r);
		if (!fn(arg, &r, e))
			return false;
	}
}
