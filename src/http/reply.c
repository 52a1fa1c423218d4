/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "http/events.h"
#include "http/file.h"
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
	file_free(c->file);
	c->file = NULL;
	c->ready_owned = c->events = c->is_page = false;
	buf_clear(&c->reply);
	for (size_t i = 0; i < c->n_headers; i++)
		mem_free(c->headers[i].name); /* the value stands behind it */
	c->n_headers = 0;
}

/* The first status set wins. */
bool reply_begin(struct http_call *c, int status, const char *content_type)
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
	(void)!reply_begin(c, status, NULL); /* a second reply is dropped */
}

void http_reply_text(struct http_call *c, int status, const char *content_type, struct span body)
{
	if (reply_begin(c, status, content_type))
		buf_add_span(&c->reply, body);
}

void http_reply_buf(struct http_call *c, int status, const char *content_type, struct buf *body)
{
	if (!reply_begin(c, status, content_type)) {
		buf_clear(body);
		return;
	}
	buf_clear(&c->reply);
	c->reply = *body;
	*body = (struct buf)BUF_INIT;
}

void reply_json_as(struct http_call *c, int status, const char *type, json_t *body)
{
	struct err e = ERR_INIT;

	if (reply_begin(c, status, type) && (!body || !json_write(body, &c->reply, &e)))
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
		r = c->events ? events_response(c) : c->file ? file_response(c) : make_response(c);
		if (!r && c->events) {
			reply_drop(c);
			reply_error(c, "busy", "too many are listening already");
			r = make_response(c);
		}
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
