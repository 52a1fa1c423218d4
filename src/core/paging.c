/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/paging.h"

#include "base/buf.h"
#include "base/num.h"
#include "base/text.h"

#include <string.h>

/* "sort/-/number" in base64url: it says what it belongs to, so that it cannot be mixed up. */
static bool token_read(const char *token, struct page_state *p, struct err *e)
{
	struct buf b AUTO_BUF = BUF_INIT, want AUTO_BUF = BUF_INIT;
	uint64_t n = 0;

	buf_printf(&want, "%s/%c/", p->sort, p->descending ? '-' : '+');
	if (!base64url_decode(span_str(token), &b) || !buf_ok(&b) || !buf_ok(&want) ||
	    !text_starts_with(buf_str(&b), buf_str(&want)) ||
	    !num_u64(buf_str(&b) + want.len, INT64_MAX, &n) || n == 0)
		return err_reason(e, "request.parameter",
				  "page_token is not one of this list in this order");
	p->after = (int64_t)n;
	return true;
}

bool page_read(const struct page *p, struct page_state *out, struct err *e)
{
	struct page_state s = {.limit = p->limit == 0 ? PAGE_LIMIT_DEFAULT : p->limit};
	const char *sort = p->sort ? p->sort : "";

	if (s.limit < 1 || s.limit > PAGE_LIMIT_MAX)
		return err_reason(e, "request.parameter", "limit must be 1 to %d", PAGE_LIMIT_MAX);
	if (strlen(sort) >= sizeof(s.sort))
		return err_reason(e, "request.parameter", "there is no such sort order");
	s.descending = sort[0] == '-';
	text_copy(s.sort, sizeof(s.sort), sort + s.descending);
	if (p->token && p->token[0] != '\0' && !token_read(p->token, &s, e))
		return false;
	*out = s;
	return true;
}

bool page_answer(json_t *items, int64_t total, const struct page_state *p, int64_t last,
		 json_t **out, struct err *e)
{
	json_t *o = json_pack("{s:o, s:I}", "items", items, "total", (json_int_t)total);
	struct buf plain AUTO_BUF = BUF_INIT, token AUTO_BUF = BUF_INIT;

	if (!o)
		return err_nomem(e);
	if (last > 0) {
		buf_printf(&plain, "%s/%c/%lld", p->sort, p->descending ? '-' : '+',
			   (long long)last);
		base64url_encode(buf_span(&plain), &token);
		if (!buf_ok(&plain) || !buf_ok(&token) ||
		    json_object_set_new(o, "next_page_token", json_string(buf_str(&token))) != 0) {
			json_decref(o);
			return err_nomem(e);
		}
	}
	*out = o;
	return true;
}

bool list_answer(json_t *items, json_t **out, struct err *e)
{
	const struct page_state all = {.limit = 0};

	return page_answer(items, (int64_t)json_array_size(items), &all, 0, out, e);
}
