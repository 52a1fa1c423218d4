/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/reason.h"
#include "base/text.h"
#include "http/events.h"
#include "http/response.h"

#include <string.h>

#define HSTS_VALUE "max-age=31536000"

void reply_drop(struct http_call *c)
{
	c->status = 0;
	c->substatus = 0;
	c->win32 = 0;
	c->content_type = NULL;
	if (c->ready_owned)
		MHD_destroy_response(c->ready);
	c->ready = NULL;
	c->ready_owned = c->events = c->is_page = false;
	buf_clear(&c->reply);
	for (size_t i = 0; i < c->n_headers; i++)
		mem_free(c->headers[i].name); /* the value stands behind it */
	c->n_headers = 0;
}

/* The first status set wins. */
static bool begin(struct http_call *c, int status, const char *content_type)
{
	if (c->status)
		return false;
	c->status = status;
	if (content_type) {
		text_copy(c->content_type_kept, sizeof(c->content_type_kept), content_type);
		c->content_type = c->content_type_kept;
	}
	return true;
}

void http_reply_empty(struct http_call *c, int status)
{
	(void)begin(c, status, NULL); /* a second reply is dropped */
}

void http_reply_text(struct http_call *c, int status, const char *content_type, struct span body)
{
	if (begin(c, status, content_type))
		buf_add_span(&c->reply, body);
}

void http_reply_buf(struct http_call *c, int status, const char *content_type, struct buf *body)
{
	if (!begin(c, status, content_type)) {
		buf_clear(body);
		return;
	}
	buf_clear(&c->reply);
	c->reply = *body;
	*body = (struct buf)BUF_INIT;
}

static void reply_json_as(struct http_call *c, int status, const char *type, json_t *body)
{
	struct err e = ERR_INIT;

	if (begin(c, status, type) && (!body || !json_write(body, &c->reply, &e)))
		buf_clear(&c->reply);
	json_decref(body);
}

void http_reply_json(struct http_call *c, int status, json_t *body)
{
	reply_json_as(c, status, "application/json", body);
}

/* A line end in a value would be a header of its own. */
void http_reply_header(struct http_call *c, const char *name, const char *value)
{
	size_t name_len = strlen(name), value_len = strlen(value);
	char *memory;

	if (c->n_headers == HTTP_REPLY_HEADERS_MAX || strpbrk(value, "\r\n"))
		return;
	memory = mem_alloc(name_len + value_len + 2);
	if (!memory)
		return;
	memcpy(memory, name, name_len);
	memcpy(memory + name_len + 1, value, value_len);
	c->headers[c->n_headers].name = memory;
	c->headers[c->n_headers++].value = memory + name_len + 1;
}

/* "key.mismatch" is described at /problems/key-mismatch. */
static json_t *problem_type(const char *code)
{
	char type[128] = "/problems/";
	size_t at = strlen(type);

	for (; *code && at < sizeof(type) - 1; code++)
		type[at++] = *code == '.' || *code == '_' ? '-' : *code;
	type[at] = '\0';
	return json_string(type);
}

static json_t *problem(struct http_call *c, int status, const char *code, const char *title,
		       const char *detail)
{
	json_t *o = json_object();

	json_object_set_new(o, "type", problem_type(code));
	json_object_set_new(o, "title", json_string(title));
	json_object_set_new(o, "status", json_integer(status));
	json_object_set_new(o, "detail", json_text(span_str(detail)));
	json_object_set_new(o, "code", json_string(code));
	if (c->path)
		json_object_set_new(o, "instance", json_text(span_str(c->path)));
	json_object_set_new(o, "trace_id", json_string(http_request_id(c)));
	return o;
}

void http_reply_problem(struct http_call *c, const struct err *e, json_t *more)
{
	const struct reason *r = err_public(e);
	const char *detail = e->text;
	json_t *o;

	if (e->code == ERR_BUG || e->code == ERR_DB || e->code == ERR_IO)
		log_error("http.failed", "request=%s code=%s error=\"%s\" file=%s:%d",
			  http_request_id(c), r->code, e->text, e->file ? e->file : "-", e->line);
	o = problem(c, r->status, r->code, r->title, detail);
	if (r->remedy && r->remedy[0])
		json_object_set_new(o, "remedies", json_pack("[{s:s}]", "text", r->remedy));
	if (more)
		json_object_update(o, more);
	json_decref(more);
	if (r->status == 429 || r->status == 503) {
		char seconds[16];

		(void)snprintf(seconds, sizeof seconds, "%d", e->wait_s > 0 ? e->wait_s : 1);
		http_reply_header(c, "Retry-After", seconds);
	}
	reply_json_as(c, r->status, "application/problem+json", o);
}

void reply_error(struct http_call *c, const char *dotted, const char *detail)
{
	struct err e = ERR_INIT;

	(void)err_reason(&e, dotted, "%s", detail);
	http_reply_problem(c, &e, NULL);
}

/* What the strict front refused: the status decides the code. */
void reply_status(struct http_call *c, int status, const char *fault)
{
	static const struct {
		int status;
		const char *code, *title;
	} known[] = {
		{413, "limit.body", "The body is too large"},
		{414, "limit.uri", "The address is too long"},
		{417, "request.expectation", "The expectation cannot be met"},
		{431, "limit.headers", "The header is too large"},
		{501, "request.not_implemented", "Not implemented"},
		{505, "request.version", "HTTP version not supported"},
		{400, "request.malformed", "The request is malformed"},
	};
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(known) && known[i].status != status)
		i++;
	c->close = true;
	reply_json_as(c, status, "application/problem+json",
		      problem(c, status, known[i].code, known[i].title, fault));
}

