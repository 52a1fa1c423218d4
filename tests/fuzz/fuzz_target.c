/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/mem.h"
#include "base/text.h"
#include "http/router.h"
#include "http/server.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void nobody(struct http_call *c)
{
	(void)c;
}

static const struct http_route routes[] = {
	{.method = "GET", .pattern = "/", .handler = nobody, .body_max = 1},
	{.method = "GET", .pattern = "/livez", .handler = nobody, .body_max = 2},
	{.method = "POST",
	 .pattern = "/api/v1/certificates/import",
	 .handler = nobody,
	 .body_max = 3},
	{.method = "GET",
	 .pattern = "/api/v1/certificates/{sha256}",
	 .handler = nobody,
	 .body_max = 4},
	{.method = "PATCH",
	 .pattern = "/api/v1/certificates/{sha256}",
	 .handler = nobody,
	 .body_max = 5},
	{.method = "GET",
	 .pattern = "/api/v1/stores/{store}/certificates",
	 .handler = nobody,
	 .body_max = 6},
	{.method = "GET", .pattern = "/officescan/{rest*}", .handler = nobody, .body_max = 7},
};

/* The parameters are parts of the path, each a piece of it that holds no slash unless it is the rest. */
static void route(const struct router *r, const struct http_call *c, const char *method)
{
	char *scratch AUTO_MEM = mem_str(c->path);
	struct named params[HTTP_PARAMS_MAX];
	const struct http_route *found = NULL;
	size_t n = 0;
	enum route_match match = router_match(r, method, c->path, scratch, &found, params, &n);
	struct buf allow AUTO_BUF = BUF_INIT;

	router_allow(r, c->path, &allow);
	must((match == ROUTE_NONE) == (allow.len == 0));
	must((match == ROUTE_FOUND) == (found != NULL));
	for (size_t i = 0; found && i < n; i++) {
		must(params[i].value >= scratch && params[i].value <= scratch + strlen(c->path));
		must(strcmp(params[i].name, "rest") == 0 || !strchr(params[i].value, '/'));
	}
	/* what the strict front finds for the target as sent is what the route takes */
	if (found && span_equal(buf_span(&c->target), span_str(c->path)))
		must(router_body_max(r, span_str(method), buf_span(&c->target)) == found->body_max);
}

/* A method, a blank, a target: as the strict front lets it through. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct router *r;
	struct http_server server = {.config = {.routes = routes}};
	struct http_call c = {.server = &server, .authority = ""};
	struct err e = ERR_INIT;
	char *text AUTO_MEM = mem_strn(data, size);
	char *target;

	if (!r)
		must(router_new(routes, ARRAY_LEN(routes), &r, &e));
	target = strchr(text, ' ');
	if (!target || size > HTTP_TARGET_MAX)
		return 0;
	*target++ = '\0';
	c.method = text;
	buf_add_str(&c.target, target);
	if (target_read(&c)) {
		must(c.path != NULL && c.query != NULL && c.authority != NULL);
		must(text_is_utf8(span_str(c.path)) && !strstr(c.path, "/../") &&
		     !strchr(c.path, '\\'));
		route(r, &c, text);
		for (size_t i = 0; http_query_name(&c, i); i++)
			must(http_query(&c, http_query_name(&c, i)) != NULL);
	} else {
		must(c.status == 400);
	}
	reply_drop(&c);
	mem_free(c.memory);
	mem_free(c.query_memory);
	buf_clear(&c.target);
	return 0;
}
