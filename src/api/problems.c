/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/openapi.h"
#include "api/resources.h"
#include "base/digest.h"
#include "base/reason.h"
#include "base/text.h"

#include <string.h>

bool api_openapi(struct api_call *c, struct err *e)
{
	(void)e;
	http_reply_header(c->http, "Cache-Control", "no-cache");
	http_reply_text(c->http, 200, "application/json", span_of(openapi_json, openapi_json_len));
	return true;
}

static void add_html(struct buf *out, const char *text)
{
	for (; *text; text++) {
		const char *special = *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : "&amp;";

		if (strchr("<>&", *text))
			buf_add_str(out, special);
		else
			buf_add_char(out, *text);
	}
}

static void page(struct buf *out, const struct reason *r)
{
	buf_add_str(out, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>");
	add_html(out, r->title);
	buf_add_str(out, "</title>\n<h1>");
	add_html(out, r->title);
	buf_printf(out, "</h1>\n<p>Code <code>%s</code>, HTTP status %d, exit code %d.</p>\n",
		   r->code, r->status, r->exit);
	buf_add_str(out, "<h2>What to do</h2>\n<p>");
	add_html(out, r->remedy);
	buf_add_str(out, "</p>\n</html>\n");
}

/* Dashes are taken for dots and underscores: /problems/key-mismatch. */
static const struct reason *find(const char *name)
{
	size_t n;
	const struct reason *rows = reason_table(&n);

	for (size_t i = 0; i < n; i++) {
		const char *a = rows[i].code, *b = name;

		while (*a && (*a == *b || (*b == '-' && (*a == '.' || *a == '_'))))
			a++, b++;
		if (!*a && !*b)
			return &rows[i];
	}
	return NULL;
}

bool api_problems_show(struct api_call *c, struct err *e)
{
	const struct reason *r = find(api_param(c, "code"));
	const char *accept = http_header(c->http, "Accept");
	struct buf html AUTO_BUF = BUF_INIT;

	if (!r)
		return err_set(e, ERR_NOT_FOUND, "no problem of this name");
	if (accept && strstr(accept, "json"))
		return api_reply(c, 200,
				 json_pack("{s:s, s:s, s:i, s:i, s:s}", "code", r->code, "title",
					   r->title, "status", r->status, "exit", r->exit, "remedy",
					   r->remedy));
	page(&html, r);
	if (!buf_ok(&html))
		return err_nomem(e);
	http_reply_buf(c->http, 200, "text/html; charset=utf-8", &html);
	return true;
}
