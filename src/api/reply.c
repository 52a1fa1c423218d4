/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/call.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define ETAG_BYTES 18 /* of the SHA-256: 144 bits, 24 characters */

static bool etag_of(struct span body, char out[static API_ETAG_SIZE], struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;
	uint8_t hash[SHA256_BYTES];

	sha256(body, hash);
	buf_add_char(&text, '"');
	base64url_encode(span_of(hash, ETAG_BYTES), &text);
	buf_add_char(&text, '"');
	if (!buf_ok(&text))
		return err_nomem(e);
	text_copy(out, API_ETAG_SIZE, buf_str(&text));
	return true;
}

bool api_etag(const json_t *body, char out[static API_ETAG_SIZE], struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;

	return json_write(body, &text, e) && etag_of(buf_span(&text), out, e);
}

bool api_match(struct api_call *c, const json_t *present, struct err *e)
{
	const char *wanted = http_header(c->http, "If-Match");
	char tag[API_ETAG_SIZE];

	if (!wanted) /* rows that demand it were refused before */
		return true;
	if (!api_etag(present, tag, e))
		return false;
	if (!http_list_has_tag(wanted, tag, false))
		return err_reason(e, "request.stale", "the present ETag is %s", tag);
	return true;
}

static bool is_read(const struct api_call *c)
{
	const char *method = http_method(c->http);

	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static void remember(struct api_call *c, int status, const char *location, const char *etag,
		     const char *body)
{
	struct replay_answer answer = {.status = status};

	if (!c->replay)
		return;
	text_copy(answer.location, sizeof(answer.location), location);
	text_copy(answer.etag, sizeof(answer.etag), etag);
	if (!(c->route->flags & API_ONCE) && body && strlen(body) <= REPLAY_BODY_MAX) {
		answer.body = mem_str(body);
	} else if (body) {
		answer.status = 0; /* known, but not to be shown again */
	}
	replay_keep(c->api->replays, c->replay, &answer);
	c->replay = NULL;
}

/* Prefer: return=minimal on a write that brings a representation. */
static bool is_minimal(const struct api_call *c)
{
	return c->minimal && !is_read(c) && !c->dry_run && !(c->route->flags & API_ONCE) &&
	       !(c->route->flags & API_LOOKS);
}

static bool reply_with(struct api_call *c, int status, const char *location, json_t *body)
{
	struct err e = ERR_INIT;
	struct buf text AUTO_BUF = BUF_INIT;
	json_t *owned AUTO_JSON = body;
	char tag[API_ETAG_SIZE];

	if (!body || !json_write(body, &text, &e) || !etag_of(buf_span(&text), tag, &e)) {
		if (e.code == ERR_OK)
			(void)err_nomem(&e); /* an answer that could not be built */
		http_reply_problem(c->http, &e, NULL);
		return true;
	}
	http_reply_header(c->http, "ETag", tag);
	http_reply_header(c->http, "Cache-Control", "no-store");
	if (*location)
		http_reply_header(c->http, "Location", location);
	remember(c, status, location, tag, buf_str(&text));
	if (is_read(c) && http_is_known(c->http, tag)) {
		http_reply_empty(c->http, 304);
	} else if (is_minimal(c)) {
		http_reply_header(c->http, "Preference-Applied", "return=minimal");
		http_reply_empty(c->http, *location ? 201 : 204);
	} else {
		http_reply_buf(c->http, status, "application/json", &text);
	}
	return true;
}

bool api_reply(struct api_call *c, int status, json_t *body)
{
	return reply_with(c, status, "", body);
}

bool api_reply_created(struct api_call *c, const char *location, json_t *body)
{
	return c->dry_run ? reply_with(c, 200, "", body) : reply_with(c, 201, location, body);
}

bool api_reply_done(struct api_call *c)
{
	remember(c, 204, "", "", NULL);
	http_reply_empty(c->http, 204);
	return true;
}

static void keep_fields(json_t *items, const char *fields)
{
	size_t i;
	json_t *item;

	json_array_foreach(items, i, item)
	{
		const char *key;
		json_t *value;
		void *next;

		json_object_foreach_safe(item, next, key, value)
		{
			if (!api_in_list(fields, key))
				(void)json_object_del(item, key); /* it is there */
		}
	}
}

static void escape_query(struct buf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (ascii_is_alpha((char)c) || ascii_is_digit((char)c) || strchr("-._~", c))
			buf_add_char(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

static void link_next(struct api_call *c, const char *token)
{
	struct buf link AUTO_BUF = BUF_INIT;
	char names[API_QUERY_MAX][24];
	size_t n = api_route_query(c->route, names);

	buf_add_char(&link, '<');
	for (const char *p = http_path(c->http); *p; p++)
		if (*p == '/')
			buf_add_char(&link, '/');
		else
			escape_query(&link, (const char[]){*p, '\0'});
	buf_add_str(&link, "?page_token=");
	escape_query(&link, token);
	for (size_t i = 0; i < n; i++) {
		const char *value = api_query(c, names[i]);

		if (!value || strcmp(names[i], "page_token") == 0)
			continue;
		buf_printf(&link, "&%s=", names[i]);
		escape_query(&link, value);
	}
	buf_add_str(&link, ">; rel=\"next\"");
	if (buf_ok(&link))
		http_reply_header(c->http, "Link", buf_str(&link));
}

static bool reply_list(struct api_call *c, json_t *page)
{
	const char *next = json_string_value(json_object_get(page, "next_page_token"));
	const json_t *total = json_object_get(page, "total");
	const char *fields = api_query(c, "fields");
	char number[24];

	if (next)
		link_next(c, next);
	if (json_is_integer(total)) {
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(total));
		http_reply_header(c->http, "X-Total-Count", number);
	}
	if (fields)
		keep_fields(json_object_get(page, "items"), fields);
	return reply_with(c, 200, "", page);
}

/* One page out of a whole list; the token is how many came before it. */
static bool cut(struct api_call *c, json_t *page, struct err *e)
{
	json_t *items = json_object_get(page, "items"), *some AUTO_JSON = json_array();
	size_t n = json_array_size(items), to;
	struct page p;
	uint64_t from = 0;
	char token[24];

	if (!api_page(c, &p, e))
		return false;
	if (p.token && !num_u64(p.token, n, &from))
		return err_reason(e, "request.parameter", "page_token is not one of this list");
	to = p.limit > 0 && n - from > (size_t)p.limit ? from + (size_t)p.limit : n;
	if (to < n) {
		(void)snprintf(token, sizeof(token), "%zu", to);
		if (json_object_set_new(page, "next_page_token", json_string(token)) != 0)
			return err_nomem(e);
	}
	for (size_t i = from; i < to; i++)
		if (json_array_append_new(some, json_incref(json_array_get(items, i))) != 0)
			return err_nomem(e);
	return json_object_set_new(page, "items", json_incref(some)) == 0 || err_nomem(e);
}

bool api_reply_list(struct api_call *c, json_t *page)
{
	struct err e = ERR_INIT;

	if ((c->route->flags & API_CUT) && page && !cut(c, page, &e)) {
		json_decref(page);
		http_reply_problem(c->http, &e, NULL);
		return true;
	}
	return reply_list(c, page);
}

json_t *api_whole_list(json_t *list)
{
	if (!json_is_array(list))
		return list; /* {"items": ...} already, or out of memory */
	return json_pack("{s:I, s:o}", "total", (json_int_t)json_array_size(list), "items", list);
}

void api_location(char out[static API_LOCATION_SIZE], const char *kind, const char *id)
{
	struct buf text AUTO_BUF = BUF_INIT;

	buf_printf(&text, "/api/v1/%s/", kind);
	escape_query(&text, id);
	text_copy(out, API_LOCATION_SIZE, buf_str(&text));
}

bool api_reply_file(struct api_call *c, const char *media_type, const char *file_name,
		    struct buf *file)
{
	struct buf head AUTO_BUF = BUF_INIT;

	buf_add_str(&head, "attachment; filename=\"");
	for (const char *p = file_name; *p; p++) /* a name of ours, or out of a certificate */
		buf_add_char(&head, (ascii_is_alpha(*p) || ascii_is_digit(*p) || strchr("-._", *p))
					    ? *p
					    : '_');
	buf_add_char(&head, '"');
	if (buf_ok(&head))
		http_reply_header(c->http, "Content-Disposition", buf_str(&head));
	http_reply_header(c->http, "Cache-Control", "no-store");
	http_reply_buf(c->http, 200, media_type, file);
	return true;
}
