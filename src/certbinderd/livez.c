/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/api.h"

/*
 * Until api/ brings these itself: alive, and nothing else. Delete this file, and its line in
 * Makefile.inc, with the change that lands src/api/routes.c.
 */
static void livez(struct http_call *call)
{
	http_reply_text(call, 200, "text/plain; charset=utf-8", span_str("ok\n"));
}

static const struct http_route routes[] = {
	{.method = "GET", .pattern = "/livez", .run = RUN_INLINE, .handler = livez},
	{.method = "GET", .pattern = "/readyz", .run = RUN_INLINE, .handler = livez},
};

bool api_new(const struct api_config *config, struct api **out, struct err *e)
{
	(void)config;
	(void)e;
	*out = NULL;
	return true;
}

void api_free(struct api *a)
{
	(void)a;
}

const struct http_route *api_routes(size_t *n_out)
{
	*n_out = ARRAY_LEN(routes);
	return routes;
}

void api_guard(struct http_call *call)
{
	(void)call;
}

bool api_client_rule(struct http_call *call)
{
	http_reply_refused(call, 7, 5, "client_certificate.required",
			   "no judge of client certificates is built in");
	return false;
}

void api_set_server(struct api *a, struct http_server *s)
{
	(void)a;
	(void)s;
}

void api_notify(void *arg, const char *topic, const json_t *what)
{
	(void)arg;
	(void)topic;
	(void)what;
}
