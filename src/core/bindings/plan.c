/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/plan.h"

#include "base/num.h"
#include "base/text.h"
#include "core/certs/certs.h"
#include "core/console/settings.h"
#include "store/stores.h"
#include "trust/judge.h"

#include <string.h>

void binding_row_endpoint(const struct binding_row *row, struct endpoint *out)
{
	*out = (struct endpoint){.port = row->port};
	text_copy(out->ip, sizeof out->ip, row->ip);
	text_copy(out->host, sizeof out->host, row->host);
}

static void text_of(const struct endpoint *ep, char *out, size_t size)
{
	struct buf b AUTO_BUF = BUF_INIT;

	endpoint_text(ep, &b);
	text_copy(out, size, buf_str(&b));
}

void binding_row_text(const struct binding_row *row, char *out, size_t size)
{
	struct endpoint ep;

	binding_row_endpoint(row, &ep);
	text_of(&ep, out, size);
}

/* found false: text is a good endpoint that has no binding; *ep_out is then set. */
static bool look_up(struct core *c, const char *text, struct binding_row *row,
		    struct endpoint *ep_out, bool *found, struct err *e)
{
	uint64_t id;

	if (strcmp(text, "default") == 0) {
		if (!binding_row_default(core_store(c), row, found, e))
			return false;
		if (!*found)
			return err_reason(e, "binding.not_found",
					  "there is no default binding before the first start");
	} else if (num_u64(text, INT64_MAX, &id)) {
		if (!binding_row_by_id(core_store(c), (int64_t)id, row, found, e))
			return false;
		if (!*found)
			return err_reason(e, "binding.not_found", "there is no binding %s", text);
	} else {
		return endpoint_parse(text, ep_out, e) &&
		       binding_row_by_key(core_store(c), ep_out->ip, ep_out->port, ep_out->host,
					  row, found, e);
	}
	binding_row_endpoint(row, ep_out);
	return true;
}

bool binding_find(struct core *c, const char *id_or_endpoint, struct binding_row *out,
		  struct err *e)
{
	struct endpoint ep;
	bool found = false;

	if (!look_up(c, id_or_endpoint, out, &ep, &found, e))
		return false;
	if (!found)
		return err_reason(e, "binding.not_found", "there is no binding %.200s",
				  id_or_endpoint);
	return true;
}

static bool plan_cert(struct core *c, const struct bind_request *r, struct bind_plan *p,
		      struct err *e)
{
	struct cert *cert AUTO_CERT = NULL;

	if (!r->cert) {
		if (!p->has_before)
			return err_set(e, ERR_INVALID, "a new binding needs a certificate");
		return true;
	}
	/* What is bound may be named by its own fingerprint even when its row is gone. */
	if (p->has_before && strcmp(r->cert, p->before.state.cert) == 0)
		return true;
	if (!certs_find(c, r->cert, &cert, e))
		return false;
	text_copy(p->after.cert, sizeof p->after.cert, cert->id);
	return true;
}

static bool plan_issuer_store(struct core *c, const char *name, struct bind_plan *p, struct err *e)
{
	struct store_row row;
	bool found = false;

	if (!name)
		return true;
	if (name[0] == '\0') {
		p->after.issuer_store[0] = '\0';
		return true;
	}
	if (!store_row_find(core_store(c), name, &row, &found, e))
		return false;
	if (!found)
		return err_reason(e, "store.not_found", "there is no store '%.60s'", name);
	text_copy(p->after.issuer_store, sizeof p->after.issuer_store, row.name);
	return true;
}

