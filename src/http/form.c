/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "http/form.h"

#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "http/spool.h"

#include <string.h>

/* A cursor over the body, and over the memory that takes names. */
struct reader {
	struct span left;
	char *memory;
	size_t used, room;
};

void form_clear(struct http_call *c)
{
	if (c->parts_memory)
		secret_wipe(c->parts_memory, c->parts_room);
	mem_free(c->parts_memory);
	mem_free(c->parts);
	c->parts_memory = NULL;
	c->parts = NULL;
	c->n_parts = c->parts_room = 0;
	c->parts_read = false;
}

static char *keep(struct reader *r, struct span s)
{
	char *to = r->memory + r->used;

	if (s.len >= r->room - r->used || (s.len > 0 && memchr(s.p, 0, s.len)))
		return NULL;
	if (s.len > 0)
		memcpy(to, s.p, s.len);
	to[s.len] = '\0';
	r->used += s.len + 1;
	return to;
}

static const uint8_t *find(struct span in, const char *what, size_t len)
{
	return in.len < len ? NULL : memmem(in.p, in.len, what, len);
}

static void advance(struct reader *r, const uint8_t *to)
{
	r->left.len -= (size_t)(to - r->left.p);
	r->left.p = to;
}

/* The value that begins at p: quoted, with backslashes left as they are, since browsers send %22 for a
 * quote; or plain, as .NET writes names. NULL: its end is missing; else what comes after it. */
static const uint8_t *value_at(const uint8_t *p, const uint8_t *end, struct span *out)
{
	const uint8_t *stop = p;

	if (p < end && *p == '"') {
		stop = memchr(p + 1, '"', (size_t)(end - p - 1));
		if (!stop)
			return NULL;
		*out = span_of(p + 1, (size_t)(stop - p - 1));
		return stop + 1;
	}
	while (stop < end && *stop != ';' && *stop != ' ' && *stop != '\t')
		stop++;
	*out = span_of(p, (size_t)(stop - p));
	return stop;
}

/* The first "; name=value" of a header's value. */
static bool parameter(struct span value, const char *name, struct span *out)
{
	const uint8_t *p = value.p, *end = p + value.len;

	while (p && (p = memchr(p, ';', (size_t)(end - p)))) {
		struct span key, text;

		for (p++; p < end && (*p == ' ' || *p == '\t'); p++)
			;
		key = span_of(p, 0);
		while (p < end && *p != '=' && *p != ';')
			p++;
		key.len = (size_t)(p - key.p);
		if (p == end || *p == ';')
			continue;
		p = value_at(p + 1, end, &text);
		if (p && span_equal_nocase(key, span_str(name))) {
			*out = text;
			return true;
		}
	}
	return false;
}

static bool field(struct span head, const char *name, struct span *out)
{
	size_t len = strlen(name);

	while (head.len > 0) {
		const uint8_t *end = find(head, "\r\n", 2);
		size_t line = end ? (size_t)(end - head.p) : head.len;

		if (line > len && head.p[len] == ':' &&
		    span_equal_nocase(span_of(head.p, len), span_of(name, len))) {
			*out = span_of(head.p + len + 1, line - len - 1);
			while (out->len > 0 && *out->p == ' ') {
				out->p++;
				out->len--;
			}
			return true;
		}
		line += end ? 2 : 0;
		head.p += line;
		head.len -= line;
	}
	return false;
}

static bool read_head(struct reader *r, struct span head, struct http_part *part)
{
	struct span value, name, file = {.p = NULL}, type;

	if (!field(head, "content-disposition", &value) || value.len < 9 ||
	    !span_equal_nocase(span_of(value.p, 9), span_str("form-data")) ||
	    !parameter(value, "name", &name))
		return false;
	part->name = keep(r, name);
	part->file_name = parameter(value, "filename", &file) ? keep(r, file) : NULL;
	part->content_type = field(head, "content-type", &type) ? keep(r, type) : NULL;
	return part->name && (part->file_name || !file.p);
}

/* head CRLF CRLF data CRLF delimiter */
static bool read_part(struct reader *r, const char *delimiter, size_t delimiter_len,
		      struct http_part *part)
{
	const uint8_t *end = find(r->left, "\r\n\r\n", 4);
	struct span head;

	if (!end || (size_t)(end - r->left.p) > FORM_PART_HEAD_MAX)
		return false;
	head = span_of(r->left.p, (size_t)(end - r->left.p));
	advance(r, end + 4);
	end = find(r->left, delimiter, delimiter_len);
	if (!end)
		return false;
	part->data = span_of(r->left.p, (size_t)(end - r->left.p));
	advance(r, end + delimiter_len);
	return read_head(r, head, part);
}

/* What the body has no bytes of any more. */
static void take_spooled(const struct http_call *c, struct http_part *part)
{
	if (!c->spool || !c->spool->taken || c->spool->part != c->n_parts)
		return;
	part->spooled = true;
	part->fd = c->spool->fd;
	part->spooled_bytes = c->spool->bytes;
}

bool http_media_is(const char *header, const char *type)
{
	size_t len = strlen(type);

	return header && span_equal_nocase(span_of(header, strnlen(header, len)), span_str(type)) &&
	       (header[len] == '\0' || header[len] == ';' || header[len] == ' ');
}

