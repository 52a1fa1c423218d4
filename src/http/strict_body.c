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

static size_t blanks(struct span s)
{
	size_t n = 0;

	while (n < s.len && (s.p[n] == ' ' || s.p[n] == '\t'))
		n++;
	return n;
}

static struct span behind(struct span s, size_t n)
{
	return span_of(s.p + n, s.len - n);
}

/* Bytes of a quoted-string (RFC 9110 5.6.4); 0: it is none. Control characters are refused before. */
static size_t quoted_len(struct span s)
{
	if (s.len == 0 || s.p[0] != '"')
		return 0;
	for (size_t n = 1; n < s.len; n++) {
		if (s.p[n] == '"')
			return n + 1;
		n += s.p[n] == '\\';
	}
	return 0;
}

/* *( BWS ";" BWS name [ BWS "=" BWS value ] ) (RFC 9112 7.1.1). */
static bool are_extensions(struct span s)
{
	while (s.len > 0) {
		size_t len;

		s = behind(s, blanks(s));
		if (s.len == 0 || s.p[0] != ';')
			return false;
		s = behind(s, 1);
		s = behind(s, blanks(s));
		len = strict_token_len(s);
		if (len == 0)
			return false;
		s = behind(s, len);
		if (blanks(s) == s.len || s.p[blanks(s)] != '=')
			continue;
		s = behind(s, blanks(s) + 1);
		s = behind(s, blanks(s));
		len = strict_token_len(s) + quoted_len(s);
		if (len == 0)
			return false;
		s = behind(s, len);
	}
	return true;
}

static bool has_control(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f)
			return true;
	return false;
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
	if (has_control(line))
		return strict_refuse(s, 400, "control character in a chunk extension");
	if (!are_extensions(behind(line, n)))
		return strict_refuse(s, 400, "bad chunk size or extension");
	s->left = size;
	s->body_bytes += size;
	if (s->body_bytes > s->body_max)
		return strict_refuse(s, 413, "body too large");
	return true;
}

/* Zeros before other digits, of which there may be any number (RFC 9112 7.1). */
static size_t leading_zeros(struct span line)
{
	size_t n = 0;

	while (n + 1 < line.len && line.p[n] == '0' && hex_digit(line.p[n + 1]) >= 0)
		n++;
	return n;
}

/* Shown in steps: leading zeros dropped, digits taken, extension dropped, CRLF and data taken. */
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
	out->drop = leading_zeros(line);
	if (out->drop > 0)
		return;
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

static bool is_field(struct span line)
{
	size_t name = strict_token_len(line);

	return name > 0 && name < line.len && line.p[name] == ':';
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
	else if (len < 2 || lf[-1] != '\r' || has_control(span_of(in.p, len - 2)))
		(void)strict_refuse(s, 400, "bad trailer");
	else if (len > 2 && !is_field(span_of(in.p, len - 2)))
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
