/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"
#include "core/audit.h"

bool api_audit_list(struct api_call *c, struct err *e)
{
	struct audit_query q = {.action = api_query(c, "action"),
				.actor = api_query(c, "actor"),
				.object = api_query(c, "object")};
	json_t *list = NULL;

	return api_page(c, &q.page, e) && api_query_time(c, "since", &q.since_s, e) &&
	       api_query_time(c, "until", &q.until_s, e) && audit_list(c->core, &q, &list, e) &&
	       api_reply_list(c, list);
}

bool api_audit_verify(struct api_call *c, struct err *e)
{
	json_t *state = NULL;

	return audit_verify(c->core, &state, e) && api_reply(c, 200, state);
}
