/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/call.h"
#include "base/clock.h"
#include "base/num.h"
#include "base/text.h"

#include <string.h>

const char *api_param(const struct api_call *c, const char *name)
{
	return http_param(c->http, name);
}

const char *api_query(const struct api_call *c, const char *name)
{
	const char *v = http_query(c->http, name);

	return v && *v ? v : NULL;
}

static bool bool_from_text(const char *text, bool *out)
{
	static const char *const yes[] = {"true", "1", "on", "yes"};
	static const char *const no[] = {"false", "0", "off", "no", ""};

	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		if (text_equal_nocase(text, yes[i]))
			return *out = true;
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		if (text_equal_nocase(text, no[i])) {
			*out = false;
			return true;
		}
	return false;
}

bool api_query_bool(const struct api_call *c, const char *name, int *out, struct err *e)
{
	const char *text = api_query(c, name);
	bool v = false;

	*out = -1;
	if (!text)
		return true;
	if (!bool_from_text(text, &v))
		return err_reason(e, "request.parameter", "%s must be true or false", name);
	*out = v;
	return true;
}

bool api_query_time(const struct api_call *c, const char *name, int64_t *out, struct err *e)
{
	const char *text = api_query(c, name);

	*out = 0;
	if (text && !time_parse_rfc3339(text, out))
		return err_reason(e, "request.parameter",
				  "%s must be a time like "
				  "2026-11-22T00:00:00Z",
				  name);
	return true;
}

bool api_query_int(const struct api_call *c, const char *name, int min, int max, int otherwise,
		   int *out, struct err *e)
{
	const char *text = api_query(c, name);
	int64_t n = otherwise;

	if (text && (!num_i64(text, &n) || n < min || n > max))
		return err_reason(e, "request.parameter", "%s must be %d to %d", name, min, max);
	*out = (int)n;
	return true;
}

bool api_page(const struct api_call *c, struct page *out, struct err *e)
{
	const char *limit = api_query(c, "limit");
	uint64_t n = 0;

	if (limit && (!num_u64(limit, PAGE_LIMIT_MAX, &n) || n == 0))
		return err_reason(e, "request.parameter", "limit must be 1 to %d", PAGE_LIMIT_MAX);
	*out = (struct page){
		.limit = (int)n, .token = api_query(c, "page_token"), .sort = api_query(c, "sort")};
	return true;
}

/* What a form part holds, as text; NULL and true when there is none. */
static bool part_text(const struct api_call *c, const char *name, const char **out, struct err *e)
{
	const struct http_part *part = http_form(c->http, name);

	*out = NULL;
	if (!part)
		return true;
	if (memchr(part->data.p, 0, part->data.len) || !text_is_utf8(part->data))
		return err_reason(e, "request.member", "part '%s' must be text in UTF-8", name);
	*out = (const char *)part->data.p; /* parts are followed by a NUL */
	return true;
}

bool api_text(struct api_call *c, const char *name, const char **out, struct err *e)
{
	*out = NULL;
	return c->body ? json_get_str_opt(c->body, name, out, e) : part_text(c, name, out, e);
}

bool api_flag(struct api_call *c, const char *name, bool *out, struct err *e)
{
	const char *text = NULL;

	if (c->body)
		return json_get_bool_opt(c->body, name, out, e);
	if (!part_text(c, name, &text, e))
		return false;
	if (text && !bool_from_text(text, out))
		return err_reason(e, "request.member", "part '%s' must be true or false", name);
	return true;
}

bool api_int(struct api_call *c, const char *name, int64_t min, int64_t max, int64_t *out,
	     struct err *e)
{
	const char *text = NULL;
	int64_t v = 0;

	if (c->body)
		return json_get_int_opt(c->body, name, min, max, out, e);
	if (!part_text(c, name, &text, e))
		return false;
	if (!text)
		return true;
	if (!num_i64(text, &v) || v < min || v > max)
		return err_reason(e, "request.member", "part '%s' must be %lld to %lld", name,
				  (long long)min, (long long)max);
	*out = v;
	return true;
}

bool api_secret(struct api_call *c, const char *name, struct secret *out, bool *given,
		struct err *e)
{
	const char *text = NULL;
	size_t len;

	if (!api_text(c, name, &text, e))
		return false;
	*given = text != NULL;
	if (!text)
		return true;
	len = strlen(text);
	if (!c->body && len > 0 && text[len - 1] == '\n') /* curl -F "password=<file" */
		len--;
	if (!secret_set(out, text, len, e))
		return false;
	if (c->body) /* a form is wiped by http/ */
		secret_wipe((void *)(uintptr_t)text, len);
	return true;
}

static bool file_from_json(struct api_call *c, struct buf *out, const char **name_out,
			   struct err *e)
{
	const char *text = NULL;

	if (!json_get_str_opt(c->body, "file", &text, e) ||
	    (name_out && !json_get_str_opt(c->body, "file_name", name_out, e)))
		return false;
	if (!text)
		return true;
	if (strstr(text, "-----BEGIN "))
		buf_add_str(out, text);
	else if (!base64_decode(span_str(text), out))
		return json_refuse(e, "file", "must be base64 or PEM text");
	secret_wipe((void *)(uintptr_t)text, strlen(text)); /* it may hold a key */
	return true;
}

bool api_file(struct api_call *c, struct buf *out, const char **name_out, struct err *e)
{
	bool optional = c->route->body == BODY_UPLOAD_OPTIONAL;

	out->secret = true;
	if (name_out)
		*name_out = NULL;
	if (c->body) {
		if (!file_from_json(c, out, name_out, e))
			return false;
	} else {
		const struct http_part *part = http_form(c->http, "file");

		if (part) {
			buf_add_span(out, part->data);
			if (name_out)
				*name_out = part->file_name;
		}
	}
	if (!buf_ok(out))
		return err_nomem(e);
	if (out->len == 0 && !optional)
		return err_reason(e, "request.member", "'file' is missing or empty");
	return true;
}
