/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/certificate_login.h"
#include "api/resources.h"

#include <string.h>

#define COOKIE "__Host-session"
#define COOKIE_RULES "; Path=/; Secure; HttpOnly; SameSite=Strict"

static json_t *session_json(const struct identity *who)
{
	const char *kind = who->is_session	 ? "session"
			   : who->is_certificate ? "certificate"
						 : "token";
	json_t *o = json_pack("{s:s, s:s, s:s}", "user", who->name, "role", role_name(who->role),
			      "kind", kind);

	if (o && who->is_session && json_object_set_new(o, "csrf_token", json_string(who->csrf))) {
		json_decref(o);
		return NULL;
	}
	return o;
}

bool api_session_show(struct api_call *c, struct err *e)
{
	(void)e;
	return api_reply(c, 200, session_json(c->who));
}

static bool set_cookie(struct api_call *c, struct span value, const char *rules, struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;

	text.secret = true;
	buf_add_str(&text, COOKIE "=");
	buf_add_span(&text, value);
	buf_add_str(&text, COOKIE_RULES);
	buf_add_str(&text, rules);
	if (!buf_ok(&text))
		return err_nomem(e);
	http_reply_header(c->http, "Set-Cookie", buf_str(&text));
	return true;
}

bool api_session_opened(struct api_call *c, const struct secret *cookie, struct err *e)
{
	if (!set_cookie(c, secret_span(cookie), "", e))
		return false;
	http_set_log_user(c->http, c->who->name);
	http_caller_is_known(c->http);
	return api_reply_created(c, "/api/v1/session", session_json(c->who));
}

bool api_session_open(struct api_call *c, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT, cookie AUTO_SECRET = SECRET_INIT;
	const char *user;
	bool given;

	if (!json_get_str(c->body, "user", &user, e) ||
	    !api_secret(c, "password", &password, &given, e))
		return false;
	if (!given)
		return json_refuse(e, "password", "is needed");
	c->actor.name = user;
	c->actor.via = "console";
	memset(c->who, 0, sizeof(*c->who));
	return session_open(c->core, &c->actor, user, &password, &cookie, c->who, e) &&
	       api_session_opened(c, &cookie, e);
}

bool api_session_close(struct api_call *c, struct err *e)
{
	struct span cookie = http_cookie(c->http, COOKIE);

	if (c->who->is_session && cookie.p && !session_close(c->core, &c->actor, cookie, e))
		return false;
	return set_cookie(c, span_str(""), "; Max-Age=0", e) && api_reply_done(c);
}
