/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "http/server.h"

/*
 * The route table. Patterns are segments: literal, {name} (one segment, never empty), {name*} at the
 * end (the remainder, may hold slashes). A literal beats a parameter. Borrows the table.
 */
enum route_match { ROUTE_FOUND, ROUTE_NONE, ROUTE_OTHER_METHOD };

bool router_new(const struct http_route *routes, size_t n, struct router **out,
		struct err *e) MUST_USE;
void router_free(struct router *r);

/* path is cut up in place of scratch (same length and terminator), where the parameters then
 * stand. */
enum route_match router_match(const struct router *r, const char *method, const char *path,
			      char *scratch, const struct http_route **route,
			      struct named params[HTTP_PARAMS_MAX], size_t *n_params);
/* "GET, HEAD, POST" for a path that has routes. */
void router_allow(const struct router *r, const char *path, struct buf *out);
/* The largest body that any route for method and path takes; for the look before the head goes on. */
size_t router_body_max(const struct router *r, struct span method, struct span target);
