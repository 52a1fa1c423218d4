/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/updates/update_impl.h"

#include "base/json.h"
#include "base/num.h"
#include "core/agents/agent_impl.h"
#include "core/audit.h"
#include "store/settings.h"
#include "store/updates.h"

#include <stdio.h>

/*
 * What is offered to agents, and the number that moves with it.
 */
#define META_REVISION "updates_revision"

bool updates_revision(struct core *c, int64_t *out, struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;
	bool found = false;

	*out = 0;
	if (!store_meta_get(core_store(c), META_REVISION, &text, &found, e))
		return false;
	return !found || num_i64(buf_str(&text), out) ||
	       err_set(e, ERR_DB, "the revision of the updates is no number");
}

bool updates_revision_move(struct core *c, struct err *e)
{
	int64_t n = 0;
	char text[24];

	if (!updates_revision(c, &n, e))
		return false;
	(void)snprintf(text, sizeof(text), "%lld", (long long)n + 1);
	return store_meta_set(core_store(c), META_REVISION, span_str(text), e);
}

static bool offer_has_room(struct core *c, struct err *e)
{
	int64_t all, n = 0;

	return update_rows_count(core_store(c), &all, &n, e) &&
	       (n <= UPDATES_OFFERED_MAX ||
		err_reason(e, "limit.rows", "%d packages are offered already",
			   UPDATES_OFFERED_MAX));
}

bool update_offer_row(struct core *c, const struct actor *by, int64_t id, const char *package,
		      const char *version, bool offered, struct err *e)
{
	return update_row_offer(core_store(c), id, package, offered, e) && offer_has_room(c, e) &&
	       updates_revision_move(c, e) &&
	       audit_add(c, by, offered ? "update.offer" : "update.withdraw", package,
			 json_pack("{s:s}", "version", version), e);
}

static bool offer_one(void *arg, const struct update_row *row, struct err *e)
{
	return json_array_append_new(arg, json_pack("{s:s, s:s, s:s, s:I}", "package", row->package,
						    "version", row->version, "sha256", row->sha256,
						    "bytes", (json_int_t)row->bytes)) == 0 ||
	       err_nomem(e);
}

bool updates_offered(struct core *c, const struct agent_caller *who, json_t **out, struct err *e)
{
	json_t *items AUTO_JSON = json_array();
	char id[AGENT_ID_SIZE];
	int64_t revision = 0;

	if (!items)
		return err_nomem(e);
	if (!agent_known(c, who, id, NULL, NULL, e) || !updates_revision(c, &revision, e) ||
	    !update_row_list_offered(core_store(c), offer_one, items, e))
		return false;
	*out = json_pack("{s:I, s:O}", "revision", (json_int_t)revision, "items", items);
	return *out || err_nomem(e);
}