static bool plan_settings(const struct bind_request *r, struct bind_plan *p, struct err *e)
{
	if (r->client_certs < -1 || r->client_certs > CLIENT_CERTS_REQUIRE)
		return err_set(e, ERR_INVALID, "client certificates: ignore, accept or require");
	if (r->revocation < -1 || r->revocation > (int)REVOCATION_LAST_GOOD)
		return err_set(e, ERR_INVALID, "revocation: off, check, last_good or soft");
	if (r->freshness_s < 0 || r->freshness_s > REVOCATION_FRESHNESS_MAX_S)
		return err_set(e, ERR_INVALID, "freshness of %lld s, at most %d",
			       (long long)r->freshness_s, REVOCATION_FRESHNESS_MAX_S);
	if (r->confirm_within_s < 0 || r->confirm_within_s > CONFIRM_WITHIN_MAX_S)
		return err_set(e, ERR_INVALID, "confirmation within %d s, at most %d",
			       r->confirm_within_s, CONFIRM_WITHIN_MAX_S);
	if (r->agents == 0 && p->before.state.agents)
		return err_set(e, ERR_INVALID,
			       "there is always one agents' binding: make another one the agents' "
			       "instead");
	if (r->client_certs >= 0)
		p->after.client_certs = r->client_certs;
	if (r->revocation >= 0)
		p->after.revocation = r->revocation;
	if (r->cached_only != 0)
		p->after.revocation_cached_only = r->cached_only == 1;
	if (r->sets_freshness)
		p->after.revocation_freshness_s = r->freshness_s;
	if (r->agents == 1)
		p->after.agents = true;
	if (r->check_usage != 0)
		p->after.check_usage = r->check_usage == 1;
	if (r->sets_path_rules)
		text_copy(p->after.path_rules, sizeof p->after.path_rules, r->path_rules);
	p->confirm_within_s = r->confirm_within_s;
	p->wait_agents = r->wait_agents;
	p->own_binding = r->own_binding;
	p->own_chain = r->own_chain;
	p->override_reason =
		r->override_reason && r->override_reason[0] ? r->override_reason : NULL;
	return true;
}

static bool state_equal(const struct binding_state *a, const struct binding_state *b)
{
	return strcmp(a->cert, b->cert) == 0 && a->client_certs == b->client_certs &&
	       strcmp(a->issuer_store, b->issuer_store) == 0 && a->revocation == b->revocation &&
	       a->revocation_cached_only == b->revocation_cached_only &&
	       a->revocation_freshness_s == b->revocation_freshness_s &&
	       a->check_usage == b->check_usage && a->agents == b->agents &&
	       strcmp(a->path_rules, b->path_rules) == 0;
}

bool bind_plan_make(struct core *c, const struct bind_request *r, struct bind_plan *out,
		    struct err *e)
{
	struct bind_plan p = {.has_before = false};

	if (!r->endpoint)
		return err_reason(e, "binding.endpoint", "no endpoint was named");
	if (!look_up(c, r->endpoint, &p.before, &p.endpoint, &p.has_before, e))
		return false;
	if (p.endpoint.port == 0)
		return err_reason(e, "binding.endpoint", "'%.100s' has port 0", r->endpoint);
	text_of(&p.endpoint, p.endpoint_text, sizeof p.endpoint_text);
	if (!p.has_before)
		p.before = (struct binding_row){.id = 0};
	p.after = p.before.state;
	if (!p.has_before)
		p.after.check_usage = true;
	if (!plan_cert(c, r, &p, e) || !plan_issuer_store(c, r->issuer_store, &p, e) ||
	    !plan_settings(r, &p, e))
		return false;
	p.changes_cert = strcmp(p.after.cert, p.before.state.cert) != 0;
	p.changes_anything = !p.has_before || !state_equal(&p.after, &p.before.state);
	*out = p;
	return true;
}

bool bind_plan_name(struct core *c, const struct endpoint *ep, char *out, size_t size,
		    struct err *e)
{
	struct buf name AUTO_BUF = BUF_INIT;
	struct host_identity host AUTO(host_identity_clear) = {.n_addresses = 0};

	if (ep->host[0]) {
		text_copy(out, size, ep->host);
		return true;
	}
	if (!settings_get_str(c, "server_name", &name, e))
		return false;
	if (name.len > 0) {
		text_copy(out, size, buf_str(&name));
		return true;
	}
	if (strcmp(ep->ip, "*") != 0) {
		text_copy(out, size, ep->ip);
		return true;
	}
	if (!host_identity_read(&host, e))
		return false;
	text_copy(out, size, host.host);
	return true;
}
