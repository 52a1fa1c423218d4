/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/call.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"

#include <assert.h>
#include <string.h>

/*
 * What stands around every handler: the row's body is read, what is not known is refused by name,
 * If-Match is demanded, and a repeated Idempotency-Key is answered from memory.
 */

bool api_in_list(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = list; p && *p;) {
		size_t n = strcspn(p, ",");

		if (n == len && memcmp(p, name, n) == 0)
			return true;
		p += n + (p[n] == ',');
	}
	return false;
}

bool api_is_write(const struct api_route *r)
{
	return strcmp(r->method, "GET") != 0 && !(r->flags & API_LOOKS);
}

static size_t add_names(char names[API_QUERY_MAX][24], size_t n, const char *list)
{
	for (const char *p = list; p && *p && n < API_QUERY_MAX;) {
		size_t len = strcspn(p, ",");

		assert(len < sizeof(names[0]));
		memcpy(names[n], p, len);
		names[n++][len] = '\0';
		p += len + (p[len] == ',');
	}
	return n;
}

size_t api_route_query(const struct api_route *r, char names[API_QUERY_MAX][24])
{
	size_t n = add_names(names, 0, r->query);

	if (r->flags & (API_PAGED | API_CUT))
		n = add_names(names, n, "limit,page_token");
	if (r->flags & API_CUT)
		n = add_names(names, n, "fields");
	if (api_is_write(r) && !(r->flags & API_NO_DRY))
		n = add_names(names, n, "dry_run");
	return n;
}

/* The problem's cure: the names that are known here. Short of memory: the usual cure. */
static void tell_known(struct api_call *c, struct buf *names)
{
	struct buf text AUTO_BUF = BUF_INIT;

	buf_printf(&text, "This takes %s.", names->len > 0 ? buf_str(names) : "none");
	if (buf_ok(&text) && !c->more)
		c->more = json_pack("{s:[{s:s}]}", "remedies", "text", buf_str(&text));
}

static void tell_parameters(struct api_call *c, char names[API_QUERY_MAX][24], size_t n)
{
	struct buf known AUTO_BUF = BUF_INIT;

	for (size_t i = 0; i < n; i++)
		buf_printf(&known, "%s%s", i > 0 ? ", " : "", names[i]);
	tell_known(c, &known);
}

static void tell_members(struct api_call *c)
{
	struct buf known AUTO_BUF = BUF_INIT;

	for (const char *p = c->route->members; p && *p; p++)
		if (*p == ',')
			buf_add_str(&known, ", ");
		else
			buf_add_char(&known, *p);
	tell_known(c, &known);
}

static bool query_is_known(struct api_call *c, struct err *e)
{
	char names[API_QUERY_MAX][24];
	size_t n = api_route_query(c->route, names);
	const char *sent;

	if (!http_query_is_whole(c->http)) /* "dry_run=%zz" was not meant to be done */
		return err_reason(e, "request.parameter",
				  "the query is not well encoded, or has too many parameters");
	for (size_t i = 0; (sent = http_query_name(c->http, i)); i++) {
		bool known = false;

		for (size_t j = 0; j < n && !known; j++)
			known = strcmp(sent, names[j]) == 0;
		if (!known) {
			tell_parameters(c, names, n);
			return err_reason(e, "request.parameter", "no parameter '%s' here", sent);
		}
	}
	return true;
}

static bool members_are_known(struct api_call *c, struct err *e)
{
	const char *key;
	json_t *value;

	json_object_foreach(c->body, key, value)
	{
		if (!api_in_list(c->route->members, key)) {
			tell_members(c);
			return json_refuse_unknown(e, key);
		}
	}
	return true;
}

static bool read_json(struct api_call *c, struct err *e)
{
	if (!json_read(http_body(c->http), &c->body, e))
		return false;
	if (!json_is_object(c->body))
		return err_reason(e, "request.member", "the body must be a JSON object");
	return members_are_known(c, e);
}

static bool parts_are_known(struct api_call *c, struct err *e)
{
	const struct http_part *part;

	if (!http_form_at(c->http, 0))
		return err_reason(e, "request.multipart",
				  "the form has no parts, too many, or is broken off");
	for (size_t i = 0; (part = http_form_at(c->http, i)); i++) {
		if (!api_in_list(c->route->members, part->name)) {
			tell_members(c);
			return err_reason(e, "request.member", "no part '%s' here", part->name);
		}
		if (http_form(c->http, part->name) != part) /* one of two files would be lost */
			return err_reason(e, "request.member", "part '%s' is given twice",
					  part->name);
	}
	return true;
}

static bool read_body(struct api_call *c, struct err *e)
{
	enum api_body kind = c->route->body;
	const char *type = http_header(c->http, "Content-Type");
	bool takes_form = kind == BODY_UPLOAD || kind == BODY_UPLOAD_OPTIONAL || kind == BODY_FORM;
	bool optional = kind == BODY_JSON_OPTIONAL || kind == BODY_UPLOAD_OPTIONAL;

	if (kind == BODY_NONE) /* many clients send {} with every POST, some without its type */
		return http_body(c->http).len == 0 || read_json(c, e);
	if (takes_form && http_media_is(type, "multipart/form-data"))
		return parts_are_known(c, e);
	if (http_body(c->http).len == 0 && optional)
		return (c->body = json_object()) != NULL || err_nomem(e);
	if (kind == BODY_FORM)
		return err_reason(e, "request.content_type", "this takes multipart/form-data");
	if (!http_media_is(type, "application/json"))
		return err_reason(e, "request.content_type", "this takes application/json%s",
				  takes_form ? " or multipart/form-data" : "");
	return read_json(c, e);
}

