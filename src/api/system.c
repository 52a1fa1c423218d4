/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"
#include "base/clock.h"
#include "core/bindings/served.h"
#include "core/console/system.h"
#include "core/view/view_verdict.h"
#include "http/traffic.h"

#include <string.h>

bool api_livez(struct api_call *c, struct err *e)
{
	(void)e;
	http_reply_header(c->http, "Cache-Control", "no-store");
	http_reply_empty(c->http, 200);
	return true;
}

/* Ready as long as the console serves; a body, with what is wrong, only for who is logged in. */
bool api_readyz(struct api_call *c, struct err *e)
{
	json_t *problems AUTO_JSON = NULL;
	bool good = system_problems(c->core, &problems, e);
	int status = good ? 200 : 503;

	if (c->who->role == ROLE_NONE) {
		http_reply_header(c->http, "Cache-Control", "no-store");
		http_reply_empty(c->http, status);
		return true;
	}
	if (!good)
		return api_reply(
			c, status,
			json_pack("{s:s, s:[s]}", "status", "unavailable", "problems", e->text));
	return api_reply(c, status,
			 json_pack("{s:s, s:O}", "status",
				   json_array_size(problems) ? "degraded" : "ok", "problems",
				   problems));
}

/* How the asker's own connection looks to the console: for the page that changes its own
 * certificate. */
static json_t *connection_view(const struct api_call *c)
{
	const struct peer *p = http_peer(c->http);
	const struct served_binding *b = http_binding(c->http);
	const struct cert_list *chain = &p->client_chain;
	json_t *o = json_pack("{s:s, s:s, s:s, s:b, s:s, s:I, s:o}", "client", p->client_ip,
			      "tls_version", p->tls_version, "cipher", p->cipher, "resumed",
			      p->resumed, "host_cert", p->host_cert_sha256, "tls_generation",
			      (json_int_t)p->tls_generation, "client_cert",
			      chain->n ? json_string(chain->items[0]->id) : json_null());

	if (o && b)
		json_object_set_new(o, "binding", json_sprintf("%lld", (long long)b->id));
	return o;
}

static json_t *listeners_view(const struct api_call *c)
{
	const struct api_config *config = &c->api->config;
	json_t *list = json_array();
	char text[64];

	for (size_t i = 0; list && config->listener && config->listener(config->arg, i, text); i++)
		json_array_append_new(list, json_string(text));
	return list;
}

bool api_system_show(struct api_call *c, struct err *e)
{
	json_t *system = NULL;

	if (!system_show(c->core, &system, e))
		return false;
	if (json_object_set_new(system, "started", json_time(c->api->started_s)) ||
	    json_object_set_new(system, "listeners", listeners_view(c)) ||
	    json_object_set_new(system, "connection", connection_view(c))) {
		json_decref(system);
		return err_nomem(e);
	}
	return api_reply(c, 200, system);
}

bool api_system_traffic(struct api_call *c, struct err *e)
{
	struct traffic_step steps[TRAFFIC_STEPS];
	struct http_server *server = c->api->server;
	size_t n = server ? http_server_traffic(server, steps) : 0;
	json_t *items = json_array();

	for (size_t i = 0; items && i < n; i++) {
		json_t *o = json_pack("{s:o, s:I, s:I}", "time", json_time(steps[i].time_s),
				      "requests", (json_int_t)steps[i].requests, "refusals",
				      (json_int_t)steps[i].refusals);

		if (json_array_append_new(items, o)) {
			json_decref(items);
			return err_nomem(e);
		}
	}
	return api_reply(c, 200, json_pack("{s:i, s:o}", "step_s", TRAFFIC_STEP_S, "items", items));
}
