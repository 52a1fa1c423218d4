/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"
#include "base/json.h"
#include "core/agents/agents.h"

#include <string.h>

static bool query_read(struct api_call *c, struct agents_query *q, struct err *e)
{
	q->q = api_query(c, "q");
	q->state = api_query(c, "state");
	return api_page(c, &q->page, e);
}

bool api_agents_list(struct api_call *c, struct err *e)
{
	struct agents_query q = {.mismatched = false};
	json_t *list = NULL;

	return query_read(c, &q, e) && agents_list(c->core, &q, &list, e) &&
	       api_reply_list(c, list);
}

bool api_agents_mismatched(struct api_call *c, struct err *e)
{
	const char *accept = http_header(c->http, "Accept");
	struct agents_query q = {.mismatched = true};
	struct buf csv AUTO_BUF = BUF_INIT;
	json_t *list = NULL;
	int64_t n = 0;

	if (accept && strstr(accept, "text/csv"))
		return agents_mismatched_csv(c->core, &csv, &n, e) &&
		       api_reply_file(c, "text/csv; charset=utf-8; header=present",
				      "mismatched-agents.csv", &csv);
	return query_read(c, &q, e) && agents_list(c->core, &q, &list, e) &&
	       api_reply_list(c, list);
}

bool api_agents_show(struct api_call *c, struct err *e)
{
	json_t *agent = NULL;

	return agents_show(c->core, api_param(c, "id"), &agent, e) && api_reply(c, 200, agent);
}

bool api_agents_change(struct api_call *c, struct err *e)
{
	const char *id = api_param(c, "id"), *address = NULL;
	json_t *present AUTO_JSON = NULL, *agent = NULL;
	const json_t *given = json_object_get(c->body, "pinned_address");

	if (!given)
		return json_refuse(e, "pinned_address", "is missing");
	if (!json_is_null(given) && !api_text(c, "pinned_address", &address, e))
		return false;
	return agents_show(c->core, id, &present, e) && api_match(c, present, e) &&
	       agents_pin_address(c->core, &c->actor, id, address, &agent, e) &&
	       api_reply(c, 200, agent);
}

bool api_agents_remove(struct api_call *c, struct err *e)
{
	const char *id = api_param(c, "id");
	json_t *present AUTO_JSON = NULL;

	return agents_show(c->core, id, &present, e) && api_match(c, present, e) &&
	       agents_remove(c->core, &c->actor, id, e) && api_reply_done(c);
}
