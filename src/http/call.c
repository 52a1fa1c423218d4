/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "http/form.h"
#include "http/server.h"
#include "http/spool.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static struct http_call *take_spare(struct http_worker *w)
{
	struct http_call *c = LIST_FIRST(&w->spare);

	if (!c)
		return mem_new(struct http_call);
	LIST_REMOVE(c, entry);
	w->n_spare--;
	return c;
}

struct http_call *call_new(struct http_wire *wire, const char *target)
{
	struct http_worker *w = wire->worker;
	struct http_call *c = take_spare(w);

	if (!c)
		return NULL;
	c->wire = wire;
	c->server = w->server;
	c->began_ms = clock_mono_ms();
	c->authority = "";
	buf_add_str(&c->target, target);
	c->served = worker_served(w);
	c->events_ends = atomic_load(&w->server->events_ends);
	c->body.secret = true;
	return c;
}

void call_drop_body(struct http_call *c)
{
	form_clear(c);
	buf_clear(&c->body);
	spool_free(c->spool);
	c->spool = NULL;
	atomic_fetch_sub(&c->server->body_bytes, c->counted);
	c->counted = 0;
}

/* What costs memory or is secret goes; what is merely stale is overwritten by the next request. */
static void reset(struct http_call *c)
{
	struct buf target = c->target;

	buf_reset(&target);
	if (target.cap > 1024)
		buf_clear(&target);
	*c = (struct http_call){.target = target};
}

void call_free(struct http_call *c)
{
	struct http_worker *w;

	if (!c)
		return;
	w = c->wire->worker;
	call_drop_body(c);
	reply_drop(c);
	mem_free(c->memory);
	mem_free(c->query_memory);
	served_unref(c->served);
	secret_wipe(&c->identity, sizeof(c->identity));
	reset(c);
	if (w->n_spare == HTTP_CALLS_KEPT) {
		buf_clear(&c->target);
		mem_free(c);
		return;
	}
	LIST_INSERT_HEAD(&w->spare, c, entry);
	w->n_spare++;
}

/* ---- what handlers ask ---- */

const char *http_method(const struct http_call *c)
{
	return c->method;
}

const char *http_path(const struct http_call *c)
{
	return c->path;
}

const char *http_param(const struct http_call *c, const char *name)
{
	for (size_t i = 0; i < c->n_params; i++)
		if (strcmp(c->params[i].name, name) == 0)
			return c->params[i].value;
	assert(!"a parameter that the pattern does not name");
	return NULL;
}

const char *http_header(const struct http_call *c, const char *name)
{
	return MHD_lookup_connection_value(c->mhd, MHD_HEADER_KIND, name);
}

/*
 * Cut at semicolons alone, as browsers write them. libmicrohttpd cuts at commas too and steps over
 * what stands between quotation marks, so that a cookie of another program of this host, which
 * browsers send along whatever the port, could name our own in its value, or hide it.
 */
struct span http_cookie(const struct http_call *c, const char *name)
{
	const char *p = http_header(c, "Cookie");
	size_t len = strlen(name);

	while (p && *p) {
		size_t n = strcspn(p, ";");

		if (n > len && p[len] == '=' && memcmp(p, name, len) == 0) {
			struct span value = span_of(p + len + 1, n - len - 1);

			while (value.len > 0 &&
			       (value.p[value.len - 1] == ' ' || value.p[value.len - 1] == '\t'))
				value.len--;
			return value;
		}
		p += n;
		p += strspn(p, "; \t");
	}
	return span_of(NULL, 0);
}

bool http_list_has_tag(const char *list, const char *tag, bool weak_too)
{
	size_t len = strlen(tag);

	for (const char *p = list; *p;) {
		while (*p == ' ' || *p == '\t' || *p == ',')
			p++;
		if (*p == '*')
			return true;
		bool weak = strncmp(p, "W/", 2) == 0;

		if (weak)
			p += 2;
		const char *end = *p == '"' ? strchr(p + 1, '"') : NULL;

		if (!end)
			return false;
		if ((weak_too || !weak) && (size_t)(end + 1 - p) == len && memcmp(p, tag, len) == 0)
			return true;
		p = end + 1;
	}
	return false;
}

bool http_is_known(const struct http_call *c, const char *tag)
{
	const char *seen = http_header(c, "If-None-Match");

	return seen && http_list_has_tag(seen, tag, true);
}

struct span http_body(const struct http_call *c)
{
	return buf_span(&c->body);
}

bool http_spooled_digest(const struct http_call *c, uint8_t out[static SHA256_BYTES])
{
	if (!c->spool || !c->spool->taken)
		return false;
	spool_digest(c->spool, out);
	return true;
}

const char *http_request_id(const struct http_call *call)
{
	struct http_call *c = (struct http_call *)call; /* made when first asked for */

	if (c->id[0] == '\0')
		snprintf(c->id, sizeof(c->id), "%s-%llx", c->server->id_prefix,
			 (unsigned long long)atomic_fetch_add(&c->server->next_id, 1));
	return c->id;
}

struct peer *http_peer(const struct http_call *c)
{
	return c->wire->peer;
}

const struct served *http_served(const struct http_call *c)
{
	return c->served;
}

const struct served_binding *http_binding(const struct http_call *c)
{
	return c->binding;
}

const struct http_route *http_route_of(const struct http_call *c)
{
	return c->route;
}

struct identity *http_identity(struct http_call *c)
{
	return &c->identity;
}

void *http_job_context(const struct http_call *c)
{
	return c->job_context;
}

void *http_app(const struct http_call *c)
{
	return c->server->config.app;
}

void http_caller_is_known(struct http_call *c)
{
	known_add(&c->server->known, c->wire->peer->client_ip);
}

void http_set_log_user(struct http_call *c, const char *user)
{
	text_copy(c->log_user, sizeof(c->log_user), user);
}
