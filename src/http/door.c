/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/clock.h"
#include "base/text.h"
#include "http/server.h"

#include <string.h>

#define ERROR_ACCESS_DENIED 5

/* The name without port, brackets and trailing dot; "" when there is none. */
static void host_name(const char *authority, char out[static 256])
{
	size_t len;

	if (authority[0] == '[')
		len = strcspn(++authority, "]");
	else
		len = strcspn(authority, ":");
	if (len > 1 && authority[len - 1] == '.')
		len--;
	if (len > 255)
		len = 0;
	for (size_t i = 0; i < len; i++)
		out[i] = ascii_lower(authority[i]);
	out[len] = '\0';
}

static enum door misdirected(struct http_call *c, const char *why)
{
	c->close = true;
	reply_error(c, "request.misdirected", why);
	return DOOR_REPLIED;
}

/* An absolute target counts, and Host is to be the same (RFC 9112 3.2). */
static bool host_differs(const struct http_call *c)
{
	const char *host = http_header(c, "Host");

	return c->authority[0] && host && !text_equal_nocase(c->authority, host);
}

static enum door two_names(struct http_call *c)
{
	c->close = true;
	reply_error(c, "request.malformed", "Host is not that of the request target");
	return DOOR_REPLIED;
}

/* What the request's name leads to here; NULL: nothing. */
static const struct served_binding *named_binding(const struct http_call *c)
{
	const struct peer *p = c->wire->peer;
	const char *host = c->authority[0] ? c->authority : http_header(c, "Host");
	char name[256];

	if (!host) /* HTTP/1.0: what the handshake named */
		host = p->sni;
	host_name(host, name);
	return served_pick(c->served, p->listener_ip, p->local_port, name[0] ? name : NULL);
}

static bool shown_on_plain(const struct http_call *c)
{
	const char *const *prefix = c->server->config.plain_prefixes;

	for (; prefix && *prefix; prefix++)
		if (text_starts_with(c->path, *prefix))
			return true;
	return false;
}

void door_refuse_plain(struct http_call *c)
{
	http_reply_refused(c, 4, ERROR_ACCESS_DENIED, "request.https",
			   "this is served over HTTPS only");
}

static enum door plain_door(struct http_call *c)
{
	if (shown_on_plain(c) && (strcmp(c->method, "GET") == 0 || strcmp(c->method, "HEAD") == 0))
		return DOOR_PASSED;
	door_refuse_plain(c);
	return DOOR_REPLIED;
}

static bool needs_verdict(const struct http_call *c)
{
	const struct peer *p = c->wire->peer;

	return (p->client_chain.n > 0 || p->client_chain_unreadable) &&
	       !peer_verdict_holds(p, c->served, clock_now_s());
}

/* The front may publish a moment before http/ is told: a connection of the new snapshot is answered
 * under it. */
static void take_newer(struct http_call *c)
{
	struct served *of_peer = c->wire->peer->served;

	if (!of_peer || (c->served && of_peer->tls_generation <= c->served->tls_generation))
		return;
	served_unref(c->served);
	c->served = served_ref(of_peer);
}

enum door door_check(struct http_call *c)
{
	const struct peer *p = c->wire->peer;

	take_newer(c);
	if (!c->served) {
		reply_error(c, "busy", "nothing is served yet");
		return DOOR_REPLIED;
	}
	if (c->authority[0] && c->scheme_is_http != p->plain)
		return misdirected(c, "the address is of the other scheme");
	if (p->plain)
		return host_differs(c) ? two_names(c) : plain_door(c);
	if (p->misdirected)
		return misdirected(c, "the session was made for another binding");
	/* the name must lead to the binding that the connection is fixed to: no way around one
	 * binding's rules through another's name */
	c->binding = named_binding(c);
	if (!c->binding || c->binding->id != p->binding_id)
		return misdirected(c,
				   "this name is served by another binding; use a new connection");
	if (host_differs(c))
		return two_names(c);
	/* a commit: the next request shall see the new certificate */
	if (strcmp(c->binding->cert->id, p->host_cert_sha256) != 0)
		c->close = true;
	if (served_rule(c->binding, c->path) == CLIENT_CERTS_IGNORE)
		return DOOR_PASSED;
	/* a connection that was never asked for a certificate can only ask anew */
	if (!p->asked_client_cert)
		c->close = true;
	if (!c->server->config.client_rule) {
		reply_error(c, "busy", "no judge of client certificates");
		return DOOR_REPLIED;
	}
	if (needs_verdict(c))
		return DOOR_JUDGE;
	return c->server->config.client_rule(c) ? DOOR_PASSED : DOOR_REPLIED;
}
