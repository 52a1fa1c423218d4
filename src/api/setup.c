/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"

bool api_setup_show(struct api_call *c, struct err *e)
{
	bool needed;

	if (!setup_needed(c->core, &needed, e))
		return false;
	return api_reply(c, 200,
			 json_pack("{s:b, s:i, s:b}", "needed", needed, "password_min",
				   PASSWORD_MIN_CHARS, "signed_in", c->who->role != ROLE_NONE));
}

bool api_setup_run(struct api_call *c, struct err *e)
{
	struct secret code AUTO_SECRET = SECRET_INIT, password AUTO_SECRET = SECRET_INIT;
	char location[API_LOCATION_SIZE];
	const char *user;
	bool has_code, has_password;

	if (!json_get_str(c->body, "user", &user, e) ||
	    !api_secret(c, "code", &code, &has_code, e) ||
	    !api_secret(c, "password", &password, &has_password, e))
		return false;
	if (!has_code || !has_password)
		return err_reason(e, "request.member", "members 'code' and 'password' are needed");
	c->actor.name = user;
	if (!setup_run(c->core, &c->actor, &code, user, &password, e))
		return false;
	api_location(location, "accounts", user);
	return api_reply_created(
		c, location, json_pack("{s:s, s:s}", "user", user, "role", role_name(ROLE_ADMIN)));
}
