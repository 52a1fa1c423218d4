/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/bind_body.h"
#include "api/resources.h"
#include "core/bindings/path_rules.h"

#include <string.h>

static bool one_of(const char *text, const char *const *words, size_t n, const char *member,
		   int *out, struct err *e)
{
	for (size_t i = 0; text && i < n; i++)
		if (strcmp(words[i], text) == 0) {
			*out = (int)i;
			return true;
		}
	return !text || json_refuse(e, member, "cannot be '%.40s'", text);
}

bool bind_body_read(struct api_call *c, struct bind_request *r, struct err *e)
{
	static const char *const rules[] = {
		[CLIENT_CERTS_IGNORE] = "ignore",
		[CLIENT_CERTS_ACCEPT] = "accept",
		[CLIENT_CERTS_REQUIRE] = "require",
	};
	static const char *const revocation[] = {
		[REVOCATION_OFF] = "off",
		[REVOCATION_CHECK] = "check",
		[REVOCATION_SOFT] = "soft",
		[REVOCATION_LAST_GOOD] = "last_good",
	};
	const char *rule = NULL, *check = NULL;
	bool agents = false, usage = false, cached_only = false;
	json_t *path_rules = json_object_get(c->body, "path_rules");
	int64_t within = 0, wait = 0;

	if (!json_get_str_opt(c->body, "cert", &r->cert, e) ||
	    !json_get_str_opt(c->body, "client_certs", &rule, e) ||
	    !json_get_str_opt(c->body, "issuer_store", &r->issuer_store, e) ||
	    !json_get_str_opt(c->body, "revocation", &check, e) ||
	    !json_get_str_opt(c->body, "override_reason", &r->override_reason, e) ||
	    !json_get_bool_opt(c->body, "agents", &agents, e) ||
	    !json_get_bool_opt(c->body, "check_usage", &usage, e) ||
	    !json_get_bool_opt(c->body, "revocation_cached_only", &cached_only, e) ||
	    !json_get_int_opt(c->body, "revocation_freshness_s", 0, REVOCATION_FRESHNESS_MAX_S,
			      &r->freshness_s, e) ||
	    (path_rules && !path_rules_from_json(path_rules, r->path_rules, e)) ||
	    !json_get_int_opt(c->body, "confirm_within_s", 0, CONFIRM_WITHIN_MAX_S, &within, e) ||
	    !json_get_int_opt(c->body, "wait_agents", 0, 100, &wait, e) ||
	    !one_of(rule, rules, ARRAY_LEN(rules), "client_certs", &r->client_certs, e) ||
	    !one_of(check, revocation, ARRAY_LEN(revocation), "revocation", &r->revocation, e))
		return false;
	if (json_is_null(json_object_get(c->body, "issuer_store")))
		r->issuer_store = ""; /* null takes it away; absent leaves it */
	if (json_is_true(json_object_get(c->body, "agents")))
		r->agents = 1;
	if (json_is_boolean(json_object_get(c->body, "check_usage")))
		r->check_usage = usage ? 1 : 2;
	if (json_is_boolean(json_object_get(c->body, "revocation_cached_only")))
		r->cached_only = cached_only ? 1 : 2;
	r->sets_freshness = json_is_integer(json_object_get(c->body, "revocation_freshness_s"));
	r->sets_path_rules = path_rules != NULL;
	r->confirm_within_s = (int)within;
	r->wait_agents = (int)wait;
	r->dry_run = c->dry_run;
	r->own_binding = http_peer(c->http)->binding_id;
	r->own_chain = &http_peer(c->http)->client_chain;
	return true;
}
