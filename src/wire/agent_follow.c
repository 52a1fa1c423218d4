/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/agent_server.h"
#include "wire/agent_url.h"
#include "wire/fetch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Publications over one connection to a server. */
struct source {
	const struct agent_place *place;
	struct wire_client *client;
	bool https;
};

void agent_url(const struct agent_place *place, bool https, const char *prefix, const char *path,
	       struct buf *out)
{
	const char *open = strchr(place->host, ':') ? "[" : "", *close = open[0] ? "]" : "";

	buf_printf(out, "%s://%s%s%s:%u%s%s", https ? "https" : "http", open, place->host, close,
		   https ? place->https_port : place->http_port, prefix, path);
}

static bool fetch(void *arg, int64_t number, struct buf *token_out, bool *found_out, struct err *e)
{
	const struct source *s = arg;
	struct wire_answer a AUTO_WIRE_ANSWER = WIRE_ANSWER_INIT;
	struct buf url AUTO_BUF = BUF_INIT;
	struct wire_request r = {.method = "GET"};
	char name[24] = "latest";

	if (number != WALK_LATEST)
		snprintf(name, sizeof(name), "%" PRId64, number);
	agent_url(s->place, s->https, AGENT_PUBLICATIONS, name, &url);
	if (!buf_ok(&url))
		return err_nomem(e);
	r.url = buf_str(&url);
	if (!wire_fetch(s->client, &r, &a, e))
		return false;
	*found_out = a.status == 200;
	if (a.status != 200 && a.status != 404)
		return err_reason(e, "agent.unreachable", "%.120s is answered with %d", r.url,
				  a.status);
	if (*found_out)
		buf_add_span(token_out, buf_span(&a.body));
	return buf_ok(token_out) || err_set(e, ERR_LIMIT, "a publication of %zu bytes", a.body.len);
}

static bool follow_over(const struct agent_place *place, bool https, bool pinned,
			struct publication *held, int *n_out, struct err *e)
{
	struct wire_client *client AUTO_WIRE_CLIENT = NULL;
	struct source s = {.place = place, .https = https};
	struct walk_source walk = {.arg = &s, .pinned = pinned, .fetch = fetch};

	if (!wire_client_new(pinned ? &held->ipcer : NULL, &client, e))
		return false;
	s.client = client;
	return walk_on(held, &walk, n_out, e);
}

/* Over whatever connection there is: only what proves itself is taken. */
static bool follow_unpinned(const struct agent_place *place, struct publication *held, int *n_out,
			    struct err *e)
{
	if (follow_over(place, true, false, held, n_out, e))
		return true;
	if (e->code != ERR_UNREACHABLE || !place->http_port)
		return false;
	*e = (struct err)ERR_INIT;
	return follow_over(place, false, false, held, n_out, e);
}

bool agent_follow(const struct agent_place *place, struct publication *held, int *n_out,
		  struct err *e)
{
	int more = 0;
	bool good;

	*n_out = 0;
	if (held->ipcer.n > 0) {
		good = follow_over(place, true, true, held, n_out, e);
		if (good || (!err_is(e, "agent.unproved") && e->code != ERR_UNREACHABLE))
			return good;
		*e = (struct err)ERR_INIT;
	}
	good = follow_unpinned(place, held, &more, e);
	*n_out += more;
	/* what came may name the certificate that the server shows: then the rest counts too */
	if (more > 0 && held->ipcer.n > 0 && (good || err_is(e, "publication.leaked"))) {
		struct err why = ERR_INIT;
		bool pinned = follow_over(place, true, true, held, &more, &why);

		*n_out += more;
		if (pinned && !good)
			*e = (struct err)ERR_INIT;
		good = good || pinned;
	}
	return good;
}

static bool begin_over(const struct agent_place *place, bool https, const struct cert *key,
		       struct publication *out, struct err *e)
{
	struct wire_client *client AUTO_WIRE_CLIENT = NULL;
	struct source s = {.place = place, .https = https};
	struct walk_source walk = {.arg = &s, .pinned = false, .fetch = fetch};

	if (!wire_client_new(NULL, &client, e))
		return false;
	s.client = client;
	return walk_begin(key, &walk, out, e);
}

bool agent_follow_from(const struct agent_place *place, const struct cert *key,
		       struct publication *out, struct err *e)
{
	struct publication p AUTO_PUBLICATION = PUBLICATION_INIT;
	int n = 0;
	bool good = begin_over(place, true, key, &p, e);

	if (!good && e->code == ERR_UNREACHABLE && place->http_port) {
		*e = (struct err)ERR_INIT;
		good = begin_over(place, false, key, &p, e);
	}
	/* what cannot be followed from here on is settled over the pinned connection, or not at all */
	if (!good || (!agent_follow(place, &p, &n, e) && e->code != ERR_CHECK))
		return false;
	*e = (struct err)ERR_INIT;
	*out = p;
	p = (struct publication)PUBLICATION_INIT;
	return true;
}
