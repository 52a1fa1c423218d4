/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/served_build.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/bindings/material.h"
#include "core/bindings/plan.h"
#include "core/bindings/self_made.h"
#include "core/certs/trust_stores.h"
#include "core/console/settings.h"
#include "core/trust/issuer_list.h"
#include "store/changes.h"

#include <stdio.h>
#include <string.h>

/* What one build reads, all within one read transaction. */
struct rows {
	struct binding_rows bindings;
	struct path_rule_row *rules;
	size_t n_rules;
	struct listener_row *listeners;
	size_t n_listeners;
};

static void rows_clear(struct rows *r)
{
	binding_rows_clear(&r->bindings);
	mem_free(r->rules);
	mem_free(r->listeners);
}

static bool rules_take(const struct rows *rows, struct served_binding *b, struct err *e)
{
	b->asks_client_cert = b->client_certs != CLIENT_CERTS_IGNORE;
	for (size_t i = 0; i < rows->n_rules; i++) {
		const struct path_rule_row *r = &rows->rules[i];
		struct path_rule *grown;

		if (r->binding_id != b->id)
			continue;
		grown = mem_grow(b->path_rules, b->n_path_rules, b->n_path_rules + 1,
				 sizeof *grown);
		if (!grown)
			return err_nomem(e);
		b->path_rules = grown;
		text_copy(grown[b->n_path_rules].prefix, sizeof grown->prefix, r->prefix);
		grown[b->n_path_rules].client_certs = (enum client_certs)r->client_certs;
		b->n_path_rules++;
		b->asks_client_cert |= r->client_certs != CLIENT_CERTS_IGNORE;
	}
	return true;
}

static bool fall_back(struct core *c, struct served_binding *b, const char *why, struct err *e)
{
	cert_unref(b->cert);
	b->cert = NULL;
	cert_list_clear(&b->chain);
	secret_clear(&b->pkcs8);
	b->degraded = true;
	text_copy(b->degraded_why, sizeof b->degraded_why, why);
	return fallback_get(c, &b->cert, &b->pkcs8, e);
}

/* An expired certificate is still what the administrator bound: it is shown, and said to be so. */
static void validity_note(struct core *c, struct served_binding *b)
{
	int64_t now = core_now_s(c);
	char when[RFC3339_SIZE];

	if (now >= b->cert->not_before_s && now <= b->cert->not_after_s)
		return;
	b->degraded = true;
	time_rfc3339(now < b->cert->not_before_s ? b->cert->not_before_s : b->cert->not_after_s,
		     when);
	(void)snprintf(b->degraded_why, sizeof b->degraded_why, "the bound certificate %s %s",
		       now < b->cert->not_before_s ? "is not valid before" : "expired on", when);
}

static bool material_take(struct core *c, const struct trust_view *view, struct served_binding *b,
			  struct err *e)
{
	struct material m AUTO_MATERIAL = MATERIAL_INIT;

	if (!material_load(c, b->bound_sha256, view, &m, e))
		return false;
	if (m.state != MATERIAL_GOOD)
		return fall_back(c, b, m.why, e);
	b->cert = m.cert;
	b->chain = m.chain;
	secret_move(&b->pkcs8, &m.pkcs8);
	m.cert = NULL;
	m.chain = (struct cert_list)CERT_LIST_INIT;
	validity_note(c, b);
	return true;
}

static bool binding_take(struct core *c, const struct rows *rows, const struct binding_row *row,
			 const struct trust_view *view, struct served_binding *b, struct err *e)
{
	struct change_row open AUTO_CHANGE_ROW = CHANGE_ROW_INIT;
	bool is_open = false;

	b->id = row->id;
	binding_row_endpoint(row, &b->endpoint);
	text_copy(b->bound_sha256, sizeof b->bound_sha256, row->state.cert);
	b->client_certs = (enum client_certs)row->state.client_certs;
	text_copy(b->issuer_store, sizeof b->issuer_store, row->state.issuer_store);
	b->revocation = (enum revocation_check)row->state.revocation;
	b->revocation_cached_only = row->state.revocation_cached_only;
	b->revocation_freshness_s = row->state.revocation_freshness_s;
	b->check_usage = row->state.check_usage;
	b->agents = row->state.agents;
	if (!change_row_open(core_store(c), row->id, &open, &is_open, e))
		return false;
	/* what the proof alone confirms waits for nobody's connection */
	if (is_open && open.state == CHANGE_COMMITTED && open.confirm_within_s > 0)
		text_copy(b->staged_change, sizeof b->staged_change, open.id);
	return rules_take(rows, b, e) && material_take(c, view, b, e);
}

static bool issuers_take(struct core *c, const struct served *s, struct served_binding *b,
			 struct err *e)
{
	if (!s->send_issuer_list || !b->asks_client_cert)
		return true;
	return issuer_list_hints(c, b->issuer_store[0] ? b->issuer_store : NULL, s->trust_mode,
				 &b->issuers, e);
}

