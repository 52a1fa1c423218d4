/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/agent_server.h"

#include "base/reason.h"
#include "base/text.h"
#include "core/authentication/jws.h"
#include "wire/agent_url.h"
#include "wire/command.h"
#include "wire/fetch.h"

#include <string.h>

#define REGISTER_JTI_BYTES 16

bool agent_answer_refused(const struct wire_answer *a, const char *path, struct err *e)
{
	json_t *problem AUTO_JSON = NULL;
	struct err ignored = ERR_INIT;
	const char *code, *said;
	char detail[121]; /* cut at a character */

	if (!json_read(buf_span(&a->body), &problem, &ignored))
		problem = NULL; /* not said in our manner */
	code = json_string_value(json_object_get(problem, "code"));
	said = json_string_value(json_object_get(problem, "detail"));
	text_copy(detail, sizeof(detail), said ? said : "no reason given");
	if (!code || !reason_find(code))
		code = a->status == 401 ? "agent.unknown" : "agent.unreachable";
	(void)err_reason(e, code, "%s is answered with %d: %s", path, a->status, detail);
	e->wait_s = a->retry_after_s;
	return false;
}

static bool authorization(const struct agent_link *l, struct buf *out)
{
	if (!l->secret || l->secret->len == 0)
		return true;
	buf_printf(out, "Agent %s.", l->id);
	buf_add_span(out, secret_span(l->secret));
	return buf_ok(out);
}

bool agent_exchange(const struct agent_link *l, const char *path, const json_t *body,
		    struct wire_answer *out, struct err *e)
{
	struct wire_client *client AUTO_WIRE_CLIENT = NULL;
	struct buf url AUTO_BUF = BUF_INIT, text AUTO_BUF = {.secret = true},
		       auth AUTO_BUF = {.secret = true};
	struct wire_request r = {.method = body ? "POST" : "GET"};

	agent_url(l->place, true, AGENT_API, path, &url);
	if (!buf_ok(&url) || !authorization(l, &auth))
		return err_nomem(e);
	if (body && !json_write(body, &text, e))
		return false;
	r.url = buf_str(&url);
	r.content_type = body ? "application/json" : NULL;
	r.body = buf_span(&text);
	r.authorization = auth.len ? buf_str(&auth) : NULL;
	return wire_client_new(l->pins, &client, e) && wire_fetch(client, &r, out, e);
}

/* One call; body NULL is a GET. *answer_out NULL where nothing came. */
static bool call(const struct agent_link *l, const char *path, const json_t *body,
		 json_t **answer_out, struct err *e)
{
	struct wire_answer a AUTO_WIRE_ANSWER = WIRE_ANSWER_INIT;

	if (!agent_exchange(l, path, body, &a, e))
		return false;
	if (a.status < 200 || a.status > 299)
		return agent_answer_refused(&a, path, e);
	*answer_out = NULL;
	return a.body.len == 0 || json_read(buf_span(&a.body), answer_out, e);
}

json_t *agent_heartbeat_json(const struct publication *held, const char *name, uint16_t port)
{
	json_t *ipcer = json_array();
	bool good = ipcer != NULL;

	for (size_t i = 0; good && i < held->ipcer.n; i++)
		good = json_array_append_new(ipcer, json_string(held->ipcer.items[i]->id)) == 0;
	if (!good) {
		json_decref(ipcer);
		return NULL;
	}
	return json_pack("{s:I, s:s, s:o, s:i, s:s, s:{s:s}, s:{}}", "publication",
			 (json_int_t)held->number, "ntcer_sha256",
			 held->ntcer ? held->ntcer->id : "", "ipcer_sha256", ipcer, "port",
			 (int)port, "name", name, "versions", "agent", PACKAGE_VERSION, "states");
}

/* The payload of the registration: what a heartbeat says, and who says it. */
static json_t *claims(const struct agent_place *place, const struct publication *held,
		      const struct agent_self *self, int64_t now_s)
{
	json_t *o = agent_heartbeat_json(held, self->name, self->port), *more;
	const struct cert *own = self->identity->cert;
	struct buf der AUTO_BUF = BUF_INIT;
	uint8_t random[REGISTER_JTI_BYTES];
	char jti[2 * REGISTER_JTI_BYTES + 1];

	random_bytes(random, sizeof(random));
	hex_lower(span_of(random, sizeof(random)), jti);
	base64_encode(span_of(own->der, own->der_len), &der);
	more = json_pack("{s:s, s:s, s:s, s:I, s:s, s:s}", "iss", self->id, "aud", "register",
			 "server", place->host, "iat", (json_int_t)now_s, "jti", jti, "certificate",
			 buf_str(&der));
	if (!o || !more || !buf_ok(&der) || json_object_update(o, more) != 0) {
		json_decref(o);
		o = NULL;
	}
	json_decref(more);
	if (o)
		(void)json_object_del(o, "states");
	return o;
}

