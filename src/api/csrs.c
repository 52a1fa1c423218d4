/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"
#include "base/mem.h"
#include "core/certs/csrs.h"

#include <string.h>

/* The strings of an array member, borrowed; *n 0 when absent. */
static bool strings(const json_t *body, const char *key, const char *out[CSR_NAMES_MAX], size_t *n,
		    struct err *e)
{
	json_t *array = NULL;
	size_t i;
	json_t *item;

	*n = 0;
	if (!json_get_array_opt(body, key, &array, e))
		return false;
	if (json_array_size(array) > CSR_NAMES_MAX)
		return err_set(e, ERR_LIMIT, "%zu names in '%s', at most %d",
			       json_array_size(array), key, CSR_NAMES_MAX);
	json_array_foreach(array, i, item)
	{
		if (!json_is_string(item))
			return json_refuse(e, key, "must hold strings");
		out[(*n)++] = json_string_value(item);
	}
	return true;
}

bool api_csrs_list(struct api_call *c, struct err *e)
{
	json_t *all = NULL;

	return csrs_list(c->core, &all, e) && api_reply_list(c, api_whole_list(all));
}

bool api_csrs_create(struct api_call *c, struct err *e)
{
	const char *dns[CSR_NAMES_MAX], *ip[CSR_NAMES_MAX];
	struct csr_request r = {.dns_names = dns, .ip_addresses = ip};
	char location[API_LOCATION_SIZE];
	json_t *made = NULL;

	if (!strings(c->body, "dns", dns, &r.n_dns_names, e) ||
	    !strings(c->body, "ip", ip, &r.n_ip_addresses, e) ||
	    !json_get_str_opt(c->body, "common_name", &r.common_name, e) ||
	    !json_get_str_opt(c->body, "key", &r.key, e) ||
	    !json_get_str_opt(c->body, "renews", &r.renews, e) ||
	    !json_get_str_opt(c->body, "friendly_name", &r.friendly_name, e) ||
	    !json_get_bool_opt(c->body, "exportable", &r.exportable, e) ||
	    !json_get_bool_opt(c->body, "same_key", &r.same_key, e) ||
	    !csrs_create(c->core, &c->actor, &r, &made, e))
		return false;
	api_location(location, "csrs", json_string_value(json_object_get(made, "id")));
	return api_reply_created(c, location, made);
}

static bool wants_pem(struct api_call *c)
{
	const char *format = api_query(c, "format");
	const char *accept = http_header(c->http, "Accept");

	if (format)
		return strcmp(format, "pem") == 0;
	return accept && strstr(accept, "application/pkcs10");
}

bool api_csrs_show(struct api_call *c, struct err *e)
{
	const char *id = api_param(c, "id");
	struct buf pem AUTO_BUF = BUF_INIT;
	json_t *csr = NULL;

	if (!wants_pem(c))
		return csrs_show(c->core, id, &csr, e) && api_reply(c, 200, csr);
	return csrs_pem(c->core, id, &pem, e) &&
	       api_reply_file(c, "application/pkcs10", "request.csr", &pem);
}

bool api_csrs_complete(struct api_call *c, struct err *e)
{
	struct buf file AUTO_BUF = BUF_INIT;
	json_t *result = NULL;

	return api_file(c, &file, NULL, e) &&
	       csrs_complete(c->core, &c->actor, buf_span(&file), &result, e) &&
	       api_reply(c, 200, result);
}

bool api_csrs_remove(struct api_call *c, struct err *e)
{
	const char *id = api_param(c, "id");
	json_t *present AUTO_JSON = NULL;

	return csrs_show(c->core, id, &present, e) && api_match(c, present, e) &&
	       csrs_remove(c->core, &c->actor, id, e) && api_reply_done(c);
}
