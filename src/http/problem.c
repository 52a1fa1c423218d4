/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/json.h"
#include "base/log.h"
#include "base/reason.h"
#include "base/text.h"
#include "http/response.h"

#include <stdio.h>
#include <string.h>

/*
 * What went wrong, as RFC 9457 problems and as the 403 page with its sub-status.
 */

static json_t *problem(struct http_call *c, int status, const char *code, const char *title,
		       const char *detail)
{
	char type[REASON_PATH_SIZE];
	json_t *o = json_object();

	reason_path(code, type);
	json_object_set_new(o, "type", json_string(type));
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

void reply_method(struct http_call *c, const char *allow, const char *detail)
{
	char all[80];

	if (strcmp(c->method, "OPTIONS") == 0) {
		(void)snprintf(all, sizeof all, "%s, OPTIONS", allow);
		http_reply_header(c, "Allow", all);
		http_reply_empty(c, 204);
		return;
	}
	http_reply_header(c, "Allow", allow);
	reply_error(c, "request.method", detail);
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
	const struct reason *row;
	char limit[64];
	size_t i = 0, most = c->wire->strict.body_max;

	while (i + 1 < ARRAY_LEN(known) && known[i].status != status)
		i++;
	if (status == 413 && most > 0) {
		(void)snprintf(limit, sizeof limit, "this takes a body of at most %zu bytes", most);
		fault = limit;
	}
	c->close = true;
	json_t *o = problem(c, status, known[i].code, known[i].title, fault);
	row = reason_find(known[i].code); /* not every one has a cure */
	if (row && row->remedy && row->remedy[0])
		json_object_set_new(o, "remedies", json_pack("[{s:s}]", "text", row->remedy));
	reply_json_as(c, status, "application/problem+json", o);
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

	if (!reply_begin(c, 403, NULL))
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