size_t form_delimiter(const char *boundary, char out[static FORM_DELIMITER_SIZE])
{
	text_copy(out, FORM_DELIMITER_SIZE, "\r\n--");
	text_copy(out + 4, FORM_DELIMITER_SIZE - 4, boundary);
	return strlen(out);
}

static bool read_multipart(struct http_call *c, struct reader *r, const char *boundary)
{
	char delimiter[FORM_DELIMITER_SIZE];
	size_t len = form_delimiter(boundary, delimiter);

	/* the first delimiter has no line end before it */
	if (r->left.len < len - 2 || memcmp(r->left.p, delimiter + 2, len - 2) != 0)
		return false;
	advance(r, r->left.p + len - 2);
	while (r->left.len >= 2 && memcmp(r->left.p, "\r\n", 2) == 0) {
		advance(r, r->left.p + 2);
		if (c->n_parts == HTTP_PARTS_MAX ||
		    !read_part(r, delimiter, len, &c->parts[c->n_parts]))
			return false;
		take_spooled(c, &c->parts[c->n_parts]);
		c->n_parts++;
	}
	return r->left.len >= 2 && memcmp(r->left.p, "--", 2) == 0;
}

bool form_boundary(const char *type, char out[static FORM_BOUNDARY_MAX + 1])
{
	const char *p = strcasestr(type, "boundary=");
	size_t len;

	if (!p || !http_media_is(type, "multipart/form-data"))
		return false;
	p += strlen("boundary=");
	len = *p == '"' ? strcspn(++p, "\"") : strcspn(p, "; \t");
	if (len == 0 || len > FORM_BOUNDARY_MAX)
		return false;
	memcpy(out, p, len);
	out[len] = '\0';
	return true;
}

static bool decode_pair(struct reader *r, struct span in, char **out)
{
	char *to = r->memory + r->used;
	size_t n = 0;

	if (in.len >= r->room - r->used)
		return false;
	for (size_t i = 0; i < in.len; i++) {
		uint8_t byte = in.p[i];
		size_t got;

		if (byte == '+')
			byte = ' ';
		else if (byte == '%') {
			if (i + 2 >= in.len ||
			    !hex_decode((const char *)in.p + i + 1, 2, &byte, 1, &got) || byte == 0)
				return false;
			i += 2;
		}
		to[n++] = (char)byte;
	}
	to[n] = '\0';
	r->used += n + 1;
	*out = to;
	return true;
}

static bool read_urlencoded(struct http_call *c, struct reader *r)
{
	while (r->left.len > 0) {
		const uint8_t *amp = memchr(r->left.p, '&', r->left.len);
		struct span pair =
			span_of(r->left.p, amp ? (size_t)(amp - r->left.p) : r->left.len);
		const uint8_t *eq = memchr(pair.p, '=', pair.len);
		struct span name = span_of(pair.p, eq ? (size_t)(eq - pair.p) : pair.len);
		struct span value = eq ? span_of(eq + 1, pair.len - name.len - 1)
				       : span_of(pair.p + pair.len, 0);
		char *n, *v;

		if (c->n_parts == HTTP_PARTS_MAX || !decode_pair(r, name, &n) ||
		    !decode_pair(r, value, &v))
			return false;
		c->parts[c->n_parts++] = (struct http_part){.name = n, .data = span_str(v)};
		advance(r, r->left.p + pair.len + (amp ? 1 : 0));
	}
	return true;
}

static bool read_form(struct http_call *c, const char *type)
{
	struct reader r = {.left = buf_span(&c->body)};
	char boundary[FORM_BOUNDARY_MAX + 1];
	bool multipart = http_media_is(type, "multipart/form-data");

	/* names, or for urlencoded everything once more; never longer than the body */
	r.room = c->parts_room =
		multipart ? 3 * FORM_PART_HEAD_MAX : c->body.len + 2 * HTTP_PARTS_MAX + 2;
	r.memory = c->parts_memory = mem_alloc(r.room);
	c->parts = mem_array(HTTP_PARTS_MAX, sizeof(*c->parts));
	if (!r.memory || !c->parts)
		return false;
	if (multipart)
		return form_boundary(type, boundary) && read_multipart(c, &r, boundary);
	return read_urlencoded(c, &r);
}

/* A part ends before the line end of its delimiter: there the NUL finds room. */
static void terminate_parts(struct http_call *c)
{
	for (size_t i = 0; i < c->n_parts; i++) {
		const struct span data = c->parts[i].data;

		if (data.p >= c->body.data && data.p + data.len < c->body.data + c->body.len)
			c->body.data[data.p + data.len - c->body.data] = '\0';
	}
}

static void read_once(struct http_call *c)
{
	const char *type = http_header(c, "Content-Type");

	if (c->parts_read)
		return;
	c->parts_read = true;
	if (!http_media_is(type, "multipart/form-data") &&
	    !http_media_is(type, "application/x-www-form-urlencoded"))
		return;
	if (!read_form(c, type))
		c->n_parts = 0; /* half a form is none */
	terminate_parts(c);
}

const struct http_part *http_form(struct http_call *c, const char *name)
{
	read_once(c);
	for (size_t i = 0; i < c->n_parts; i++)
		if (strcmp(c->parts[i].name, name) == 0)
			return &c->parts[i];
	return NULL;
}

const struct http_part *http_form_at(struct http_call *c, size_t i)
{
	read_once(c);
	return i < c->n_parts ? &c->parts[i] : NULL;
}
