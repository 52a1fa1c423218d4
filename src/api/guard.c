/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/api.h"
#include "api/certificate_login.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"

#include <string.h>

/*
 * Who asks, and whether the row of the route allows it. The least role stands in the route table;
 * rights that hang on the body (keys, Root, Disallowed, overriding) are asked in core/permit.h by the
 * use cases. Runs before every handler, in its thread.
 */

static bool is_safe(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
	       strcmp(method, "OPTIONS") == 0;
}

/* The browser says where a request comes from; another site's is refused, also at login. */
static bool origin_fits(struct http_call *call, struct err *e)
{
	const char *origin = http_header(call, "Origin");
	const char *site = http_header(call, "Sec-Fetch-Site");
	const char *host = http_header(call, "Host");

	if (is_safe(http_method(call)))
		return true;
	if (origin && (!host || !text_starts_with(origin, "https://") ||
		       !text_equal_nocase(origin + strlen("https://"), host)))
		return err_reason(e, "csrf.origin", "the request comes from another origin");
	if (!origin && site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
		return err_reason(e, "csrf.origin", "the request comes from another site");
	return true;
}

static bool csrf_fits(struct http_call *call, const struct identity *who, struct err *e)
{
	const char *sent = http_header(call, "X-CSRF-Token");

	if (is_safe(http_method(call)))
		return true;
	if (!sent || !who->csrf[0] || !secret_equal(span_str(sent), span_str(who->csrf)))
		return err_reason(e, "csrf", "X-CSRF-Token is missing or not the session's");
	return true;
}

static bool by_token(struct core *core, const char *authorization, struct identity *who,
		     struct err *e)
{
	static const char scheme[] = "Bearer ";

	if (!span_equal_nocase(span_of(authorization, strnlen(authorization, strlen(scheme))),
			       span_str(scheme)))
		return err_reason(e, "auth.token", "Authorization must be: Bearer cb_...");
	return token_check(core, span_str(authorization + strlen(scheme)), who, e);
}

/*
 * A browser sends its certificate with whatever page makes it send a request, as it does cookies: there the certificate
 * opens a session, which has its own proof against that, and is nobody by itself.
 */
static bool is_browser(struct http_call *call)
{
	return http_header(call, "Origin") || http_header(call, "Sec-Fetch-Site");
}

/* A session that a certificate opened lives on connections with that certificate, while it stands for that account. */
static bool certificate_holds(const struct identity *who, const struct cert_match *m, struct err *e)
{
	if (!who->certificate[0] ||
	    (m->standing == CERT_ALLOWED && strcmp(m->sha256, who->certificate) == 0 &&
	     strcmp(m->account, who->name) == 0))
		return true;
	return err_reason(e, "auth.session_expired",
			  "the session belongs to a client certificate that this connection does "
			  "not show, or that stands for the account no more");
}

/* Fills who, if there is somebody. *known false: nobody in particular. */
static bool identify(struct http_call *call, struct core *core, const struct cert_match *m,
		     struct identity *who, bool *known, struct err *e)
{
	const char *authorization = http_header(call, "Authorization");
	struct span cookie = http_cookie(call, "__Host-session");

	*known = true;
	if (authorization)
		return by_token(core, authorization, who, e);
	if (cookie.p)
		return session_check(core, cookie, who, e) && certificate_holds(who, m, e) &&
		       csrf_fits(call, who, e);
	*known = m->standing == CERT_ALLOWED && !is_browser(call);
	if (*known)
		api_identity_of_match(m, who);
	return true;
}

static void refuse(struct http_call *call, const struct err *e)
{
	if (e->code == ERR_AUTH)
		http_reply_header(call, "WWW-Authenticate",
				  http_header(call, "Authorization")
					  ? "Bearer realm=\"certbinder\", error=\"invalid_token\""
					  : "Bearer realm=\"certbinder\"");
	http_reply_problem(call, e, NULL);
}

static bool admit(struct http_call *call, struct core *core, const struct cert_match *m,
		  struct identity *who, struct err *e)
{
	enum role least = http_route_of(call)->role;
	bool known = false;

	if (!origin_fits(call, e))
		return false;
	if (!identify(call, core, m, who, &known, e)) {
		memset(who, 0, sizeof(*who));
		return least == ROLE_NONE; /* a stale cookie does not shut the login */
	}
	if (least == ROLE_NONE)
		return true;
	if (!known)
		return err_reason(e, "auth.required", "%s %s is for the role %s", http_method(call),
				  http_path(call), role_name(least));
	if (who->role < least)
		return err_reason(e, "auth.role", "this needs the role %s, '%s' is %s",
				  role_name(least), who->name, role_name(who->role));
	return true;
}

void api_guard(struct http_call *call)
{
	const struct http_route *route = http_route_of(call);
	struct identity *who = http_identity(call);
	struct core *core = http_job_context(call);
	struct cert_match m = {.standing = CERT_UNMAPPED};
	struct err e = ERR_INIT;

	if (route->run == RUN_INLINE) /* open by what it is: the table has no role there */
		return;
	if (!core)
		(void)err_set(&e, ERR_BUSY, "the database cannot be opened");
	if (core && api_certificate_match(call, core, &m, &e) && m.standing == CERT_DENIED) {
		api_refuse_mapping(call, m.why);
		return;
	}
	if (e.code != ERR_OK || !admit(call, core, &m, who, &e)) {
		if (who->is_certificate && e.code == ERR_DENIED)
			api_refuse_mapping(call, e.text);
		else
			refuse(call, &e);
		return;
	}
	if (who->name[0])
		http_set_log_user(call, who->name);
}
