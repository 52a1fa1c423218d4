/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"

/*
 * What agents themselves ask (docs/AGENTS.md). They show no token of ours: who they are is decided in
 * core/.
 */
struct agent_caller api_agent_caller(struct api_call *c)
{
	return (struct agent_caller){.address = http_peer(c->http)->client_ip,
				     .host = http_header(c->http, "Host"),
				     .authorization = http_header(c->http, "Authorization")};
}

bool api_agent_register(struct api_call *c, struct err *e)
{
	const struct agent_caller who = api_agent_caller(c);
	json_t *answer = NULL;

	return agent_desk_register(c->core, c->api->agents, &who, c->body, &answer, e) &&
	       api_reply(c, 201, answer);
}

bool api_agent_heartbeat(struct api_call *c, struct err *e)
{
	const struct agent_caller who = api_agent_caller(c);
	json_t *answer = NULL;

	return agent_desk_heartbeat(c->core, c->api->agents, &who, c->body, &answer, e) &&
	       api_reply(c, 200, answer);
}

bool api_agent_refusals(struct api_call *c, struct err *e)
{
	const struct agent_caller who = api_agent_caller(c);

	return agent_refusals(c->core, c->api->agents, &who, c->body, e) && api_reply_done(c);
}

bool api_agent_result(struct api_call *c, struct err *e)
{
	const struct agent_caller who = api_agent_caller(c);

	return agent_result(c->core, c->api->agents, &who, c->body, e) && api_reply_done(c);
}

bool api_agent_configuration(struct api_call *c, struct err *e)
{
	const struct agent_caller who = api_agent_caller(c);
	json_t *answer = NULL;

	return agent_configuration(c->core, c->api->agents, &who, &answer, e) &&
	       api_reply(c, 200, answer);
}

bool api_agent_unregister(struct api_call *c, struct err *e)
{
	const struct agent_caller who = api_agent_caller(c);

	return agent_desk_unregister(c->core, c->api->agents, &who, e) && api_reply_done(c);
}