static bool read_headers(struct api_call *c, struct err *e)
{
	const char *prefer = http_header(c->http, "Prefer");
	int dry = -1;

	if ((c->route->flags & API_MATCH) && !http_header(c->http, "If-Match"))
		return err_reason(e, "request.if_match_required", "%s %s needs If-Match",
				  c->route->method, http_path(c->http));
	c->minimal = prefer && strstr(prefer, "return=minimal");
	if (api_is_write(c->route) && !api_query_bool(c, "dry_run", &dry, e))
		return false;
	c->dry_run = dry == 1;
	return true;
}

/* What makes two requests the same: who, what, and the body. */
static bool request_text(const struct api_call *c, struct buf *out)
{
	const char *name;
	uint8_t spooled[SHA256_BYTES];

	out->secret = true;
	buf_printf(out, "%s %s", c->route->method, http_path(c->http));
	for (size_t i = 0; (name = http_query_name(c->http, i)); i++)
		buf_printf(out, "&%s=%s", name, http_query(c->http, name));
	buf_add_char(out, '\n');
	buf_add_span(out, http_body(c->http));
	if (http_spooled_digest(c->http, spooled))
		buf_add(out, spooled, sizeof(spooled));
	return buf_ok(out);
}

static bool answer_again(struct api_call *c, enum replay_state state,
			 const struct replay_answer *answer, struct err *e)
{
	if (state == REPLAY_RUNNING)
		return err_set(e, ERR_BUSY, "the first request with this key still runs");
	if (state != REPLAY_KNOWN)
		return err_reason(e, "request.idempotency", "%s",
				  state == REPLAY_OTHER ? "another request came with this key"
							: "its answer is not shown again");
	http_reply_header(c->http, "Idempotency-Replayed", "true");
	if (answer->location[0])
		http_reply_header(c->http, "Location", answer->location);
	if (answer->etag[0])
		http_reply_header(c->http, "ETag", answer->etag);
	if (answer->body)
		http_reply_text(c->http, answer->status, "application/json",
				span_str(answer->body));
	else
		http_reply_empty(c->http, answer->status);
	return true;
}

/* *answered: the reply is there already. */
static bool begin_once(struct api_call *c, bool *answered, struct err *e)
{
	const char *key = http_header(c->http, "Idempotency-Key");
	struct buf full AUTO_BUF = BUF_INIT, request AUTO_BUF = BUF_INIT;
	struct replay_answer answer = {.status = 0};
	enum replay_state state = REPLAY_NEW;
	bool good;

	if (!key || !api_is_write(c->route) || strcmp(c->route->method, "POST") != 0 || c->dry_run)
		return true;
	if (!*key || strlen(key) > API_KEY_MAX)
		return err_reason(e, "request.parameter", "Idempotency-Key must have 1 to %d bytes",
				  API_KEY_MAX);
	buf_printf(&full, "%s\n%s", c->actor.name, key);
	if (!request_text(c, &request) || !buf_ok(&full))
		return err_nomem(e);
	if (!replay_begin(c->api->replays, buf_span(&full), buf_span(&request), clock_now_s(),
			  &state, &c->replay, &answer, e))
		return false;
	*answered = state != REPLAY_NEW;
	good = !*answered || answer_again(c, state, &answer, e);
	mem_free(answer.body);
	return good;
}

static bool run(struct api_call *c, struct err *e)
{
	bool answered = false;
	bool good;

	if (!query_is_known(c, e) || !read_headers(c, e) || !read_body(c, e) ||
	    !begin_once(c, &answered, e))
		return false;
	if (answered)
		return true;
	if (!c->dry_run || (c->route->flags & API_OWN_DRY))
		return c->route->fn(c, e);
	if (!core_dry_begin(c->core, e))
		return false;
	good = c->route->fn(c, e);
	core_dry_end(c->core);
	return good;
}

/* Where in the body the fault is, as errors[]: for who shows it beside its field. */
static void point_at(struct api_call *c, const struct err *e)
{
	json_t *errors;

	if (!c->body || !e->pointer[0] || !err_is(e, "request.member") ||
	    (!c->more && !(c->more = json_object())))
		return; /* short of memory: the text says it too */
	errors = json_pack("[{s:s, s:o}]", "pointer", e->pointer, "message",
			   json_text(span_str(e->text)));
	(void)json_object_set_new(c->more, "errors", errors);
}

void api_dispatch(struct http_call *call)
{
	size_t n;
	const struct http_route *routes = api_routes(&n);
	struct identity *who = http_identity(call);
	const struct peer *peer = http_peer(call);
	struct err e = ERR_INIT;
	struct api_call c = {
		.http = call,
		.api = http_app(call),
		.route = &api_route_rows[http_route_of(call) - routes],
		.who = who,
		.actor = {.name = who->name,
			  .via = who->is_session ? "console" : "rest",
			  .address = peer->client_ip,
			  .request_id = http_request_id(call),
			  .role = who->role},
	};

	if (c.route->run != RUN_INLINE)
		c.core = http_job_context(call);
	if (!run(&c, &e)) {
		point_at(&c, &e);
		http_reply_problem(call, &e, c.more);
		c.more = NULL;
	}
	replay_drop(c.api->replays, c.replay);
	json_decref(c.more);
	json_decref(c.body);
}
