/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "http/strict.h"

#include <string.h>

/*
 * Bodies of a request: by length, or in chunks (RFC 9112 6 and 7), whose extensions and trailers are
 * taken out.
 */
static const char last_chunk[] = "0\r\n\r\n";

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
void strict_chunk_line(struct strict *s, struct span in, struct stream_step *out)
{
	const uint8_t *lf = memchr(in.p, '\n', in.len);
	const uint8_t *cr = memchr(in.p, '\r', in.len);
	struct span line;
	size_t digits = 0;

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

void strict_chunk_end(struct strict *s, struct span in, struct stream_step *out)
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
void strict_trailer(struct strict *s, struct span in, struct stream_step *out)
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
		strict_start_over(s);
	}
}

void strict_counted(struct strict *s, struct span in, enum strict_state next,
		    struct stream_step *out)
{
	out->take = in.len < s->left ? in.len : (size_t)s->left;
	s->left -= out->take;
	if (s->left > 0)
		return;
	if (next == STRICT_START)
		strict_start_over(s);
	s->state = next;
}