bool agent_register(const struct agent_place *place, const struct publication *held,
		    const struct agent_self *self, int64_t now_s, struct agent_registration *out,
		    struct err *e)
{
	const struct agent_link l = {.place = place, .pins = &held->ipcer, .id = self->id};
	json_t *payload AUTO_JSON = claims(place, held, self, now_s), *body AUTO_JSON = NULL,
			*answer AUTO_JSON = NULL;
	struct buf token AUTO_BUF = BUF_INIT;
	const char *id = "", *secret = "";

	if (!payload)
		return err_nomem(e);
	if (!jws_sign(&self->identity->pkcs8, self->identity->cert, AGENT_REGISTER_TYP, payload,
		      &token, e))
		return false;
	body = json_pack("{s:s}", "token", buf_str(&token));
	if (!body)
		return err_nomem(e);
	*out = (struct agent_registration){.heartbeat_s = AGENT_HEARTBEAT_DEFAULT_S};
	if (!call(&l, "/register", body, &answer, e) || !json_get_str(answer, "id", &id, e) ||
	    !json_get_str(answer, "secret", &secret, e) ||
	    !json_get_int_opt(answer, "heartbeat_seconds", 1, AGENT_HEARTBEAT_MAX_S,
			      &out->heartbeat_s, e) ||
	    !json_get_int_opt(answer, "publication", 0, INT64_MAX, &out->publication, e))
		return false;
	if (strcmp(id, self->id) != 0 || !secret[0] || strlen(secret) > SHA256_BYTES * 4)
		return err_reason(e, "agent.unproved", "the server registered somebody else");
	return secret_set(&out->secret, secret, strlen(secret), e);
}

bool agent_heartbeat(const struct agent_link *l, const json_t *body, struct agent_heartbeat *out,
		     struct err *e)
{
	json_t *answer AUTO_JSON = NULL;

	*out = (struct agent_heartbeat){.heartbeat_s = AGENT_HEARTBEAT_DEFAULT_S, .updates = -1};
	return call(l, "/heartbeat", body, &answer, e) &&
	       json_get_int(answer, "publication", 0, INT64_MAX, &out->publication, e) &&
	       json_get_int_opt(answer, "heartbeat_seconds", 1, AGENT_HEARTBEAT_MAX_S,
				&out->heartbeat_s, e) &&
	       json_get_int_opt(answer, "configuration", 0, INT64_MAX, &out->revision, e) &&
	       json_get_int_opt(answer, "catalogue", 0, INT64_MAX, &out->catalogue, e) &&
	       json_get_bool_opt(answer, "inventory", &out->wants_inventory, e) &&
	       json_get_int_opt(answer, "updates", 0, INT64_MAX, &out->updates, e);
}

bool agent_configuration_get(const struct agent_link *l, struct agent_configuration *out,
			     struct err *e)
{
	struct agent_configuration c = *out;
	const char *policy = agent_root_policy_name(c.root_policy);
	json_t *answer AUTO_JSON = NULL;

	if (!call(l, "/configuration", NULL, &answer, e) ||
	    !json_get_int(answer, "revision", 0, INT64_MAX, &c.revision, e) ||
	    !json_get_int_opt(answer, "heartbeat_seconds", 1, AGENT_HEARTBEAT_MAX_S, &c.heartbeat_s,
			      e) ||
	    !json_get_int_opt(answer, "skew_seconds", 0, COMMAND_SKEW_MAX_S, &c.skew_s, e) ||
	    !json_get_str_opt(answer, "root_update_policy", &policy, e) ||
	    !json_get_bool_opt(answer, "ipc_signatures", &c.ipc_signatures, e))
		return false;
	c.root_policy = agent_root_policy_of(policy);
	*out = c;
	return true;
}

bool agent_updates_get(const struct agent_link *l, json_t **out, struct err *e)
{
	return call(l, "/updates", NULL, out, e);
}

bool agent_say(const struct agent_link *l, const char *path, const json_t *body, struct err *e)
{
	json_t *answer AUTO_JSON = NULL;

	return call(l, path, body, &answer, e);
}

bool agent_unregister(const struct agent_link *l, struct err *e)
{
	json_t *body AUTO_JSON = json_object();

	if (!body)
		return err_nomem(e);
	if (agent_say(l, "/unregister", body, e))
		return true;
	if (!err_is(e, "agent.unknown"))
		return false;
	*e = (struct err)ERR_INIT;
	return true;
}