/* ---- 403 with a sub-status ---- */

static void add_html(struct buf *b, const char *s)
{
	for (; *s; s++) {
		if (*s == '<')
			buf_add_str(b, "&lt;");
		else if (*s == '>')
			buf_add_str(b, "&gt;");
		else if (*s == '&')
			buf_add_str(b, "&amp;");
		else if (*s == '"')
			buf_add_str(b, "&quot;");
		else
			buf_add_char(b, *s);
	}
}

static const char *substatus_title(int substatus)
{
	switch (substatus) {
	case 4:
		return "HTTPS required";
	case 7:
		return "Client certificate required";
	case 12:
		return "Mapper denied access";
	case 13:
		return "Client certificate revoked";
	case 16:
		return "Client certificate is untrusted or invalid";
	case 17:
		return "Client certificate has expired or is not yet valid";
	default:
		return "Forbidden";
	}
}

/* Browsers say that they take HTML; what says nothing is a program. */
static bool wants_page(const struct http_call *c)
{
	const char *accept = http_header(c, "Accept");

	return accept && strstr(accept, "text/html") &&
	       !text_starts_with(accept, "application/json") && !text_starts_with(c->path, "/api/");
}

static void refused_page(struct http_call *c, const char *reason, const char *explanation)
{
	const char *title = substatus_title(c->substatus);

	c->content_type = "text/html; charset=utf-8";
	c->is_page = true;
	buf_printf(&c->reply,
		   "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
		   "<title>403.%d %s</title>\n<h1>HTTP Error 403.%d &ndash; %s</h1>\n<p>",
		   c->substatus, title, c->substatus, title);
	add_html(&c->reply, explanation);
	buf_add_str(&c->reply, "</p>\n<dl>\n<dt>Reason</dt><dd><code>");
	add_html(&c->reply, reason);
	buf_printf(&c->reply,
		   "</code></dd>\n<dt>Win32 status</dt><dd>%lu (0x%08lX)</dd>\n"
		   "<dt>Request</dt><dd><code>%s</code></dd>\n</dl>\n</html>\n",
		   (unsigned long)c->win32, (unsigned long)c->win32, http_request_id(c));
}

void http_reply_refused(struct http_call *c, int substatus, uint32_t win32, const char *reason,
			const char *explanation)
{
	json_t *o;

	if (!begin(c, 403, NULL))
		return;
	c->substatus = substatus;
	c->win32 = win32;
	if (wants_page(c)) {
		refused_page(c, reason, explanation);
		return;
	}
	o = problem(c, 403, reason, substatus_title(substatus), explanation);
	json_object_set_new(o, "substatus", json_integer(substatus));
	json_object_set_new(o, "win32", json_integer((json_int_t)win32));
	c->status = 0;
	reply_json_as(c, 403, "application/problem+json", o);
}

/* ---- to libmicrohttpd ---- */

static void free_reply(void *data)
{
	struct buf b = {.data = data};

	buf_clear(&b);
}

static struct MHD_Response *make_response(struct http_call *c)
{
	struct MHD_Response *r;

	if (!buf_ok(&c->reply) || c->reply.len == 0)
		return MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_MUST_COPY);
	r = MHD_create_response_from_buffer_with_free_callback(c->reply.len, c->reply.data,
							       free_reply);
	if (r)
		c->reply = (struct buf)BUF_INIT;
	return r;
}

void response_add(struct MHD_Response *r, const char *name, const char *value)
{
	(void)MHD_add_response_header(r, name, value); /* short of memory: the reply still counts */
}

static void add_headers(struct http_call *c, struct MHD_Response *r)
{
	bool has_cache = false;

	if (c->content_type)
		response_add(r, "Content-Type", c->content_type);
	for (size_t i = 0; i < c->n_headers; i++) {
		response_add(r, c->headers[i].name, c->headers[i].value);
		has_cache = has_cache || text_equal_nocase(c->headers[i].name, "Cache-Control");
	}
	if (!has_cache)
		response_add(r, "Cache-Control", "no-store");
	response_add(r, "Content-Security-Policy", c->is_page ? CSP_PAGES : CSP_API);
	if (c->id[0])
		response_add(r, "X-Request-Id", c->id);
}

void response_common(struct MHD_Response *r, const struct http_server *s, bool hsts)
{
	response_add(r, "X-Content-Type-Options", "nosniff");
	response_add(r, "Referrer-Policy", "no-referrer");
	if (hsts)
		response_add(r, "Strict-Transport-Security", HSTS_VALUE);
	if (s->config.server_header)
		response_add(r, "Server", s->config.server_header);
}

enum MHD_Result reply_queue(struct http_call *c)
{
	struct MHD_Response *r = c->ready;
	enum MHD_Result ret;

	c->stage = CALL_QUEUED;
	if (c->ready_owned && !r)
		return MHD_NO;
	if (!r) {
		r = c->events ? events_response(c) : make_response(c);
		if (!r)
			return MHD_NO;
		add_headers(c, r);
		response_common(r, c->server, c->served && c->served->hsts);
		if (c->close)
			response_add(r, "Connection", "close");
	}
	ret = MHD_queue_response(c->mhd, (unsigned)c->status, r);
	if (!c->ready || c->ready_owned)
		MHD_destroy_response(r);
	c->ready = NULL;
	c->ready_owned = false;
	return ret;
}
