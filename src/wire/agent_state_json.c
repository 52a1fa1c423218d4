/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/text.h"
#include "wire/agent_state.h"
#include "wire/command.h"

#include <string.h>

/* agent.json: one object; members are added, never given another meaning. */

static json_t *cert_json(const struct cert *c)
{
	struct buf text AUTO_BUF = BUF_INIT;

	base64_encode(span_of(c->der, c->der_len), &text);
	return buf_ok(&text) ? json_string(buf_str(&text)) : NULL;
}

static json_t *certs_json(const struct cert_list *l)
{
	json_t *out = json_array();

	for (size_t i = 0; out && i < l->n; i++)
		if (json_array_append_new(out, cert_json(l->items[i])) != 0) {
			json_decref(out);
			return NULL;
		}
	return out;
}

static json_t *place_json(const struct agent_place *p)
{
	return json_pack("{s:s, s:i, s:i}", "host", p->host, "https_port", (int)p->https_port,
			 "http_port", (int)p->http_port);
}

static json_t *former_json(const struct agent_former *f)
{
	if (!f->place.host[0])
		return json_null();
	return json_pack("{s:o, s:s%, s:o, s:I}", "server", place_json(&f->place), "secret",
			 f->secret.data ? (const char *)f->secret.data : "", f->secret.len, "ipcer",
			 certs_json(&f->pins), "since", (json_int_t)f->since_s);
}

