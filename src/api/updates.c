/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"
#include "base/text.h"
#include "core/agents/rollouts.h"
#include "core/updates/update_states.h"
#include "core/updates/updates.h"

#include <stdio.h>
#include <string.h>

#define ETAG_DIGITS 32 /* of the digest in the name */

bool api_updates_list(struct api_call *c, struct err *e)
{
	json_t *list = NULL;

	return updates_list(c->core, &list, e) && api_reply_list(c, list);
}

bool api_updates_agents(struct api_call *c, struct err *e)
{
	struct page page;
	json_t *list = NULL;

	return api_page(c, &page, e) &&
	       update_agents(c->core, api_query(c, "state"), api_query(c, "cause"), &page, &list,
			     e) &&
	       api_reply_list(c, list);
}

static bool read_request(struct api_call *c, struct update_request *r, struct err *e)
{
	const struct http_part *file = http_form(c->http, "file");
	const struct http_part *signature = http_form(c->http, "signature");

	if (!file || (file->data.len == 0 && !file->spooled))
		return err_reason(e, "request.member", "'file' is missing or empty");
	r->fd = file->spooled ? file->fd : -1;
	r->file = file->data;
	if (signature && signature->spooled)
		return err_reason(e, "limit.file", "a signature has at most %zu bytes",
				  UPDATE_SIGNATURE_MAX);
	if (signature)
		r->signature = signature->data;
	r->dry_run = c->dry_run;
	return api_text(c, "sign_with", &r->sign_with, e) && api_flag(c, "offer", &r->offer, e);
}

bool api_updates_add(struct api_call *c, struct err *e)
{
	struct update_request r = {.fd = -1};
	char location[API_LOCATION_SIZE];
	json_t *package = NULL;

	if (!read_request(c, &r, e) || !update_add(c->core, &c->actor, &r, &package, &c->more, e))
		return false;
	api_location(location, "updates", json_string_value(json_object_get(package, "id")));
	return api_reply_created(c, location, package);
}

bool api_updates_show(struct api_call *c, struct err *e)
{
	json_t *package = NULL;

	return update_show(c->core, api_param(c, "id"), &package, e) && api_reply(c, 200, package);
}

static bool matched(struct api_call *c, struct err *e)
{
	json_t *present AUTO_JSON = NULL;

	return update_show(c->core, api_param(c, "id"), &present, e) && api_match(c, present, e);
}

bool api_updates_remove(struct api_call *c, struct err *e)
{
	return matched(c, e) && update_remove(c->core, &c->actor, api_param(c, "id"), e) &&
	       api_reply_done(c);
}

bool api_updates_offer(struct api_call *c, struct err *e)
{
	json_t *package = NULL;
	bool offered = false;

	if (!json_is_boolean(json_object_get(c->body, "offered")))
		return json_refuse(e, "offered", "must be true or false");
	offered = json_is_true(json_object_get(c->body, "offered"));
	return update_offer(c->core, &c->actor, api_param(c, "id"), offered, &package, e) &&
	       api_reply(c, 200, package);
}

bool api_updates_check(struct api_call *c, struct err *e)
{
	struct rollout_request r = ROLLOUT_REQUEST_INIT;
	char location[API_LOCATION_SIZE];
	json_t *rollout = NULL;

	r.cmd = "update-check";
	r.agents = json_object_get(c->body, "agents");
	if (!rollout_start(c->core, &c->actor, &r, &rollout, e))
		return false;
	api_location(location, "rollouts", json_string_value(json_object_get(rollout, "id")) ?: "");
	return api_reply_created(c, location, rollout);
}

/* ---- for agents ---- */

bool api_agent_updates(struct api_call *c, struct err *e)
{
	const struct agent_caller who = api_agent_caller(c);
	json_t *offered = NULL;

	return updates_offered(c->core, &who, &offered, e) && api_reply(c, 200, offered);
}

bool api_update_file(struct api_call *c, struct err *e)
{
	const char *name = api_param(c, "name");
	bool is_zip = text_ends_with(name, ".zip");
	char etag[ETAG_DIGITS + 4];
	int64_t bytes = 0;
	int fd = -1;

	if (!update_package_open(c->core, name, &fd, &bytes, e))
		return false;
	(void)snprintf(etag, sizeof(etag), "\"%.*s%s\"", ETAG_DIGITS, name, is_zip ? "" : "s");
	http_reply_file(c->http, fd, bytes,
			is_zip ? "application/zip" : "application/pkcs7-signature", etag);
	return true;
}
