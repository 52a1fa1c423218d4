/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/bindings.h"

#include "core/bindings/change_flow.h"

/* What the console does by itself is written down as its own. */
static const struct actor the_console = {.name = "certbinderd",
					 .via = "system",
					 .address = "",
					 .request_id = "",
					 .role = ROLE_ADMIN};

/* One overdue change; *more false when there is none. Without a console a proof that is overdue is
 * left to its next start. */
static bool expire_one(struct core *c, bool *more, struct err *e)
{
	struct change_row r AUTO_CHANGE_ROW = CHANGE_ROW_INIT,
			    out AUTO_CHANGE_ROW = CHANGE_ROW_INIT;
	int64_t now = core_now_s(c);

	if (!change_row_overdue(core_store(c), now, now - STAGED_KEEP_S, &r, more, e))
		return false;
	if (!*more)
		return true;
	if (r.state == CHANGE_STAGED)
		return change_flow_back(c, &the_console, r.id, "never committed", &out, e);
	if (r.confirm_until_s > 0 && r.confirm_until_s <= now)
		return change_flow_back(c, &the_console, r.id, "not confirmed in time", &out, e);
	return change_flow_prove(c, &the_console, r.id, &out, e);
}

bool changes_expire(struct core *c, int64_t *next_s, struct err *e)
{
	bool more = true;

	if (!change_deadlines_cap(core_store(c), core_now_s(c), PROOF_WITHIN_S, e))
		return false;
	while (more)
		if (!expire_one(c, &more, e))
			return false;
	return change_next_deadline(core_store(c), next_s, e);
}

/* From the newest to older ones: when the newest was seen, those of the same binding that it
 * replaced need no proof; when it was not, it goes back to one of them, which is next. */
bool changes_prove_pending(struct core *c, struct err *e)
{
	struct change_row r AUTO_CHANGE_ROW = CHANGE_ROW_INIT,
			    out AUTO_CHANGE_ROW = CHANGE_ROW_INIT;
	int64_t below = INT64_MAX;
	bool found = true;

	for (;;) {
		change_row_clear(&r);
		if (!change_row_unproved(core_store(c), below, &r, &found, e))
			return false;
		if (!found)
			return true;
		below = r.seq;
		if (!change_flow_prove(c, &the_console, r.id, &out, e))
			return false;
	}
}
