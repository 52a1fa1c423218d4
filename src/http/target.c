/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/mem.h"
#include "base/text.h"
#include "http/server.h"

#include <string.h>

/*
 * The request target: path decoded once and normalised by refusing what would need it (dot
 * segments, encoded slashes), so that rule, route and file all see the same name.
 */

static int hex_value(char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool well_encoded(const char *s)
{
	for (; (s = strchr(s, '%')); s++) {
		int high = hex_value(s[1]), low = high < 0 ? -1 : hex_value(s[2]);

		if (low < 0 || high + low == 0)
			return false;
	}
	return true;
}

/* Decodes in place; no %00. What is refused stays as it was, for the log. plus: '+' is a space
 * (queries, forms). */
static bool decode(char *s, bool plus)
{
	char *to = s;

	if (!well_encoded(s))
		return false;
	for (; *s; s++) {
		if (*s == '+' && plus) {
			*to++ = ' ';
			continue;
		}
		if (*s != '%') {
			*to++ = *s;
			continue;
		}
		*to++ = (char)(hex_value(s[1]) << 4 | hex_value(s[2]));
		s += 2;
	}
	*to = '\0';
	return true;
}

static bool has_encoded_slash(const char *s)
{
	for (; (s = strchr(s, '%')); s++)
		if ((s[1] == '2' && ascii_lower(s[2]) == 'f') ||
		    (s[1] == '5' && ascii_lower(s[2]) == 'c'))
			return true;
	return false;
}

static bool has_dot_segment(const char *path)
{
	for (const char *p = path; (p = strchr(p, '/'));) {
		size_t len;

		p++;
		len = strcspn(p, "/");
		if ((len == 1 && p[0] == '.') || (len == 2 && p[0] == '.' && p[1] == '.'))
			return true;
	}
	return false;
}

/* Cuts scheme and authority off an absolute target; leaves path and query. */
static char *cut_authority(struct http_call *c, char *s)
{
	char *begin = strstr(s, "://"), *end;

	c->authority = "";
	if (s[0] == '/' || !begin)
		return s;
	c->scheme_is_http = begin - s == 4; /* the strict front lets "http" and "https" pass */
	begin += 3;
	end = begin + strcspn(begin, "/?");
	/* moved to the front, which makes room for its terminator */
	memmove(s, begin, (size_t)(end - begin));
	s[end - begin] = '\0';
	c->authority = s;
	return end;
}

static bool refuse(struct http_call *c, const char *detail)
{
	c->close = true; /* who sends such a thing may mean worse with the next */
	reply_error(c, "request.malformed", detail);
	return false;
}

bool target_read(struct http_call *c)
{
	size_t len = c->target.len;
	char *rest, *query;

	/* the target, and a second copy for what the router cuts */
	c->memory = mem_alloc(2 * len + 8);
	if (!c->memory) {
		reply_error(c, "nomem", "out of memory");
		return false;
	}
	memcpy(c->memory, buf_str(&c->target), len + 1);
	rest = cut_authority(c, c->memory);
	query = strchr(rest, '?');
	c->query = c->memory + len; /* the terminator: "" */
	if (query) {
		*query = '\0';
		c->query = query + 1;
	}
	if (rest[0] == '\0') {
		c->path = c->memory + len + 1; /* "https://host" means "/" */
		memcpy(c->path, "/", 2);
		return true;
	}
	c->path = rest;
	if (has_encoded_slash(rest))
		return refuse(c, "the path holds an encoded slash");
	if (!decode(rest, false) || !text_is_utf8(span_str(rest)))
		return refuse(c, "the path is not well encoded");
	if (has_dot_segment(rest) || strpbrk(rest, "\\"))
		return refuse(c, "the path holds a dot segment or a backslash");
	return true;
}

static bool add_query(struct http_call *c, char *pair)
{
	char *value = strchr(pair, '=');

	if (value)
		*value++ = '\0';
	if (c->n_queries == HTTP_QUERY_MAX)
		return false;
	if (!decode(pair, true) || !text_is_utf8(span_str(pair)))
		return false;
	if (value && (!decode(value, true) || !text_is_utf8(span_str(value))))
		return false;
	c->queries[c->n_queries++] = (struct named){.name = pair, .value = value ? value : ""};
	return true;
}

/* Cuts c->query up, once. */
static void read_query(struct http_call *c)
{
	char *pair, *next;

	c->queries_read = true;
	c->query_memory = mem_str(c->query);
	c->query_broken = !c->query_memory;
	for (pair = c->query_memory; pair; pair = next) {
		next = strchr(pair, '&');
		if (next)
			*next++ = '\0';
		if (*pair && !add_query(c, pair))
			c->query_broken = true;
	}
}

bool http_query_is_whole(const struct http_call *call)
{
	struct http_call *c = (struct http_call *)call; /* lazily read */

	if (!c->queries_read)
		read_query(c);
	return !c->query_broken;
}

const char *http_query(const struct http_call *call, const char *name)
{
	struct http_call *c = (struct http_call *)call; /* lazily read */

	if (!c->queries_read)
		read_query(c);
	for (size_t i = 0; i < c->n_queries; i++)
		if (strcmp(c->queries[i].name, name) == 0)
			return c->queries[i].value;
	return NULL;
}

const char *http_query_name(const struct http_call *call, size_t i)
{
	struct http_call *c = (struct http_call *)call; /* lazily read */

	if (!c->queries_read)
		read_query(c);
	return i < c->n_queries ? c->queries[i].name : NULL;
}
