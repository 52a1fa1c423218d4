/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/bind_body.h"
#include "api/resources.h"

#include <string.h>

bool api_bindings_list(struct api_call *c, struct err *e)
{
	json_t *list = NULL;

	return bindings_list(c->core, &list, e) && api_reply_list(c, api_whole_list(list));
}

/* A path that names nothing is not found, however it is spelt. */
static bool found(struct api_call *c, bool good, struct err *e)
{
	if (good || !err_is(e, "binding.endpoint"))
		return good;
	*e = (struct err)ERR_INIT;
	return err_reason(e, "binding.not_found", "there is no binding %.120s", api_param(c, "id"));
}

bool api_bindings_show(struct api_call *c, struct err *e)
{
	json_t *binding = NULL;

	return found(c, bindings_show(c->core, api_param(c, "id"), &binding, e), e) &&
	       api_reply(c, 200, binding);
}

bool api_checks_run(struct api_call *c, struct err *e)
{
	struct bind_request r = BIND_REQUEST_AS_IT_IS;
	json_t *checks = NULL;
	const char *worst = "pass";
	size_t i;
	json_t *check;

	if (!json_get_str(c->body, "endpoint", &r.endpoint, e) || !bind_body_read(c, &r, e) ||
	    !checks_run(c->core, &r, &checks, e))
		return false;
	json_array_foreach(checks, i, check)
	{
		const char *verdict = json_string_value(json_object_get(check, "verdict"));

		if (verdict && strcmp(worst, "fail") != 0 && strcmp(verdict, "pass") != 0)
			worst = verdict;
	}
	return api_reply(c, 200, json_pack("{s:s, s:o}", "verdict", worst, "checks", checks));
}

/* Answers with what failed, where checks stood in the way. */
static bool failed(struct api_call *c, json_t *result)
{
	json_t *checks = json_is_array(result) ? result : json_object_get(result, "checks");

	if (checks)
		c->more = json_pack("{s:O}", "checks", checks);
	json_decref(result);
	return false;
}

static bool binding_exists(struct api_call *c, const char *endpoint)
{
	json_t *present AUTO_JSON = NULL;
	struct err ignored = ERR_INIT;

	return bindings_show(c->core, endpoint, &present, &ignored);
}

bool api_bindings_set(struct api_call *c, struct err *e)
{
	struct bind_request r = BIND_REQUEST_AS_IT_IS;
	char location[API_LOCATION_SIZE];
	json_t *change = NULL;
	const char *binding;
	bool known;

	if (!json_get_str(c->body, "endpoint", &r.endpoint, e) || !bind_body_read(c, &r, e))
		return false;
	known = binding_exists(c, r.endpoint);
	if (!bind_set(c->core, &c->actor, &r, &change, e))
		return failed(c, change);
	binding = json_string_value(json_object_get(change, "binding"));
	if (known || !binding)
		return api_reply(c, 200, change);
	api_location(location, "bindings", binding);
	return api_reply_created(c, location, change);
}

static bool match(struct api_call *c, const char *id, struct err *e)
{
	json_t *present AUTO_JSON = NULL;

	return found(c, bindings_show(c->core, id, &present, e), e) && api_match(c, present, e);
}

bool api_bindings_remove(struct api_call *c, struct err *e)
{
	const char *id = api_param(c, "id");

	return match(c, id, e) && bindings_remove(c->core, &c->actor, id, e) && api_reply_done(c);
}

bool api_bindings_history(struct api_call *c, struct err *e)
{
	struct page page;
	json_t *list = NULL;

	return api_page(c, &page, e) &&
	       found(c, bindings_history(c->core, api_param(c, "id"), &page, &list, e), e) &&
	       api_reply_list(c, list);
}

bool api_bindings_rollback(struct api_call *c, struct err *e)
{
	const char *to = NULL;
	json_t *change = NULL;

	if (!json_get_str_opt(c->body, "to", &to, e) ||
	    !found(c, bind_rollback(c->core, &c->actor, api_param(c, "id"), to, &change, e), e))
		return failed(c, change);
	return api_reply(c, 200, change);
}

static bool stage(struct api_call *c, struct bind_request *r, struct err *e)
{
	char location[API_LOCATION_SIZE];
	json_t *change = NULL;
	const char *id;

	if (!change_stage(c->core, &c->actor, r, &change, e))
		return failed(c, change);
	id = json_string_value(json_object_get(change, "id"));
	if (!id) /* it is so already: nothing was staged */
		return api_reply(c, 200, change);
	api_location(location, "changes", id);
	return api_reply_created(c, location, change);
}

bool api_changes_stage(struct api_call *c, struct err *e)
{
	struct bind_request r = BIND_REQUEST_AS_IT_IS;
	json_t *present AUTO_JSON = NULL;

	r.endpoint = api_param(c, "id");
	if (!bind_body_read(c, &r, e) ||
	    !found(c, bindings_show(c->core, r.endpoint, &present, e), e) ||
	    !api_match(c, present, e))
		return false;
	return stage(c, &r, e);
}

bool api_changes_stage_new(struct api_call *c, struct err *e)
{
	struct bind_request r = BIND_REQUEST_AS_IT_IS;

	return json_get_str(c->body, "endpoint", &r.endpoint, e) && bind_body_read(c, &r, e) &&
	       stage(c, &r, e);
}
