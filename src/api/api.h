/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "http/http.h"
#include "trust/judge.h"

#include <stdint.h>

/*
 * REST: what the roof wires into http/. The resources are thin: they read the request, call core/,
 * and put the answer into words. docs/openapi.yaml describes them; a test holds both together.
 */
struct api;

struct api_tls_counters {
	uint64_t handshakes_full, handshakes_resumed, handshakes_failed, connections_open,
		connections_refused;
};

struct api_config {
	void *arg; /* handed to the functions below */
	/* For /metrics; NULL: no TLS counters there. */
	void (*tls_counters)(void *arg, struct api_tls_counters *out);
	/* The i-th address that is listened on now, "https://127.0.0.1:4343"; NULL: nobody knows.
	 * False: there are no more. */
	bool (*listener)(void *arg, size_t i, char out[static 64]);
	struct signature_cache *signatures; /* borrowed; outlives the api. NULL: none */
};

bool api_new(const struct api_config *config, struct api **out, struct err *e) MUST_USE;
void api_free(struct api *a);

/* For struct http_config: routes, guard, client_rule; app is the struct api. */
const struct http_route *api_routes(size_t *n_out);
void api_guard(struct http_call *call);
bool api_client_rule(struct http_call *call);

/* Once a second, from a thread with a core of its own: brings refusals into the database. */
void api_tick(struct api *a, struct core *c);

/* Events reach the clients of /events through here; until it is set, they are dropped. */
void api_set_server(struct api *a, struct http_server *s);
/* Any thread. As core_hooks.notify, arg being the struct api. */
void api_notify(void *arg, const char *topic, const json_t *what);
