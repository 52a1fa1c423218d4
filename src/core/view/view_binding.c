/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/view/view_binding.h"

#include "base/json.h"
#include "base/reason.h"
#include "core/bindings/material.h"
#include "core/bindings/path_rules.h"
#include "core/bindings/plan.h"
#include "core/view/view.h"

#include <stdio.h>
#include <string.h>

const char *client_certs_name(int v)
{
	static const char *const names[] = {"ignore", "accept", "require"};

	return v >= 0 && v < (int)ARRAY_LEN(names) ? names[v] : "ignore";
}

const char *revocation_name(int v)
{
	static const char *const names[] = {[REVOCATION_OFF] = "off",
					    [REVOCATION_CHECK] = "check",
					    [REVOCATION_SOFT] = "soft",
					    [REVOCATION_LAST_GOOD] = "last_good"};

	return v >= 0 && v < (int)ARRAY_LEN(names) ? names[v] : "off";
}

bool revocation_parse(const char *name, int *out)
{
	for (int i = REVOCATION_OFF; i <= REVOCATION_LAST_GOOD; i++)
		if (strcmp(name, revocation_name(i)) == 0) {
			*out = i;
			return true;
		}
	return false;
}

/* DefaultCertCheckMode of http.sys: what an administrator of IIS looks for. */
static int cert_check_mode(const struct binding_state *s)
{
	return (s->revocation == REVOCATION_OFF ? 1 : 0) | (s->revocation_cached_only ? 2 : 0) |
	       (s->revocation_freshness_s > 0 ? 4 : 0) | (s->check_usage ? 0 : 0x10000);
}

json_t *binding_state_view(const struct binding_state *s)
{
	return json_pack("{s:s, s:s, s:s?, s:s, s:b, s:I, s:b, s:i, s:b, s:o}", "cert", s->cert,
			 "client_certs", client_certs_name(s->client_certs), "issuer_store",
			 s->issuer_store[0] ? s->issuer_store : NULL, "revocation",
			 revocation_name(s->revocation), "revocation_cached_only",
			 s->revocation_cached_only, "revocation_freshness_s",
			 (json_int_t)s->revocation_freshness_s, "check_usage", s->check_usage,
			 "cert_check_mode", cert_check_mode(s), "agents", s->agents, "path_rules",
			 path_rules_view(s->path_rules));
}

static json_t *id_or_null(int64_t id)
{
	return id ? json_sprintf("%lld", (long long)id) : json_null();
}

/* What was stored as JSON was written by us. */
static json_t *checks_of(const struct change_row *r)
{
	json_t *checks = NULL;
	struct err ignored = ERR_INIT;

	if (!r->checks || !json_read(span_str(r->checks), &checks, &ignored))
		return json_array();
	return checks;
}

json_t *change_before_view(const struct change_row *r)
{
	if (r->kind == CHANGE_OF_TRUST_MODE)
		return json_pack("{s:i}", "trust_mode", r->mode_before);
	return r->has_before ? binding_state_view(&r->before) : json_null();
}

json_t *change_after_view(const struct change_row *r)
{
	if (r->kind == CHANGE_OF_TRUST_MODE)
		return json_pack("{s:i}", "trust_mode", r->mode_after);
	return binding_state_view(&r->after);
}

