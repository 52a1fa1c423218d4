/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/agents/agent_desk.h"
#include "core/trust/crl_points.h"
#include "core/trust/refusals.h"

#include <string.h>

bool api_new(const struct api_config *config, struct api **out, struct err *e)
{
	struct api *a = mem_new(struct api);

	if (!a)
		return err_nomem(e);
	a->config = *config;
	a->started_s = clock_now_s();
	a->replays = replay_table_new();
	if (!a->replays || !refusal_queue_new(&a->refusals, e) || !agent_desk_new(&a->agents, e) ||
	    !crl_notes_new(&a->crl_notes, e)) {
		api_free(a);
		return err_nomem(e);
	}
	*out = a;
	return true;
}

void api_free(struct api *a)
{
	if (!a)
		return;
	replay_table_free(a->replays);
	refusal_queue_free(a->refusals);
	agent_desk_free(a->agents);
	crl_notes_free(a->crl_notes);
	mem_free(a);
}

void api_tick(struct api *a, struct core *c)
{
	struct err e = ERR_INIT;

	if (!refusals_flush(c, a->refusals, &e))
		log_warning("api.refusals", "%s", e.text);
	if (!agent_desk_flush(c, a->agents, &e))
		log_warning("api.agents", "%s", e.text);
	if (!crl_notes_flush(c, a->crl_notes, &e))
		log_warning("api.crl_notes", "%s", e.text);
}

void api_set_server(struct api *a, struct http_server *s)
{
	a->server = s;
}

/* Whose sessions or token this act may have ended: their streams end too, and who still may opens another. */
static const char *shut_out(const char *topic, const json_t *what)
{
	static const char *const acts[] = {"session.close", "account.change", "account.remove",
					   "token.revoke"};
	const char *action = json_string_value(json_object_get(what, "action"));

	if (strcmp(topic, "audit") != 0 || !action)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(acts); i++)
		if (strcmp(action, acts[i]) == 0)
			return json_string_value(json_object_get(what, "object"));
	return NULL;
}

void api_notify(void *arg, const char *topic, const json_t *what)
{
	const char *whose = shut_out(topic, what);
	struct api *a = arg;

	if (!a->server)
		return;
	http_events_send(a->server, topic, what);
	if (whose)
		http_events_end_of(a->server, whose);
}

bool api_events(struct api_call *c, struct err *e)
{
	(void)e;
	http_reply_events(c->http, c->actor.name);
	return true;
}
