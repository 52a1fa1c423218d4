/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/certificate_login.h"

#include "api/resources.h"
#include "base/clock.h"
#include "core/access/account_certificates.h"
#include "core/trust/refusals.h"
#include "x509/name.h"

#include <stdio.h>
#include <string.h>

#define ERROR_ACCESS_DENIED 5 /* what stands beside 403.7 and its kin */
#define SUBSTATUS_MAPPER_DENIED 12

/* The verdict that the door gave in this very request; NULL when it asked for no certificate here. */
static const struct verdict *accepted(const struct http_call *call)
{
	const struct peer *p = http_peer(call);
	const struct served *s = http_served(call);

	if (!p || !s || !p->verdict || !p->verdict->accept || p->client_chain.n == 0 ||
	    p->verdict_generation != s->trust_generation)
		return NULL;
	return p->verdict;
}

bool api_certificate_match(const struct http_call *call, struct core *core, struct cert_match *out,
			   struct err *e)
{
	return account_cert_identify(core, accepted(call), out, e);
}

void api_refuse_mapping(struct http_call *call, const char *why)
{
	struct api *a = http_app(call);
	const struct verdict *v = accepted(call);
	struct verdict denied = {.reason = "auth.mapping_denied",
				 .substatus = SUBSTATUS_MAPPER_DENIED,
				 .win32 = ERROR_ACCESS_DENIED};

	if (v) { /* the chain stands; what it stands for does not: paths are borrowed for the record */
		denied.paths = v->paths;
		denied.n_paths = v->n_paths;
		denied.issuer_list_members = v->issuer_list_members;
		memcpy(denied.issuer_list_source, v->issuer_list_source,
		       sizeof(denied.issuer_list_source));
		snprintf(denied.explanation, sizeof(denied.explanation), "%s", why);
		refusal_put(a->refusals, http_peer(call), http_served(call), &denied,
			    clock_now_s());
	}
	http_reply_refused(call, SUBSTATUS_MAPPER_DENIED, ERROR_ACCESS_DENIED,
			   "auth.mapping_denied", why);
}

void api_identity_of_match(const struct cert_match *m, struct identity *out)
{
	*out = (struct identity){.role = m->role, .is_certificate = true};
	snprintf(out->name, sizeof(out->name), "%s", m->account);
	snprintf(out->certificate, sizeof(out->certificate), "%s", m->sha256);
}

static json_t *subject_of(const struct peer *p)
{
	struct buf text AUTO_BUF = BUF_INIT;

	if (p->client_chain.n == 0)
		return json_null();
	name_text(&p->client_chain.items[0]->subject, &text);
	return json_text(buf_span(&text));
}

/* What the login page asks: whether a certificate would do. A mapping that denies ends in the guard. */
bool api_session_certificate_show(struct api_call *c, struct err *e)
{
	const struct peer *p = http_peer(c->http);
	struct cert_match m;
	bool mapped;

	if (!api_certificate_match(c->http, c->core, &m, e))
		return false;
	mapped = m.standing == CERT_ALLOWED;
	return api_reply(c, 200,
			 json_pack("{s:b, s:b, s:b, s:o, s:o, s:o, s:o}", "asked",
				   p->asked_client_cert, "sent", p->client_chain.n > 0, "accepted",
				   accepted(c->http) != NULL, "subject", subject_of(p), "sha256",
				   p->client_chain.n ? json_string(p->client_chain.items[0]->id)
						     : json_null(),
				   "user", mapped ? json_string(m.account) : json_null(), "role",
				   mapped ? json_string(role_name(m.role)) : json_null()));
}

bool api_session_certificate_open(struct api_call *c, struct err *e)
{
	struct secret cookie AUTO_SECRET = SECRET_INIT;

	c->actor.via = "console";
	memset(c->who, 0, sizeof(*c->who));
	if (!session_open_by_certificate(c->core, &c->actor, accepted(c->http), &cookie, c->who, e))
		return false;
	return api_session_opened(c, &cookie, e);
}
