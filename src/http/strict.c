/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "http/strict.h"

#include <string.h>

/* What the HTTP library gets to read in place of a refused head. */
static const char stand_in[] =
	"GET / HTTP/1.1\r\nHost: refused.invalid\r\nConnection: close\r\n\r\n";
static const char last_chunk[] = "0\r\n\r\n";

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

static void start_over(struct strict *s)
{
	s->state = STRICT_START;
	s->checked = s->line = 0;
	s->n_fields = s->n_empty_lines = 0;
	s->http_1_0 = s->has_host = s->has_length = s->chunked = false;
	s->method_len = s->target_at = s->target_len = s->host_at = s->host_len = 0;
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

/* Takes the next line off the head, checked; *line without its CRLF, p NULL when it is not all
 * there. Bytes behind it, which may be a body, are not looked at. False: refused. */
static bool next_line(struct strict *s, struct span in, struct span *line)
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
	return strict_field_line(s, in.p, line);
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
	out->insert = span_of(stand_in, sizeof(stand_in) - 1);
	out->stop = true;
}

static void head_passed(struct strict *s, size_t len, struct stream_step *out)
{
	bool chunked = s->chunked;
	uint64_t left = s->left;
	size_t max = s->body_max;

	out->take = len;
	s->n_heads++;
	start_over(s);
	s->body_max = max;
	if (chunked) {
		s->state = STRICT_CHUNK_SIZE;
	} else if (left > 0) {
		s->state = STRICT_LENGTH_BODY;
		s->left = left;
	}
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
		ok = next_line(s, all, &line);
		if (!line.p)
			break;
		ok = ok && take_line(s, all, line, &whole);
	} while (ok && !whole);
	if (ok && whole)
		head_passed(s, s->line, out);
	else if (!ok || !check_sizes(s, in))
		refuse_head(s, in, out);
}

/* ---- bodies ---- */

static void end_body(struct strict *s, size_t drop, const char *instead, struct stream_step *out)
{
	s->state = STRICT_OVER;
	out->drop = drop;
	out->insert = span_of(instead, strlen(instead));
	out->stop = true;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* chunk-size [ chunk-ext ]; sets *digits. */
static bool read_chunk_size(struct strict *s, struct span line, size_t *digits)
{
	uint64_t size = 0;
	size_t n = 0;

	while (n < line.len && hex_digit(line.p[n]) >= 0) {
		if (n == 15)
			return strict_refuse(s, 413, "chunk too large");
		size = size << 4 | (unsigned)hex_digit(line.p[n]);
		n++;
	}
	if (n == 0)
		return strict_refuse(s, 400, "bad chunk size");
	*digits = n;
	/* BWS before the extension is allowed (RFC 9112 7.1.1) */
	size_t at = n;
	while (at < line.len && (line.p[at] == ' ' || line.p[at] == '\t'))
		at++;
	if (at < line.len && line.p[at] != ';')
		return strict_refuse(s, 400, "bad chunk size");
	if (at == line.len && at > n)
		return strict_refuse(s, 400, "space after the chunk size");
	for (; at < line.len; at++)
		if ((line.p[at] < 0x20 && line.p[at] != '\t') || line.p[at] == 0x7f)
			return strict_refuse(s, 400, "control character in a chunk extension");
	s->left = size;
	s->body_bytes += size;
	if (s->body_bytes > s->body_max)
		return strict_refuse(s, 413, "body too large");
	return true;
}

/* Shown in steps: digits taken, extension dropped, CRLF and data taken. */
static void read_chunk_line(struct strict *s, struct span in, struct stream_step *out)
{
	const uint8_t *lf = memchr(in.p, '\n', in.len);
	const uint8_t *cr = memchr(in.p, '\r', in.len);
	struct span line;
	size_t digits;

	if (!lf) {
		if (in.len > HTTP_CHUNK_LINE_MAX || (cr && cr != in.p + in.len - 1)) {
			(void)strict_refuse(s, 400, "bad chunk size");
			end_body(s, in.len, last_chunk, out);
		}
		return;
	}
	line = span_of(in.p, (size_t)(lf - in.p));
	if (line.len == 0 || line.len > HTTP_CHUNK_LINE_MAX || line.p[line.len - 1] != '\r' ||
	    memchr(line.p, '\r', line.len - 1)) {
		(void)strict_refuse(s, 400, "bad chunk line");
		end_body(s, in.len, last_chunk, out);
		return;
	}
	line.len--;
	if (!read_chunk_size(s, line, &digits)) {
		end_body(s, in.len, last_chunk, out);
		return;
	}
	if (s->left == 0) {
		s->state = STRICT_TRAILER; /* the last chunk goes on when the trailers are known */
		out->drop = line.len + 2;
		return;
	}
	out->take = digits;
	out->drop = line.len - digits + 2;
	out->insert = span_of("\r\n", 2);
	s->state = STRICT_CHUNK_DATA;
}

static void read_chunk_end(struct strict *s, struct span in, struct stream_step *out)
{
	if (in.p[0] == '\r' && in.len == 1)
		return;
	if (in.p[0] == '\r' && in.p[1] == '\n') {
		out->take = 2;
		s->state = STRICT_CHUNK_SIZE;
		return;
	}
	(void)strict_refuse(s, 400, "chunk data not ended by CRLF");
	end_body(s, in.len, "\r\n0\r\n\r\n", out);
}

/* Trailers are read and dropped: no field that matters may stand there. */
static void read_trailer(struct strict *s, struct span in, struct stream_step *out)
{
	const uint8_t *lf = memchr(in.p, '\n', in.len);
	size_t len = lf ? (size_t)(lf - in.p) + 1 : in.len;

	if (s->trailer_bytes + len > HTTP_TRAILER_MAX)
		(void)strict_refuse(s, 431, "trailers too large");
	else if (!lf)
		return;
	else if (len < 2 || lf[-1] != '\r' || memchr(in.p, '\r', len - 2) || memchr(in.p, 0, len))
		(void)strict_refuse(s, 400, "bad trailer");
	else if (len > 2 && (in.p[0] == ' ' || in.p[0] == '\t' || !memchr(in.p, ':', len)))
		(void)strict_refuse(s, 400, "bad trailer");
	if (s->refused) {
		end_body(s, in.len, last_chunk, out);
		return;
	}
	s->trailer_bytes += len;
	out->drop = len;
	if (len == 2) {
		out->insert = span_of(last_chunk, sizeof(last_chunk) - 1);
		start_over(s);
	}
}

static void read_counted(struct strict *s, struct span in, enum strict_state next,
			 struct stream_step *out)
{
	out->take = in.len < s->left ? in.len : (size_t)s->left;
	s->left -= out->take;
	if (s->left > 0)
		return;
	if (next == STRICT_START)
		start_over(s);
	s->state = next;
}

void strict_bytes(struct strict *s, struct span in, struct stream_step *out)
{
	switch (s->state) {
	case STRICT_START:
	case STRICT_HEAD:
		read_head(s, in, out);
		return;
	case STRICT_LENGTH_BODY:
		read_counted(s, in, STRICT_START, out);
		return;
	case STRICT_CHUNK_SIZE:
		read_chunk_line(s, in, out);
		return;
	case STRICT_CHUNK_DATA:
		read_counted(s, in, STRICT_CHUNK_END, out);
		return;
	case STRICT_CHUNK_END:
		read_chunk_end(s, in, out);
		return;
	case STRICT_TRAILER:
		read_trailer(s, in, out);
		return;
	case STRICT_OVER:
		out->drop = in.len;
		out->stop = true;
		return;
	}
}