json_t *change_view(const struct change_row *r)
{
	json_t *o =
		json_pack("{s:s?, s:o, s:s, s:s, s:o, s:o, s:b, s:o, s:o, s:I}", "id",
			  r->id[0] ? r->id : NULL, "binding", id_or_null(r->binding_id), "endpoint",
			  r->endpoint, "state", change_state_name(r->state), "confirm_until",
			  view_time_or_null(r->confirm_until_s), "checks", checks_of(r), "proved",
			  r->proved, "before", change_before_view(r), "after", change_after_view(r),
			  r->kind == CHANGE_OF_TRUST_MODE ? "trust_generation" : "tls_generation",
			  (json_int_t)r->generation);
	json_t *more = json_pack(
		"{s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:o}", "kind",
		r->kind == CHANGE_OF_TRUST_MODE ? "trust_mode" : "binding", "created",
		view_time_or_null(r->created_s), "committed", view_time_or_null(r->committed_s),
		"ended", view_time_or_null(r->ended_s), "by", json_text(span_str(r->actor)), "via",
		r->via, "override",
		r->override_reason[0] ? json_text(span_str(r->override_reason)) : json_null(),
		"evidence", json_text(span_str(r->evidence)));

	if (!o || !more || json_object_update(o, more) != 0 ||
	    json_object_set_new(o, "wait_agents", json_integer((json_int_t)r->wait_agents)) != 0 ||
	    json_object_set_new(o, "version", json_integer((json_int_t)r->version)) != 0) {
		json_decref(o);
		o = NULL;
	}
	json_decref(more);
	return o;
}

static bool open_change_add(struct core *c, const struct binding_row *row, json_t *o, struct err *e)
{
	struct change_row open AUTO_CHANGE_ROW = CHANGE_ROW_INIT,
			       last AUTO_CHANGE_ROW = CHANGE_ROW_INIT;
	bool is_open = false, has_last = false;
	json_t *change;

	if (!change_row_open(core_store(c), row->id, &open, &is_open, e) ||
	    !change_row_latest(core_store(c), row->id, &last, &has_last, e))
		return false;
	change = is_open ? json_pack("{s:s, s:s, s:o}", "id", open.id, "state",
				     change_state_name(open.state), "confirm_until",
				     view_time_or_null(open.confirm_until_s))
			 : json_null();
	if (json_object_set_new(o, "change", change) != 0 ||
	    json_object_set_new(o, "proved", json_boolean(!has_last || last.proved)) != 0)
		return err_nomem(e);
	return true;
}

static bool material_add(struct core *c, const struct binding_row *row, json_t *o, struct err *e)
{
	struct material m AUTO_MATERIAL = MATERIAL_INIT;
	const char *why = NULL, *remedy = NULL;
	int64_t now = core_now_s(c);

	if (!material_load(c, row->state.cert, NULL, &m, e))
		return false;
	if (m.state != MATERIAL_GOOD)
		why = m.why, remedy = m.remedy;
	else if (m.cert->not_after_s < now)
		why = "the certificate has expired",
		remedy = "Renew it, import the new one and bind it: 'certbinder bind set'; check "
			 "the machine's clock.";
	else if (m.cert->not_before_s > now)
		why = "the certificate is not valid yet",
		remedy = reason_find("validity.not_yet")->remedy;
	if (json_object_set_new(o, "thumbprint",
				m.cert ? json_string(m.cert->thumbprint) : json_null()) != 0 ||
	    json_object_set_new(o, "not_after",
				m.cert ? json_time(m.cert->not_after_s) : json_null()) != 0 ||
	    json_object_set_new(o, "degraded", json_boolean(why != NULL)) != 0 ||
	    json_object_set_new(o, "degraded_why", view_text_or_null(why)) != 0 ||
	    json_object_set_new(o, "degraded_remedy", view_text_or_null(remedy)) != 0)
		return err_nomem(e);
	return true;
}

bool binding_view(struct core *c, const struct binding_row *row, json_t **out, struct err *e)
{
	char endpoint[320];
	json_t *state = binding_state_view(&row->state);
	json_t *o AUTO_JSON = NULL;

	binding_row_text(row, endpoint, sizeof endpoint);
	o = json_pack("{s:o, s:s, s:i, s:s, s:s, s:b, s:I}", "id", id_or_null(row->id), "ip",
		      row->ip, "port", (int)row->port, "host", row->host, "endpoint", endpoint,
		      "default", row->is_default, "version", (json_int_t)row->version);
	if (!o || !state || json_object_update(o, state) != 0) {
		json_decref(state);
		return err_nomem(e);
	}
	json_decref(state);
	if (!open_change_add(c, row, o, e) || !material_add(c, row, o, e))
		return false;
	*out = o;
	o = NULL;
	return true;
}
