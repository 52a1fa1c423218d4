/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"
#include "base/json.h"
#include "core/agents/rollouts.h"

#include <string.h>

/* 202: it is under way. */
static bool started(struct api_call *c, json_t *rollout)
{
	char location[API_LOCATION_SIZE];

	api_location(location, "rollouts", json_string_value(json_object_get(rollout, "id")) ?: "");
	return api_reply_created(c, location, rollout);
}

bool api_agents_notify(struct api_call *c, struct err *e)
{
	const char *cmd = NULL;
	json_t *rollout = NULL;

	return api_text(c, "cmd", &cmd, e) &&
	       agent_notify(c->core, &c->actor, api_param(c, "id"), cmd,
			    json_object_get(c->body, "args"), &rollout, e) &&
	       started(c, rollout);
}

bool api_rollouts_list(struct api_call *c, struct err *e)
{
	struct page page;
	json_t *list = NULL;

	return api_page(c, &page, e) &&
	       rollouts_list(c->core, &page, api_query(c, "kind"), &list, e) &&
	       api_reply_list(c, list);
}

bool api_rollouts_start(struct api_call *c, struct err *e)
{
	struct rollout_request r = ROLLOUT_REQUEST_INIT;
	int64_t parallel = r.parallel, attempts = r.attempts, jitter_ms = 0;
	json_t *rollout = NULL;

	if (!api_text(c, "cmd", &r.cmd, e) ||
	    !api_int(c, "parallel", 1, ROLLOUT_PARALLEL_MAX, &parallel, e) ||
	    !api_int(c, "attempts", 1, ROLLOUT_ATTEMPTS_MAX, &attempts, e) ||
	    !api_int(c, "jitter_ms", 0, ROLLOUT_JITTER_MAX_MS, &jitter_ms, e))
		return false;
	r.args = json_object_get(c->body, "args");
	r.agents = json_object_get(c->body, "agents");
	r.parallel = (int)parallel;
	r.attempts = (int)attempts;
	r.jitter_ms = (int)jitter_ms;
	return rollout_start(c->core, &c->actor, &r, &rollout, e) && started(c, rollout);
}

bool api_rollouts_show(struct api_call *c, struct err *e)
{
	json_t *rollout = NULL;

	return rollout_show(c->core, api_param(c, "id"), &rollout, e) && api_reply(c, 200, rollout);
}

bool api_rollouts_agents(struct api_call *c, struct err *e)
{
	struct page page;
	json_t *list = NULL;

	return api_page(c, &page, e) &&
	       rollout_agents(c->core, api_param(c, "id"), api_query(c, "state"), &page, &list,
			      e) &&
	       api_reply_list(c, list);
}

static bool change(struct api_call *c, enum rollout_step step, struct err *e)
{
	json_t *rollout = NULL;

	return rollout_change(c->core, &c->actor, api_param(c, "id"), step, &rollout, e) &&
	       api_reply(c, 200, rollout);
}

bool api_rollouts_pause(struct api_call *c, struct err *e)
{
	return change(c, ROLLOUT_PAUSE, e);
}

bool api_rollouts_resume(struct api_call *c, struct err *e)
{
	return change(c, ROLLOUT_RESUME, e);
}

bool api_rollouts_cancel(struct api_call *c, struct err *e)
{
	return change(c, ROLLOUT_CANCEL, e);
}
