/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"
#include "core/certs/certs.h"

#include <string.h>

static bool purpose_is_known(const char *purpose)
{
	return !purpose || api_in_list("server,client,ca", purpose);
}

static bool list(struct api_call *c, const char *store, struct err *e)
{
	struct cert_query q = {
		.store = store, .q = api_query(c, "q"), .purpose = api_query(c, "purpose")};
	int deleted = -1;
	json_t *page = NULL;

	if (!api_page(c, &q.page, e) || !api_query_bool(c, "has_key", &q.has_key, e) ||
	    !api_query_bool(c, "used", &q.used, e) || !api_query_bool(c, "deleted", &deleted, e) ||
	    !api_query_time(c, "expires_before", &q.expires_before_s, e))
		return false;
	if (!purpose_is_known(q.purpose))
		return err_reason(e, "request.parameter", "purpose must be server, client or ca");
	q.deleted = deleted == 1;
	return certs_list(c->core, &q, &page, e) && api_reply_list(c, page);
}

bool api_certificates_list(struct api_call *c, struct err *e)
{
	return list(c, api_query(c, "store"), e);
}

bool api_stores_certificates(struct api_call *c, struct err *e)
{
	return list(c, api_param(c, "store"), e);
}

static bool show_changed(struct api_call *c, struct err *e)
{
	json_t *cert = NULL;

	return certs_show(c->core, api_param(c, "sha256"), true, &cert, e) &&
	       api_reply(c, 200, cert);
}

/* A removed one is gone for whoever does not ask for it. */
bool api_certificates_show(struct api_call *c, struct err *e)
{
	int removed_too = 0;
	json_t *cert = NULL;

	return api_query_bool(c, "deleted", &removed_too, e) &&
	       certs_show(c->core, api_param(c, "sha256"), removed_too == 1, &cert, e) &&
	       api_reply(c, 200, cert);
}

bool api_certificates_chain(struct api_call *c, struct err *e)
{
	json_t *chain = NULL;

	return certs_chain(c->core, api_param(c, "sha256"), &chain, e) && api_reply(c, 200, chain);
}

bool api_certificates_usage(struct api_call *c, struct err *e)
{
	json_t *usage = NULL;

	return certs_usage(c->core, api_param(c, "sha256"), &usage, e) &&
	       api_reply(c, 200, api_whole_list(usage));
}

static bool match(struct api_call *c, struct err *e)
{
	json_t *present AUTO_JSON = NULL;

	return certs_show(c->core, api_param(c, "sha256"), true, &present, e) &&
	       api_match(c, present, e);
}

bool api_certificates_change(struct api_call *c, struct err *e)
{
	const char *friendly;

	return json_get_str(c->body, "friendly_name", &friendly, e) && match(c, e) &&
	       certs_set_friendly_name(c->core, &c->actor, api_param(c, "sha256"), friendly, e) &&
	       show_changed(c, e);
}

bool api_certificates_remove(struct api_call *c, struct err *e)
{
	return match(c, e) &&
	       certs_remove(c->core, &c->actor, api_param(c, "sha256"), api_query(c, "store"), e) &&
	       api_reply_done(c);
}

bool api_certificates_move(struct api_call *c, struct err *e)
{
	const char *from, *to;
	bool accept = false;

	return json_get_str(c->body, "from", &from, e) && json_get_str(c->body, "to", &to, e) &&
	       json_get_bool_opt(c->body, "accept_warnings", &accept, e) &&
	       certs_move(c->core, &c->actor, api_param(c, "sha256"), from, to, accept, e) &&
	       show_changed(c, e);
}

bool api_certificates_restore(struct api_call *c, struct err *e)
{
	return certs_restore(c->core, &c->actor, api_param(c, "sha256"), e) && show_changed(c, e);
}
