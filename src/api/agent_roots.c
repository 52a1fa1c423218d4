/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"
#include "core/roots/root_inventory.h"
#include "core/roots/root_statement.h"

#include <stdio.h>

/*
 * Roots, as agents meet them (docs/AGENTS.md): what they report, what they are offered, and where they fetch it.
 */
#define ROOT_CACHE_RULE "public, max-age=86400" /* the name says the content, so it never changes */

bool api_agent_inventory(struct api_call *c, struct err *e)
{
	const struct agent_caller who = api_agent_caller(c);

	return agent_inventory(c->core, c->api->agents, &who, c->body, e) && api_reply_done(c);
}

bool api_agent_roots(struct api_call *c, struct err *e)
{
	const struct agent_caller who = api_agent_caller(c);
	struct buf token AUTO_BUF = BUF_INIT;

	if (!agent_roots(c->core, &who, api_query(c, "ntcer_sha256"), &token, e))
		return false;
	http_reply_header(c->http, "Cache-Control", "no-store");
	http_reply_buf(c->http, 200, "application/jose", &token);
	return true;
}

bool api_root_file(struct api_call *c, struct err *e)
{
	const char *sha256 = api_param(c, "sha256");
	struct buf der AUTO_BUF = BUF_INIT;
	char tag[80];

	if (!root_offered_file(c->core, sha256, &der, e))
		return false;
	(void)snprintf(tag, sizeof(tag), "\"%.64s\"", sha256);
	http_reply_header(c->http, "ETag", tag);
	http_reply_header(c->http, "Cache-Control", ROOT_CACHE_RULE);
	if (http_is_known(c->http, tag))
		http_reply_empty(c->http, 304);
	else
		http_reply_buf(c->http, 200, "application/pkix-cert", &der);
	return true;
}