static json_t *refusals_json(const struct agent_state *s)
{
	json_t *out = json_array();

	for (size_t i = 0; out && i < s->n_refusals; i++) {
		const struct agent_refusal *r = &s->refusals[i];
		json_t *o = json_pack("{s:s, s:o, s:I, s:I, s:I}", "reason", r->reason, "detail",
				      json_text(span_str(r->detail)), "last", (json_int_t)r->last_s,
				      "unreported", (json_int_t)r->unreported, "total",
				      (json_int_t)r->total);

		if (json_array_append_new(out, o) != 0) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}

static json_t *configuration_json(const struct agent_configuration *c)
{
	return json_pack("{s:I, s:I, s:I, s:s, s:b}", "revision", (json_int_t)c->revision,
			 "heartbeat_seconds", (json_int_t)c->heartbeat_s, "skew_seconds",
			 (json_int_t)c->skew_s, "root_update_policy",
			 agent_root_policy_name(c->root_policy), "ipc_signatures",
			 (int)c->ipc_signatures);
}

json_t *agent_state_json(const struct agent_state *s)
{
	return json_pack("{s:i, s:s, s:o, s:s%, s:o, s:s%, s:o, s:{s:s, s:i, s:s}, s:o, s:o, s:o,"
			 " s:o, s:I, s:s, s:o}",
			 "version", 1, "id", s->id, "server", place_json(&s->server), "secret",
			 s->secret.data ? (const char *)s->secret.data : "", s->secret.len, "root",
			 s->root ? cert_json(s->root) : json_null(), "publication",
			 s->held.token.data ? (const char *)s->held.token.data : "",
			 s->held.token.len, "former", former_json(&s->former), "listen", "ip",
			 s->listen_ip, "port", (int)s->port, "given", s->listen_given, "commands",
			 replay_json(&s->replay), "configuration",
			 configuration_json(&s->configuration), "trust",
			 catalogue_json(&s->catalogue), "refusals", refusals_json(s),
			 "refusals_reported", (json_int_t)s->refusals_reported_s, "unload_password",
			 s->unload_hash, "updates", agent_updates_json(&s->updates));
}

static bool read_text(const json_t *v, const char *key, char *out, size_t size, struct err *e)
{
	const char *text = "";

	if (!json_get_str(v, key, &text, e))
		return false;
	if (strlen(text) >= size)
		return err_set(e, ERR_FORMAT, "member '%s' is too long", key);
	text_copy(out, size, text);
	return true;
}

static bool read_secret(const json_t *v, struct secret *out, struct err *e)
{
	const char *text = "";

	return json_get_str(v, "secret", &text, e) && secret_set(out, text, strlen(text), e);
}

static bool read_cert(const json_t *v, struct cert **out, struct err *e)
{
	struct buf der AUTO_BUF = BUF_INIT;

	if (!json_is_string(v) || !base64_decode(span_str(json_string_value(v)), &der))
		return err_set(e, ERR_FORMAT, "a certificate is no base64");
	return cert_parse(der.data, der.len, out, e);
}

static bool read_certs(const json_t *v, struct cert_list *out, struct err *e)
{
	for (size_t i = 0; i < json_array_size(v); i++) {
		struct cert *c AUTO_CERT = NULL;

		if (!read_cert(json_array_get(v, i), &c, e) || !cert_list_add(out, c, e))
			return false;
	}
	return true;
}

static bool read_place(const json_t *v, struct agent_place *out, struct err *e)
{
	int64_t https = 0, http = 0;
	json_t *o;

	if (!json_get_object(v, "server", &o, e) ||
	    !read_text(o, "host", out->host, sizeof(out->host), e) ||
	    !json_get_int(o, "https_port", 0, UINT16_MAX, &https, e) ||
	    !json_get_int(o, "http_port", 0, UINT16_MAX, &http, e))
		return false;
	out->https_port = (uint16_t)https;
	out->http_port = (uint16_t)http;
	return true;
}

static bool read_former(const json_t *v, struct agent_former *out, struct err *e)
{
	const json_t *f = json_object_get(v, "former");

	if (!f || json_is_null(f))
		return true;
	return read_place(f, &out->place, e) && read_secret(f, &out->secret, e) &&
	       read_certs(json_object_get(f, "ipcer"), &out->pins, e) &&
	       json_get_int(f, "since", 0, INT64_MAX, &out->since_s, e);
}

static bool read_listen(const json_t *v, struct agent_state *s, struct err *e)
{
	int64_t port = 0;
	json_t *o;

	if (!json_get_object(v, "listen", &o, e) ||
	    !read_text(o, "ip", s->listen_ip, sizeof(s->listen_ip), e) ||
	    !read_text(o, "given", s->listen_given, sizeof(s->listen_given), e) ||
	    !json_get_int(o, "port", 0, UINT16_MAX, &port, e))
		return false;
	s->port = (uint16_t)port;
	return true;
}

static bool read_known(const json_t *v, struct agent_state *s, struct err *e)
{
	const json_t *root = json_object_get(v, "root");
	const char *token = "";

	if (root && !json_is_null(root) && !read_cert(root, &s->root, e))
		return false;
	return json_get_str(v, "publication", &token, e) &&
	       (!token[0] || publication_load(span_str(token), &s->held, e));
}

static bool read_configuration(const json_t *v, struct agent_configuration *c, struct err *e)
{
	const char *policy = agent_root_policy_name(c->root_policy);
	json_t *o;

	if (!json_get_object(v, "configuration", &o, e) ||
	    !json_get_int(o, "revision", 0, INT64_MAX, &c->revision, e) ||
	    !json_get_int(o, "heartbeat_seconds", 1, AGENT_HEARTBEAT_MAX_S, &c->heartbeat_s, e) ||
	    !json_get_int(o, "skew_seconds", 0, COMMAND_SKEW_MAX_S, &c->skew_s, e) ||
	    !json_get_str_opt(o, "root_update_policy", &policy, e) ||
	    !json_get_bool_opt(o, "ipc_signatures", &c->ipc_signatures, e))
		return false;
	c->root_policy = agent_root_policy_of(policy);
	return true;
}

/* A file of before there were catalogues has none. */
static bool read_trust(const json_t *v, struct agent_state *s, struct err *e)
{
	const json_t *o = json_object_get(v, "trust");

	return !o || json_is_null(o) || catalogue_read(o, &s->catalogue, e);
}

static bool read_refusals(const json_t *v, struct agent_state *s, struct err *e)
{
	json_t *list = NULL;

	if (!json_get_array_opt(v, "refusals", &list, e) ||
	    !json_get_int(v, "refusals_reported", 0, INT64_MAX, &s->refusals_reported_s, e))
		return false;
	for (size_t i = 0; i < json_array_size(list) && i < REFUSAL_KINDS_MAX; i++) {
		struct agent_refusal *r = &s->refusals[i];
		const json_t *o = json_array_get(list, i);

		if (!read_text(o, "reason", r->reason, sizeof(r->reason), e) ||
		    !read_text(o, "detail", r->detail, sizeof(r->detail), e) ||
		    !json_get_int(o, "last", 0, INT64_MAX, &r->last_s, e) ||
		    !json_get_int(o, "unreported", 0, INT64_MAX, &r->unreported, e) ||
		    !json_get_int(o, "total", 0, INT64_MAX, &r->total, e))
			return false;
		s->n_refusals = i + 1;
	}
	return true;
}

bool agent_state_read(const json_t *v, struct agent_state *out, struct err *e)
{
	struct agent_state s AUTO_AGENT_STATE;
	int64_t version = 0;
	json_t *commands;

	agent_state_init(&s);
	if (!json_get_int(v, "version", 1, INT64_MAX, &version, e))
		return false;
	if (version > 1)
		return err_reason(e, "store.newer_schema", "version %lld", (long long)version);
	if (!read_text(v, "id", s.id, sizeof(s.id), e) || !read_place(v, &s.server, e) ||
	    !read_secret(v, &s.secret, e) || !read_known(v, &s, e) ||
	    !read_former(v, &s.former, e) || !read_listen(v, &s, e) ||
	    !json_get_object(v, "commands", &commands, e) || !replay_read(commands, &s.replay, e) ||
	    !read_configuration(v, &s.configuration, e) || !read_trust(v, &s, e) ||
	    !read_refusals(v, &s, e) ||
	    !read_text(v, "unload_password", s.unload_hash, sizeof(s.unload_hash), e) ||
	    !agent_updates_read(json_object_get(v, "updates"), &s.updates, e))
		return false;
	*out = s;
	agent_state_init(&s);
	return true;
}
