/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "http/strict.h"

#include <string.h>

/* What the HTTP library gets to read in place of a refused head. */
#define STAND_IN " / HTTP/1.1\r\nHost: refused.invalid\r\nConnection: close\r\n\r\n"

void strict_init(struct strict *s, strict_limit_fn limit, void *arg)
{
	*s = (struct strict){.limit = limit, .limit_arg = arg};
}

bool strict_refuse(struct strict *s, int status, const char *fault)
{
	if (s->refused == 0) {
		s->refused = status;
		s->fault = fault;
	}
	return false;
}

bool strict_is_reading(const struct strict *s)
{
	return s->state != STRICT_START && s->state != STRICT_OVER;
}

void strict_start_over(struct strict *s)
{
	s->state = STRICT_START;
	s->checked = s->line = 0;
	s->n_fields = s->n_empty_lines = 0;
	s->cookie_cost = 0;
	s->http_1_0 = s->has_host = s->has_length = s->chunked = s->untidy = false;
	s->method_len = s->target_at = s->target_len = 0;
	s->left = s->body_bytes = 0;
	s->body_max = s->trailer_bytes = 0;
}

/* ---- heads ---- */

/* Characters that may stand nowhere in a head, seen even before the line is whole: so that what will
 * never be a request does not wait for its end. A CR must be followed by LF, an LF preceded by CR. */
static bool check_bytes(struct strict *s, struct span in)
{
	for (size_t i = s->checked; i < in.len; i++) {
		uint8_t c = in.p[i];

		if ((c >= 0x20 && c != 0x7f) || c == '\t')
			continue;
		if (c == '\r' && (i + 1 == in.len || in.p[i + 1] == '\n'))
			continue;
		if (c == '\n' && i > 0 && in.p[i - 1] == '\r')
			continue;
		return strict_refuse(s, 400,
				     c == '\r'	 ? "bare CR"
				     : c == '\n' ? "bare LF"
						 : "control character");
	}
	/* a CR at the very end is looked at again with its follower */
	s->checked = in.len > s->checked && in.p[in.len - 1] == '\r' ? in.len - 1 : in.len;
	return true;
}

static bool check_sizes(struct strict *s, struct span in)
{
	if (s->line == 0 && in.len > HTTP_TARGET_MAX + 64)
		return strict_refuse(s, 414, "request line too long");
	if (in.len > HTTP_HEADER_MAX)
		return strict_refuse(s, 431, "head too large");
	return true;
}

bool strict_next_line(struct strict *s, struct span in, struct span *line)
{
	const uint8_t *p = in.p + s->line;
	const uint8_t *lf = memchr(in.p + s->checked, '\n', in.len - s->checked);

	*line = span_of(NULL, 0);
	if (!check_bytes(s, lf ? span_of(in.p, (size_t)(lf - in.p) + 1) : in))
		return false;
	if (!lf)
		return true;
	*line = span_of(p, (size_t)(lf - p) - 1);
	s->line = (size_t)(lf - in.p) + 1;
	return true;
}

/* Whether the head goes on after this line; sets *whole at its end. */
static bool take_line(struct strict *s, struct span in, struct span line, bool *whole)
{
	bool first = line.p == in.p;

	if (first)
		return strict_request_line(s, in.p, line);
	if (line.len == 0) {
		*whole = true;
		return strict_head_end(s, in.p);
	}
	return strict_field_line(s, line);
}

static void keep(char *to, size_t size, const uint8_t *from, size_t len)
{
	len = len < size ? len : size - 1;
	memcpy(to, from, len);
	to[len] = '\0';
}

static void refuse_head(struct strict *s, struct span in, struct stream_step *out)
{
	if (s->target_len > 0) {
		keep(s->seen_method, sizeof(s->seen_method), in.p, s->method_len);
		keep(s->seen_target, sizeof(s->seen_target), in.p + s->target_at, s->target_len);
	}
	s->state = STRICT_OVER;
	s->n_heads++;
	/* the answer to HEAD has no body, whatever it says (RFC 9110 9.3.2) */
	out->insert = span_str(in.len > 5 && memcmp(in.p, "HEAD ", 5) == 0 ? "HEAD" STAND_IN
									   : "GET" STAND_IN);
	out->stop = true;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* On to the next blanks that end a line: no part of a value (RFC 9112 5.1), but libmicrohttpd keeps
 * them, refuses "5 " as a length and knows no coding "chunked ". */
static void pass_tidied(struct strict *s, struct span in, struct stream_step *out)
{
	size_t at = 1;

	while (at < s->line && !(in.p[at] == '\r' && is_blank(in.p[at - 1])))
		at++;
	out->take = at;
	while (at < s->line && out->take > 0 && is_blank(in.p[out->take - 1]))
		out->take--;
	out->drop = at - out->take;
	s->line -= at;
	if (s->line == 0)
		s->state = s->next;
}

static void head_passed(struct strict *s, struct span in, struct stream_step *out)
{
	bool chunked = s->chunked, untidy = s->untidy;
	size_t len = s->line;
	uint64_t left = s->left;
	size_t max = s->body_max;

	s->n_heads++;
	strict_start_over(s);
	s->body_max = max;
	if (chunked) {
		s->state = STRICT_CHUNK_SIZE;
	} else if (left > 0) {
		s->state = STRICT_LENGTH_BODY;
		s->left = left;
	}
	if (!untidy) {
		out->take = len;
		return;
	}
	s->next = s->state;
	s->state = STRICT_TIDY;
	s->line = len;
	pass_tidied(s, in, out);
}

static void read_head(struct strict *s, struct span in, struct stream_step *out)
{
	struct span line, all = in;
	bool whole = false, ok;

	s->state = STRICT_HEAD;
	if (in.len >= 2 && in.p[0] == '\r' && in.p[1] == '\n' && s->line == 0) {
		if (++s->n_empty_lines <= HTTP_EMPTY_LINES_MAX) {
			out->drop = 2;
			s->checked = 0;
			s->state = STRICT_START;
			return;
		}
		(void)strict_refuse(s, 400, "empty lines before the request");
		refuse_head(s, in, out);
		return;
	}
	if (all.len > HTTP_HEADER_MAX + 1)
		all.len = HTTP_HEADER_MAX + 1;
	do {
		ok = strict_next_line(s, all, &line);
		if (!line.p)
			break;
		ok = ok && take_line(s, all, line, &whole);
	} while (ok && !whole);
	if (ok && whole)
		head_passed(s, in, out);
	else if (!ok || !check_sizes(s, in))
		refuse_head(s, in, out);
}

void strict_bytes(struct strict *s, struct span in, struct stream_step *out)
{
	switch (s->state) {
	case STRICT_START:
	case STRICT_HEAD:
		read_head(s, in, out);
		return;
	case STRICT_TIDY:
		pass_tidied(s, in, out);
		return;
	case STRICT_LENGTH_BODY:
		strict_counted(s, in, STRICT_START, out);
		return;
	case STRICT_CHUNK_SIZE:
		strict_chunk_line(s, in, out);
		return;
	case STRICT_CHUNK_DATA:
		strict_counted(s, in, STRICT_CHUNK_END, out);
		return;
	case STRICT_CHUNK_END:
		strict_chunk_end(s, in, out);
		return;
	case STRICT_TRAILER:
		strict_trailer(s, in, out);
		return;
	case STRICT_OVER:
		out->drop = in.len;
		out->stop = true;
		return;
	}
}