static bool binding_copy(const struct served_binding *from, struct served_binding *to,
			 struct err *e)
{
	*to = *from;
	to->cert = cert_ref(from->cert);
	to->chain = (struct cert_list)CERT_LIST_INIT;
	to->issuers = (struct cert_list)CERT_LIST_INIT;
	to->pkcs8 = (struct secret)SECRET_INIT;
	to->path_rules = NULL;
	for (size_t i = 0; i < from->chain.n; i++)
		if (!cert_list_add(&to->chain, from->chain.items[i], e))
			return false;
	for (size_t i = 0; i < from->issuers.n; i++)
		if (!cert_list_add(&to->issuers, from->issuers.items[i], e))
			return false;
	if (from->n_path_rules) {
		to->path_rules =
			mem_dup(from->path_rules, from->n_path_rules * sizeof *from->path_rules);
		if (!to->path_rules)
			return err_nomem(e);
	}
	return secret_set(&to->pkcs8, from->pkcs8.data, from->pkcs8.len, e);
}

static bool has_default_there(const struct served *s, const struct listener_row *l)
{
	for (size_t i = 0; i < s->n_bindings; i++)
		if (s->bindings[i].endpoint.port == l->port && !s->bindings[i].endpoint.host[0] &&
		    strcmp(s->bindings[i].endpoint.ip, l->ip) == 0)
			return true;
	return false;
}

/* The further listeners of this run carry the default binding, which stands first. */
static bool listeners_take(const struct rows *rows, struct served *s, struct err *e)
{
	for (size_t i = 0; i < rows->n_listeners; i++) {
		const struct listener_row *l = &rows->listeners[i];
		struct served_binding *b = &s->bindings[s->n_bindings];

		if (s->n_bindings == 0 || has_default_there(s, l))
			continue;
		s->n_bindings++;
		if (!binding_copy(&s->bindings[0], b, e))
			return false;
		text_copy(b->endpoint.ip, sizeof b->endpoint.ip, l->ip);
		b->endpoint.port = l->port;
	}
	return true;
}

static bool settings_take(struct core *c, struct served *s, struct err *e)
{
	struct buf name AUTO_BUF = BUF_INIT;
	int64_t mode = 0, hints = 0, hsts = 0;

	if (!settings_get_str(c, "server_name", &name, e) ||
	    !settings_get_int(c, "trust_mode", &mode, e) ||
	    !settings_get_int(c, "send_trusted_issuer_list", &hints, e) ||
	    !settings_get_int(c, "hsts", &hsts, e))
		return false;
	text_copy(s->server_name, sizeof s->server_name, buf_str(&name));
	s->trust_mode = (enum trust_mode)mode;
	s->send_issuer_list = hints != 0;
	s->hsts = hsts != 0;
	return true;
}

static bool read_all(struct core *c, struct rows *rows, struct served *s, struct err *e)
{
	struct store *db = core_store(c);

	if (!store_counter(db, COUNTER_TLS_GENERATION, &s->tls_generation, e) ||
	    !store_counter(db, COUNTER_TRUST_GENERATION, &s->trust_generation, e) ||
	    !settings_take(c, s, e) || !trust_stores_view(c, &s->view, e) ||
	    !binding_row_list(db, &rows->bindings, e) ||
	    !path_rule_list(db, &rows->rules, &rows->n_rules, e) ||
	    !listener_list(db, &rows->listeners, &rows->n_listeners, e))
		return false;
	s->bindings = mem_array(rows->bindings.n + rows->n_listeners + 1, sizeof *s->bindings);
	if (!s->bindings)
		return err_nomem(e);
	for (size_t i = 0; i < rows->bindings.n; i++) {
		s->n_bindings++;
		if (!binding_take(c, rows, &rows->bindings.items[i], s->view, &s->bindings[i], e) ||
		    !issuers_take(c, s, &s->bindings[i], e))
			return false;
	}
	return listeners_take(rows, s, e);
}

/* What the TLS library would refuse must not keep the others from being served. */
static bool scratch_load(struct core *c, struct served *s, struct err *e)
{
	const struct core_hooks *h = core_hooks(c);

	for (size_t i = 0; h->try_load && i < s->n_bindings; i++) {
		struct served_binding *b = &s->bindings[i];
		struct err why = ERR_INIT;

		if (h->try_load(h->arg, b->cert, &b->chain, &b->pkcs8, &why))
			continue;
		if (!fall_back(c, b, why.text, e))
			return false;
	}
	return true;
}

bool served_build(struct core *c, struct served **out, struct err *e)
{
	struct rows rows AUTO(rows_clear) = {.n_rules = 0};
	struct served *s AUTO(served_autop) = mem_new(struct served);
	bool good;

	if (!s)
		return err_nomem(e);
	atomic_init(&s->refs, 1);
	if (!store_begin_read(core_store(c), e))
		return false;
	good = read_all(c, &rows, s, e);
	store_rollback(core_store(c));
	if (!good || !scratch_load(c, s, e))
		return err_wrap(e, "cannot build what is served");
	*out = s;
	s = NULL;
	return true;
}
