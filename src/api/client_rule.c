/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/call.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/bindings/served.h"
#include "core/trust/crl_points.h"
#include "core/trust/refusals.h"

/*
 * The client-certificate rule at the door. http/ calls this where the path asks for a certificate:
 * on a judge's thread when a chain was sent that was not judged under the present trust generation,
 * else on the worker. The verdict belongs to the thread that holds the request.
 */

/* A connection from before the rule: its handshake asked for nothing, so that nothing could come. */
static const struct verdict asked_late = {
	.reason = "trust.asked_late",
	.substatus = 7,
	.win32 = 5,
	.explanation = "A client certificate is required here, and this connection began before "
		       "anybody asked for one."};

/* A client whose key the TLS library has no signature for sends nothing, and cannot know why. */
static const struct verdict nothing_sent = {
	.reason = "trust.no_certificate",
	.substatus = 7,
	.win32 = 5,
	.explanation = "the client sent no certificate; asked for were RSA and ECDSA keys "
		       "(Ed25519, Ed448 and RSA-PSS keys cannot be used here)"};

static bool refuse(struct http_call *call, const struct verdict *v)
{
	struct api *a = http_app(call);
	const struct peer *p = http_peer(call);

	if (p->client_chain.n == 0 && !p->client_chain_unreadable)
		v = p->asked_client_cert ? &nothing_sent : &asked_late;
	if (v == &asked_late)
		http_reply_header(call, "Connection", "close");
	refusal_put(a->refusals, http_peer(call), http_served(call), v, clock_now_s());
	http_reply_refused(call, v->substatus, v->win32, v->reason, v->explanation);
	return false;
}

static bool fail(struct http_call *call, const struct err *e)
{
	log_error("client_rule", "%s", e->text);
	http_reply_problem(call, e, NULL);
	return false;
}

static bool judge(const struct http_call *call, struct verdict **out, struct err *e)
{
	const struct api *a = http_app(call);
	const struct served *s = http_served(call);
	const struct served_binding *b = http_binding(call);
	const struct peer *p = http_peer(call);
	struct trust_policy policy = {.mode = s->trust_mode,
				      .issuer_store = b->issuer_store[0] ? b->issuer_store : NULL,
				      .purpose = PURPOSE_CLIENT,
				      .check_usage = b->check_usage,
				      .revocation = b->revocation,
				      .crl_freshness_s = b->revocation_freshness_s,
				      .max_depth = -1};

	if (p->client_chain_unreadable)
		return verdict_unreadable(p->client_chain_error, out, e);
	return trust_judge(s->view, &policy, p->client_chain.items, p->client_chain.n,
			   clock_now_s(), a->config.signatures, out, e);
}

bool api_client_rule(struct http_call *call)
{
	const struct served *s = http_served(call);
	const struct served_binding *b = http_binding(call);
	struct peer *p = http_peer(call);
	bool sent = p->client_chain.n > 0 || p->client_chain_unreadable;
	struct err e = ERR_INIT;
	int64_t now_s = clock_now_s();

	if (!sent && served_rule(b, http_path(call)) != CLIENT_CERTS_REQUIRE)
		return true;
	if (!peer_verdict_holds(p, s, now_s)) {
		struct verdict *v = NULL;

		if (!judge(call, &v, &e))
			return fail(call, &e);
		verdict_free(p->verdict);
		p->verdict = v;
		p->verdict_generation = s->trust_generation;
		p->verdict_s = now_s;
		if (b->revocation != REVOCATION_OFF && !b->revocation_cached_only)
			crl_notes_put(((struct api *)http_app(call))->crl_notes, v);
	}
	return p->verdict->accept || refuse(call, p->verdict);
}
