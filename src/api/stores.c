/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/pick.h"
#include "api/resources.h"
#include "core/certs/certs.h"

bool api_stores_list(struct api_call *c, struct err *e)
{
	json_t *list = NULL;

	return stores_list(c->core, &list, e) && api_reply_list(c, api_whole_list(list));
}

static bool store_json(struct api_call *c, const char *name, json_t **out, struct err *e)
{
	json_t *list AUTO_JSON = NULL;

	if (!stores_list(c->core, &list, e))
		return false;
	*out = api_pick(list, "name", name, true);
	return *out || err_reason(e, "store.not_found", "no store '%s'", name);
}

bool api_stores_show(struct api_call *c, struct err *e)
{
	json_t *store = NULL;

	return store_json(c, api_param(c, "store"), &store, e) && api_reply(c, 200, store);
}

bool api_stores_create(struct api_call *c, struct err *e)
{
	char location[API_LOCATION_SIZE];
	const char *name;
	json_t *store = NULL;

	if (!json_get_str(c->body, "name", &name, e) || !stores_create(c->core, &c->actor, name, e))
		return false;
	if (!store_json(c, name, &store, e))
		return false;
	api_location(location, "stores", name);
	return api_reply_created(c, location, store);
}

bool api_stores_remove(struct api_call *c, struct err *e)
{
	const char *name = api_param(c, "store");
	json_t *present AUTO_JSON = NULL;

	return store_json(c, name, &present, e) && api_match(c, present, e) &&
	       stores_remove(c->core, &c->actor, name, e) && api_reply_done(c);
}
