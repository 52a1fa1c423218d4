/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/pick.h"
#include "api/resources.h"

#include "base/text.h"

static bool role_member(struct api_call *c, bool *given, enum role *out, struct err *e)
{
	const char *text;

	if (!api_text(c, "role", &text, e))
		return false;
	*given = text != NULL;
	if (text && !role_parse(text, out))
		return json_refuse(e, "role", "must be viewer, operator or admin");
	return true;
}

bool api_accounts_list(struct api_call *c, struct err *e)
{
	json_t *list = NULL;

	return account_list(c->core, &list, e) && api_reply_list(c, api_whole_list(list));
}

static bool account_json(struct api_call *c, const char *user, json_t **out, struct err *e)
{
	json_t *list AUTO_JSON = NULL;

	if (!account_list(c->core, &list, e))
		return false;
	*out = api_pick(list, "user", user, true);
	return *out || err_set(e, ERR_NOT_FOUND, "no account '%s'", user);
}

bool api_accounts_show(struct api_call *c, struct err *e)
{
	json_t *account = NULL;

	return account_json(c, api_param(c, "user"), &account, e) && api_reply(c, 200, account);
}

bool api_accounts_create(struct api_call *c, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;
	char location[API_LOCATION_SIZE];
	const char *user;
	enum role role = ROLE_NONE;
	bool has_role, has_password;
	json_t *account = NULL;

	if (!json_get_str(c->body, "user", &user, e) || !role_member(c, &has_role, &role, e) ||
	    !api_secret(c, "password", &password, &has_password, e))
		return false;
	if (!has_role || !has_password)
		return err_reason(e, "request.member", "members 'role' and 'password' are needed");
	if (!account_create(c->core, &c->actor, user, role, &password, &account, e))
		return false;
	api_location(location, "accounts", user);
	return api_reply_created(c, location, account);
}

/* The state that If-Match is held against. */
static bool match(struct api_call *c, const char *user, struct err *e)
{
	json_t *present AUTO_JSON = NULL;

	return account_json(c, user, &present, e) && api_match(c, present, e);
}

bool api_accounts_change(struct api_call *c, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;
	const char *user = api_param(c, "user");
	enum role role = ROLE_NONE;
	bool has_role, has_password;
	json_t *account = NULL;

	if (!role_member(c, &has_role, &role, e) ||
	    !api_secret(c, "password", &password, &has_password, e) || !match(c, user, e) ||
	    !account_change(c->core, &c->actor, user, has_role ? &role : NULL,
			    has_password ? &password : NULL, e))
		return false;
	return account_json(c, user, &account, e) && api_reply(c, 200, account);
}

bool api_accounts_remove(struct api_call *c, struct err *e)
{
	const char *user = api_param(c, "user");

	return match(c, user, e) && account_remove(c->core, &c->actor, user, e) &&
	       api_reply_done(c);
}

bool api_tokens_list(struct api_call *c, struct err *e)
{
	json_t *list = NULL;

	return token_list(c->core, &list, e) && api_reply_list(c, api_whole_list(list));
}

static bool token_json(struct api_call *c, const char *id, json_t **out, struct err *e)
{
	json_t *list AUTO_JSON = NULL;

	if (!token_list(c->core, &list, e))
		return false;
	*out = api_pick(list, "id", id, false);
	return *out || err_set(e, ERR_NOT_FOUND, "no token '%s'", id);
}

bool api_tokens_show(struct api_call *c, struct err *e)
{
	json_t *token = NULL;

	return token_json(c, api_param(c, "id"), &token, e) && api_reply(c, 200, token);
}

bool api_tokens_create(struct api_call *c, struct err *e)
{
	struct secret token AUTO_SECRET = SECRET_INIT;
	char location[API_LOCATION_SIZE];
	const char *name;
	enum role role = ROLE_NONE;
	bool has_role;
	int64_t days = 0;
	json_t *made = NULL;

	if (!json_get_str(c->body, "name", &name, e) || !role_member(c, &has_role, &role, e) ||
	    !api_int(c, "ttl_days", 0, 3650, &days, e))
		return false;
	if (!has_role)
		return json_refuse(e, "role", "is needed");
	if (!token_create(c->core, &c->actor, name, role, (int)days, &token, &made, e))
		return false;
	if (!c->dry_run &&
	    json_object_set_new(made, "token", json_stringn((const char *)token.data, token.len))) {
		json_decref(made);
		return err_nomem(e);
	}
	api_location(location, "tokens", json_string_value(json_object_get(made, "id")));
	return api_reply_created(c, location, made);
}

bool api_tokens_revoke(struct api_call *c, struct err *e)
{
	const char *id = api_param(c, "id");
	json_t *present AUTO_JSON = NULL;

	return token_json(c, id, &present, e) && api_match(c, present, e) &&
	       token_revoke(c->core, &c->actor, id, e) && api_reply_done(c);
}
