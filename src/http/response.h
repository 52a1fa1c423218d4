/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "http/server.h"

/*
 * Headers of responses, for reply.c and static.c.
 */

/* Script and style only from here, nothing framed, nothing posted elsewhere. */
#define CSP_PAGES                                                                                  \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "          \
	"connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "               \
	"frame-ancestors 'none'"
#define CSP_API "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"

void response_add(struct MHD_Response *r, const char *name, const char *value);
void response_common(struct MHD_Response *r, const struct http_server *s, bool hsts);
