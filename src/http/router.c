/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "http/router.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>

#define SEGMENTS_MAX 16 /* of one pattern or path that could match one */

enum segment_kind { SEGMENT_LITERAL, SEGMENT_PARAM, SEGMENT_REST };

struct segment {
	enum segment_kind kind;
	const char *text; /* literal, or name of the parameter */
	size_t len;
};

struct compiled {
	const struct http_route *route;
	struct segment segments[SEGMENTS_MAX];
	size_t n;
	char *memory; /* names of the parameters */
};

struct router {
	struct compiled *routes;
	uint16_t *firsts; /* first_of() each route: most paths that are no route end there */
	size_t n;
};

/* Length and first letter of a path's first segment; 0 stands for any. */
static uint16_t first_of(const uint8_t *p, size_t len)
{
	return (uint16_t)(len << 8 | (len > 0 ? p[0] : 1));
}

static void compile_segment(struct compiled *c, char *text)
{
	struct segment *s = &c->segments[c->n++];
	size_t len = strlen(text);

	s->kind = SEGMENT_LITERAL;
	if (len > 2 && text[0] == '{' && text[len - 1] == '}') {
		s->kind = SEGMENT_PARAM;
		text[len - 1] = '\0';
		text++;
		len -= 2;
		if (text[len - 1] == '*') {
			s->kind = SEGMENT_REST;
			text[--len] = '\0';
		}
	}
	s->text = text;
	s->len = len;
}

static bool compile(const struct http_route *route, struct compiled *c, struct err *e)
{
	char *p, *slash;

	c->route = route;
	c->memory = mem_str(route->pattern);
	if (!c->memory)
		return err_nomem(e);
	assert(c->memory[0] == '/');
	for (p = c->memory + 1;; p = slash + 1) {
		slash = strchr(p, '/');
		if (slash)
			*slash = '\0';
		assert(c->n < SEGMENTS_MAX);
		compile_segment(c, p);
		if (!slash)
			return true;
		assert(c->segments[c->n - 1].kind != SEGMENT_REST);
	}
}

bool router_new(const struct http_route *routes, size_t n, struct router **out, struct err *e)
{
	struct router *r = mem_new(struct router);

	if (!r)
		return err_nomem(e);
	r->routes = mem_array(n ? n : 1, sizeof(*r->routes));
	r->firsts = mem_array(n ? n : 1, sizeof(*r->firsts));
	if (!r->routes || !r->firsts) {
		router_free(r);
		return err_nomem(e);
	}
	for (; r->n < n; r->n++)
		if (!compile(&routes[r->n], &r->routes[r->n], e)) {
			router_free(r);
			return false;
		}
	for (size_t i = 0; i < n; i++) {
		const struct segment *s = &r->routes[i].segments[0];

		if (s->kind == SEGMENT_LITERAL)
			r->firsts[i] = first_of((const uint8_t *)s->text, s->len);
	}
	*out = r;
	return true;
}

void router_free(struct router *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++)
		mem_free(r->routes[i].memory);
	mem_free(r->routes);
	mem_free(r->firsts);
	mem_free(r);
}

/* The segments of a path, each a view. False: more than any pattern has, but for a rest. */
static size_t cut(struct span path, struct span out[static SEGMENTS_MAX])
{
	const uint8_t *p = path.p, *end = path.p + path.len, *slash;
	size_t n = 0;

	if (path.len == 0 || *p != '/')
		return 0;
	p++;
	for (;;) {
		slash = n + 1 < SEGMENTS_MAX ? memchr(p, '/', (size_t)(end - p)) : NULL;
		out[n++] = span_of(p, (size_t)((slash ? slash : end) - p));
		if (!slash)
			return n;
		p = slash + 1;
	}
}

static bool matches(const struct compiled *c, const struct span *segments, size_t n)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct segment *s = &c->segments[i];

		if (s->kind == SEGMENT_REST)
			return i < n;
		if (i >= n)
			return false;
		if (s->kind == SEGMENT_PARAM && segments[i].len == 0)
			return false;
		if (s->kind == SEGMENT_LITERAL &&
		    (s->len != segments[i].len || memcmp(s->text, segments[i].p, s->len) != 0))
			return false;
	}
	return c->n == n;
}

/* Whether a names the path more closely than b: the first segment that differs in kind decides. */
static bool is_closer(const struct compiled *a, const struct compiled *b)
{
	if (!b)
		return true;
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (a->segments[i].kind != b->segments[i].kind)
			return a->segments[i].kind < b->segments[i].kind;
	return false;
}

static bool method_fits(const struct http_route *r, struct span method)
{
	return span_equal(span_str(r->method), method) ||
	       (span_equal(method, span_str("HEAD")) && strcmp(r->method, "GET") == 0);
}

static const struct compiled *find(const struct router *r, struct span method,
				   const struct span *segments, size_t n, bool *other)
{
	const uint16_t first = n > 0 ? first_of(segments[0].p, segments[0].len) : 0;
	const struct compiled *best = NULL;

	for (size_t i = 0; i < r->n; i++) {
		const struct compiled *c = &r->routes[i];

		if (r->firsts[i] != 0 && r->firsts[i] != first)
			continue;
		if (!matches(c, segments, n))
			continue;
		if (!method_fits(c->route, method))
			*other = true;
		else if (is_closer(c, best))
			best = c;
	}
	return best;
}

enum route_match router_match(const struct router *r, const char *method, const char *path,
			      char *scratch, const struct http_route **route,
			      struct named params[HTTP_PARAMS_MAX], size_t *n_params)
{
	struct span segments[SEGMENTS_MAX];
	size_t n = cut(span_str(path), segments);
	bool other = false;
	const struct compiled *c = find(r, span_str(method), segments, n, &other);

	if (!c)
		return other ? ROUTE_OTHER_METHOD : ROUTE_NONE;
	*route = c->route;
	*n_params = 0;
	for (size_t i = 0; i < c->n; i++) {
		size_t at = (size_t)((const char *)segments[i].p - path);

		if (c->segments[i].kind == SEGMENT_LITERAL)
			continue;
		assert(*n_params < HTTP_PARAMS_MAX);
		if (c->segments[i].kind == SEGMENT_PARAM)
			scratch[at + segments[i].len] = '\0';
		params[*n_params].name = c->segments[i].text;
		params[(*n_params)++].value = scratch + at;
	}
	return ROUTE_FOUND;
}

void router_allow(const struct router *r, const char *path, struct buf *out)
{
	struct span segments[SEGMENTS_MAX];
	size_t n = cut(span_str(path), segments);

	for (size_t i = 0; i < r->n; i++) {
		const char *method = r->routes[i].route->method;

		if (!matches(&r->routes[i], segments, n))
			continue;
		if (out->len > 0)
			buf_add_str(out, ", ");
		buf_add_str(out, method);
		if (strcmp(method, "GET") == 0)
			buf_add_str(out, ", HEAD");
	}
}

size_t router_body_max(const struct router *r, struct span method, struct span target)
{
	struct span segments[SEGMENTS_MAX];
	const uint8_t *query = memchr(target.p, '?', target.len);
	bool other = false;
	const struct compiled *c;
	size_t n;

	if (query)
		target.len = (size_t)(query - target.p);
	n = cut(target, segments);
	c = find(r, method, segments, n, &other);
	return c ? c->route->body_max : HTTP_BODY_MAX_DEFAULT;
}
