/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"

#include "core/access/account_certificates.h"

#include <string.h>

bool api_account_certificates_list(struct api_call *c, struct err *e)
{
	json_t *list = NULL;

	return account_cert_list(c->core, api_param(c, "user"), &list, e) &&
	       api_reply_list(c, api_whole_list(list));
}

bool api_account_certificates_show(struct api_call *c, struct err *e)
{
	json_t *mapping = NULL;

	return account_cert_show(c->core, api_param(c, "user"), api_param(c, "id"), &mapping, e) &&
	       api_reply(c, 200, mapping);
}

static bool access_member(struct api_call *c, bool *deny, struct err *e)
{
	const char *text;

	if (!api_text(c, "access", &text, e))
		return false;
	*deny = text && strcmp(text, "deny") == 0;
	return !text || *deny || strcmp(text, "allow") == 0 ||
	       json_refuse(e, "access", "must be allow or deny");
}

bool api_account_certificates_add(struct api_call *c, struct err *e)
{
	struct buf file AUTO_BUF = BUF_INIT;
	const char *user = api_param(c, "user");
	struct account_cert_wish w = {.kind = "certificate"};
	char location[API_LOCATION_SIZE];
	json_t *mapping = NULL;

	if (!api_file(c, &file, NULL, e) || !api_text(c, "kind", &w.kind, e) ||
	    !api_text(c, "certificate", &w.certificate, e) || !api_text(c, "value", &w.value, e) ||
	    !api_text(c, "issuer", &w.issuer, e) || !access_member(c, &w.deny, e))
		return false;
	if (!w.kind)
		w.kind = "certificate";
	w.file = buf_span(&file);
	if (!account_cert_add(c->core, &c->actor, user, &w, &mapping, e))
		return false;
	api_location(location, "accounts", user);
	return api_reply_created(c, location, mapping);
}

bool api_account_certificates_remove(struct api_call *c, struct err *e)
{
	const char *user = api_param(c, "user"), *id = api_param(c, "id");
	json_t *present AUTO_JSON = NULL;

	return account_cert_show(c->core, user, id, &present, e) && api_match(c, present, e) &&
	       account_cert_remove(c->core, &c->actor, user, id, e) && api_reply_done(c);
}
