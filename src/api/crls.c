/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"
#include "core/trust/crl_points.h"
#include "core/trust/crls.h"

bool api_crls_list(struct api_call *c, struct err *e)
{
	json_t *list = NULL;

	return crls_list(c->core, &list, e) && api_reply_list(c, api_whole_list(list));
}

bool api_crls_import(struct api_call *c, struct err *e)
{
	struct buf file AUTO_BUF = BUF_INIT;
	char location[API_LOCATION_SIZE];
	json_t *list = NULL;
	const json_t *first;

	if (!api_file(c, &file, NULL, e) ||
	    !crls_import(c->core, &c->actor, buf_span(&file), &list, e))
		return false;
	list = api_whole_list(list);
	first = json_array_get(json_object_get(list, "items"), 0);
	if (!first) /* they are here already */
		return api_reply(c, 200, list);
	api_location(location, "crls", json_string_value(json_object_get(first, "id")));
	return api_reply_created(c, location, list);
}

bool api_crls_show(struct api_call *c, struct err *e)
{
	json_t *crl = NULL;

	return crls_show(c->core, api_param(c, "id"), &crl, e) && api_reply(c, 200, crl);
}

bool api_crls_remove(struct api_call *c, struct err *e)
{
	const char *id = api_param(c, "id");
	json_t *present AUTO_JSON = NULL;

	return crls_show(c->core, id, &present, e) && api_match(c, present, e) &&
	       crls_remove(c->core, &c->actor, id, e) && api_reply_done(c);
}

bool api_crls_issuers(struct api_call *c, struct err *e)
{
	json_t *list = NULL;

	return crls_issuers(c->core, &list, e) && api_reply_list(c, api_whole_list(list));
}

bool api_crls_fetch(struct api_call *c, struct err *e)
{
	const char *url = NULL;
	json_t *list = NULL;

	return json_get_str_opt(c->body, "url", &url, e) &&
	       crls_fetch(c->core, &c->actor, url, &list, e) &&
	       api_reply_list(c, api_whole_list(list));
}
