/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"
#include "core/certs/import.h"

static bool read_request(struct api_call *c, struct import_request *r, struct err *e)
{
	return api_text(c, "store", &r->store, e) &&
	       api_text(c, "friendly_name", &r->friendly_name, e) &&
	       api_flag(c, "all_to_store", &r->all_to_store, e) &&
	       api_flag(c, "exportable", &r->exportable, e) &&
	       api_flag(c, "trust_roots", &r->trust_roots, e) &&
	       api_flag(c, "allow_no_mac", &r->allow_no_mac, e) &&
	       api_flag(c, "accept_warnings", &r->accept_warnings, e);
}

static bool brought_something(const json_t *certs)
{
	const json_t *one;
	size_t i;

	json_array_foreach(certs, i, one)
	{
		if (!json_is_true(json_object_get(one, "existed")))
			return true;
	}
	return false;
}

bool api_certificates_import(struct api_call *c, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;
	struct buf file AUTO_BUF = BUF_INIT;
	struct import_request r = {.dry_run = c->dry_run};
	char location[API_LOCATION_SIZE];
	json_t *result = NULL;
	const json_t *leaf;
	bool given = false;

	if (!api_file(c, &file, &r.file_name, e) || !read_request(c, &r, e) ||
	    !api_secret(c, "password", &password, &given, e))
		return false;
	if (r.store && !*r.store) /* an empty field of a form */
		r.store = NULL;
	if (r.friendly_name && !*r.friendly_name)
		r.friendly_name = NULL;
	r.file = buf_span(&file);
	r.password = given ? &password : NULL;
	if (!import_file(c->core, &c->actor, &r, &result, e)) {
		c->more = result; /* warnings that were not accepted */
		return false;
	}
	if (c->dry_run || !brought_something(json_object_get(result, "certificates")))
		return api_reply(c, 200, result);
	leaf = json_array_get(json_object_get(result, "certificates"), 0);
	api_location(location, "certificates", json_string_value(json_object_get(leaf, "sha256")));
	return api_reply_created(c, location, result);
}
