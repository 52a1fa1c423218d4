/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/pick.h"
#include "api/resources.h"
#include "core/console/settings.h"

bool api_settings_list(struct api_call *c, struct err *e)
{
	json_t *list = NULL;

	return settings_list(c->core, &list, e) && api_reply_list(c, api_whole_list(list));
}

static bool setting_json(struct api_call *c, json_t **out, struct err *e)
{
	const char *name = api_param(c, "name");
	json_t *list AUTO_JSON = NULL;

	if (!settings_list(c->core, &list, e))
		return false;
	*out = api_pick(list, "name", name, false);
	return *out || err_set(e, ERR_NOT_FOUND, "no setting '%s'", name);
}

bool api_settings_show(struct api_call *c, struct err *e)
{
	json_t *setting = NULL;

	return setting_json(c, &setting, e) && api_reply(c, 200, setting);
}

bool api_settings_set(struct api_call *c, struct err *e)
{
	const json_t *value = json_object_get(c->body, "value");
	const char *override_reason = NULL;
	json_t *present AUTO_JSON = NULL;

	if (!value)
		return json_refuse(e, "value", "is needed");
	if (!json_get_str_opt(c->body, "override_reason", &override_reason, e))
		return false;
	return setting_json(c, &present, e) && api_match(c, present, e) &&
	       settings_set_with(c->core, &c->actor, api_param(c, "name"), value, override_reason,
				 e) &&
	       api_settings_show(c, e);
}
