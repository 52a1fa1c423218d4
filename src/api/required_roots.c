/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"
#include "core/roots/required_roots.h"

static bool read_edit(struct api_call *c, struct required_root_edit *n, struct err *e)
{
	/* null takes a digest away */
	if (json_is_null(json_object_get(c->body, "sha1")))
		n->sha1 = "";
	if (json_is_null(json_object_get(c->body, "sha256")))
		n->sha256 = "";
	return json_get_str_opt(c->body, "name", &n->name, e) &&
	       json_get_str_opt(c->body, "store", &n->store, e) &&
	       json_get_str_opt(c->body, "sha1", &n->sha1, e) &&
	       json_get_str_opt(c->body, "sha256", &n->sha256, e) &&
	       json_get_str_opt(c->body, "needed_for", &n->needed_for, e) &&
	       json_get_str_opt(c->body, "since", &n->since, e);
}

/* Every change is against the entry that the caller saw. */
static bool matched(struct api_call *c, struct err *e)
{
	json_t *present AUTO_JSON = NULL;

	return required_root_show(c->core, api_param(c, "id"), &present, e) &&
	       api_match(c, present, e);
}

bool api_roots_list(struct api_call *c, struct err *e)
{
	json_t *list = NULL;

	return required_roots_list(c->core, &list, e) && api_reply_list(c, list);
}

bool api_roots_add(struct api_call *c, struct err *e)
{
	struct required_root_edit n = {.name = NULL};
	char location[API_LOCATION_SIZE];
	json_t *entry = NULL;

	if (!read_edit(c, &n, e) || !required_root_add(c->core, &c->actor, &n, &entry, e))
		return false;
	api_location(location, "roots", json_string_value(json_object_get(entry, "id")));
	return api_reply_created(c, location, entry);
}

bool api_roots_show(struct api_call *c, struct err *e)
{
	json_t *entry = NULL;

	return required_root_show(c->core, api_param(c, "id"), &entry, e) &&
	       api_reply(c, 200, entry);
}

bool api_roots_change(struct api_call *c, struct err *e)
{
	struct required_root_edit n = {.name = NULL};
	json_t *entry = NULL;

	return matched(c, e) && read_edit(c, &n, e) &&
	       required_root_change(c->core, &c->actor, api_param(c, "id"), &n, &entry, e) &&
	       api_reply(c, 200, entry);
}

bool api_roots_remove(struct api_call *c, struct err *e)
{
	return matched(c, e) && required_root_remove(c->core, &c->actor, api_param(c, "id"), e) &&
	       api_reply_done(c);
}

bool api_roots_confirm(struct api_call *c, struct err *e)
{
	const char *sha256 = NULL;
	json_t *entry = NULL;

	return json_get_str(c->body, "sha256", &sha256, e) &&
	       required_root_confirm(c->core, &c->actor, api_param(c, "id"), sha256, &entry, e) &&
	       api_reply(c, 200, entry);
}

bool api_roots_import(struct api_call *c, struct err *e)
{
	struct buf file AUTO_BUF = BUF_INIT;
	struct required_roots_import r = {.dry_run = c->dry_run};
	json_t *result = NULL;

	if (!api_file(c, &file, &r.file_name, e) || !api_flag(c, "unlisted", &r.unlisted, e) ||
	    !api_flag(c, "confirm", &r.confirm, e))
		return false;
	r.file = buf_span(&file);
	return required_roots_import(c->core, &c->actor, &r, &result, e) &&
	       api_reply(c, 200, result);
}
