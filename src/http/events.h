/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "http/server.h"

/*
 * Server-sent events (the HTML standard, 9.2): each worker keeps its listeners, whose connections are
 * suspended while there is nothing to say. A comment every EVENTS_PING_MS finds those that left.
 */
#define EVENTS_PING_MS 15000
#define EVENTS_LISTENERS_MAX 256	      /* per worker: 503 */
#define EVENTS_BACKLOG_MAX ((size_t)64 << 10) /* for one that does not read: it is cut off */

bool events_new(struct http_worker *w, struct http_events **out, struct err *e) MUST_USE;
void events_free(struct http_events *ev);
/* Wakes all listeners for their end; before the daemon stops. */
void events_end(struct http_events *ev);
struct MHD_Response *events_response(struct http_call *c); /* NULL: full, or no memory */
