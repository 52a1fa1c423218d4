/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"
#include "base/json.h"
#include "core/roots/root_coverage.h"
#include "core/roots/root_deploy.h"
#include "core/roots/root_policy.h"

#include <string.h>

bool api_roots_agents(struct api_call *c, struct err *e)
{
	struct root_agents_query q = {.entry = api_param(c, "id"),
				      .standing = api_query(c, "standing"),
				      .policy = api_query(c, "policy")};
	json_t *list = NULL;

	return api_page(c, &q.page, e) && root_agents(c->core, &q, &list, e) &&
	       api_reply_list(c, list);
}

bool api_agents_roots(struct api_call *c, struct err *e)
{
	json_t *standing = NULL;

	return agent_root_standing(c->core, api_param(c, "id"), &standing, e) &&
	       api_reply(c, 200, standing);
}

bool api_roots_deploy(struct api_call *c, struct err *e)
{
	const struct root_deploy r = {.roots = json_object_get(c->body, "roots"),
				      .agents = json_object_get(c->body, "agents"),
				      .dry_run = c->dry_run};
	char location[API_LOCATION_SIZE];
	json_t *result = NULL;

	if (!root_deploy(c->core, &c->actor, &r, &result, e))
		return false;
	api_location(location, "rollouts", json_string_value(json_object_get(result, "id")) ?: "");
	return api_reply_created(c, location, result);
}

bool api_roots_policy_show(struct api_call *c, struct err *e)
{
	json_t *policy = NULL;

	return root_policy_show(c->core, &policy, e) && api_reply(c, 200, policy);
}

static bool policy_set(struct api_call *c, const char *agent, struct err *e)
{
	const char *name = NULL;
	enum root_policy p;

	return json_get_str(c->body, "policy", &name, e) && root_policy_parse(name, &p, e) &&
	       root_policy_set(c->core, &c->actor, agent, p, e);
}

/* If-Match is not demanded by these two: what is shown with the policy changes with every report. */
bool api_roots_policy_set(struct api_call *c, struct err *e)
{
	json_t *present AUTO_JSON = NULL;

	return root_policy_show(c->core, &present, e) && api_match(c, present, e) &&
	       policy_set(c, NULL, e) && api_roots_policy_show(c, e);
}

bool api_agents_root_policy(struct api_call *c, struct err *e)
{
	const char *id = api_param(c, "id");
	json_t *present AUTO_JSON = NULL;

	return agent_root_standing(c->core, id, &present, e) && api_match(c, present, e) &&
	       policy_set(c, id, e) && api_reply_done(c);
}

bool api_roots_policy_import(struct api_call *c, struct err *e)
{
	struct buf file AUTO_BUF = BUF_INIT;
	const char *agent = NULL;
	json_t *result = NULL;

	return api_file(c, &file, NULL, e) && api_text(c, "agent", &agent, e) &&
	       root_policy_import(c->core, &c->actor, buf_span(&file), agent, &result, e) &&
	       api_reply(c, 200, result);
}
