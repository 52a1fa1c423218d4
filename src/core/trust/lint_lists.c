/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/lint.h"

#include "base/json.h"
#include "core/console/settings.h"
#include "core/trust/crl_points.h"
#include "core/trust/trust.h"

#include <stdio.h>
#include <string.h>

/*
 * What is wrong with the whole: issuer lists that hide roots, modes that fall back to Root, lists
 * too long to be sent, revocation lists about to lapse.
 */

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static bool asks_clients(const json_t *binding)
{
	const char *rule = text(binding, "client_certs");

	return strcmp(rule, "accept") == 0 || strcmp(rule, "require") == 0 ||
	       json_array_size(json_object_get(binding, "path_rules")) > 0;
}

/* Whether some member of the list is this root, or was issued under its name. */
static bool list_reaches(const struct lint_store *list, const struct cert *root)
{
	for (size_t i = 0; i < list->members.n; i++) {
		const struct cert *m = list->members.items[i];

		if (cert_equal(m, root) || name_equal(&m->issuer, &root->subject))
			return true;
	}
	return false;
}

static bool hidden_roots(struct lint *l, const struct lint_store *list, struct err *e)
{
	const struct lint_store *root = lint_store(l, "Root");
	size_t hidden = 0;
	char evidence[160];

	for (size_t i = 0; root && i < root->members.n; i++)
		hidden += root->self_signed[i] && !list_reaches(list, root->members.items[i]);
	if (hidden == 0)
		return true;
	snprintf(evidence, sizeof(evidence), "%zu of %zu members of Root have no CA in %s", hidden,
		 root->members.n, list->name);
	return lint_add(l,
			&(struct lint_finding){
				.rule = "issuer_list.hides_roots",
				.severity = LINT_NOTE,
				.store = list,
				.evidence = evidence,
				.consequence =
					"Clients of those roots get 403.16, though their chains "
					"are complete and their roots are in Root.",
				.cure = "Fine when meant so; else add the issuers of these clients "
					"to the issuer store."},
			e);
}

/* The store that the list of this binding comes from; NULL: Root. */
static const struct lint_store *list_of(const struct lint *l, const json_t *binding)
{
	const char *name = text(binding, "issuer_store");
	const struct lint_store *own = *name ? lint_store(l, name) : NULL;
	const struct lint_store *all = lint_store(l, "ClientAuthIssuer");

	if (own && own->members.n > 0)
		return own;
	return all && all->members.n > 0 ? all : NULL;
}

static bool fallback(struct lint *l, const json_t *binding, struct err *e)
{
	const struct lint_store *root = lint_store(l, "Root");
	char evidence[320];

	if (l->mode == TRUST_MACHINE || !root || root->members.n == 0)
		return true;
	snprintf(evidence, sizeof(evidence),
		 "mode %d, and neither an issuer store of binding %s:%lld:%s nor ClientAuthIssuer "
		 "has members",
		 (int)l->mode, text(binding, "ip"),
		 (long long)json_integer_value(json_object_get(binding, "port")),
		 text(binding, "host"));
	return lint_add(
		l,
		&(struct lint_finding){
			.rule = "mode.falls_back_to_root",
			.severity = LINT_WARNING,
			.about = text(binding, "id"),
			.evidence = evidence,
			.consequence = "Every member of Root decides on clients, which the mode "
				       "was to prevent.",
			.cure = "Give the binding an issuer store, or fill ClientAuthIssuer."},
		e);
}

static bool empty_store(struct lint *l, const json_t *binding, struct err *e)
{
	const char *name = text(binding, "issuer_store");
	const struct lint_store *own = *name ? lint_store(l, name) : NULL;

	if (!*name || (own && own->members.n > 0))
		return true;
	return lint_add(
		l,
		&(struct lint_finding){
			.rule = "issuer_store.empty",
			.severity = LINT_WARNING,
			.store = own,
			.about = name,
			.evidence = "a binding names this issuer store, and it has no members",
			.consequence = "It counts as none: ClientAuthIssuer or Root decide "
				       "instead.",
			.cure = "Import the issuers of your clients into it."},
		e);
}

static bool too_long(struct lint *l, const json_t *binding, struct err *e)
{
	json_t *list AUTO_JSON = NULL;
	int64_t sent;
	json_int_t bytes;
	char evidence[80];

	if (!settings_get_int(l->c, "send_trusted_issuer_list", &sent, e))
		return false;
	if (!sent)
		return true;
	if (!trust_issuer_list(l->c, text(binding, "id"), &list, e))
		return false;
	bytes = json_integer_value(json_object_get(list, "size_bytes"));
	snprintf(evidence, sizeof(evidence), "%lld bytes of names", (long long)bytes);
	return bytes <= ISSUER_LIST_LIMIT_BYTES ||
	       lint_add(l,
			&(struct lint_finding){
				.rule = "issuer_list.too_long",
				.severity = LINT_WARNING,
				.about = text(binding, "id"),
				.evidence = evidence,
				.consequence =
					"Over 16 KB some clients cut the list off and find no "
					"certificate to send: 403.7.",
				.cure = "Use an issuer store with the few issuers of your clients, "
					"or "
					"switch send_trusted_issuer_list off."},
			e);
}

static bool one_binding(struct lint *l, const json_t *binding, struct err *e)
{
	const struct lint_store *list = list_of(l, binding);

	if (!empty_store(l, binding, e) || !too_long(l, binding, e))
		return false;
	if (!list)
		return fallback(l, binding, e);
	return l->mode != TRUST_MACHINE || hidden_roots(l, list, e);
}

static bool checks_revocation(const struct lint *l)
{
	size_t i;
	const json_t *b;

	json_array_foreach(l->bindings, i, b)
	{
		if (strcmp(text(b, "revocation"), "off") != 0)
			return true;
	}
	return false;
}

static bool crl_finding(struct lint *l, const json_t *issuer, const char *rule,
			const char *evidence, const char *consequence, const char *cure,
			struct err *e)
{
	return lint_add(l,
			&(struct lint_finding){.rule = rule,
					       .severity = LINT_WARNING,
					       .about = text(issuer, "issuer"),
					       .evidence = evidence,
					       .consequence = consequence,
					       .cure = cure},
			e);
}

/* The list that speaks for an issuer: lapsed, about to lapse, or not there where it is asked for. */
static bool issuer_state(struct lint *l, const json_t *issuer, struct err *e)
{
	const char *state = text(issuer, "state");
	char evidence[360];

	snprintf(evidence, sizeof(evidence), "list of %.256s, next update %s",
		 text(issuer, "issuer"),
		 *text(issuer, "next_update") ? text(issuer, "next_update") : "unknown");
	if (strcmp(state, "stale") == 0)
		return crl_finding(l, issuer, "crl.stale", evidence,
				   "Where revocation is checked, clients of this issuer get "
				   "403.13 with 2148081683, unless the last good list counts.",
				   "Fetch the issuer's present list, or import it.", e);
	if (json_is_true(json_object_get(issuer, "lapses_soon")))
		return crl_finding(l, issuer, "crl.lapses_soon", evidence,
				   "Where revocation is checked, clients of this issuer get "
				   "403.13 once the list has lapsed.",
				   "Fetch the issuer's present list, or import it.", e);
	if (strcmp(state, "missing") != 0 || !checks_revocation(l))
		return true;
	snprintf(evidence, sizeof(evidence), "no list of %.256s", text(issuer, "issuer"));
	return crl_finding(l, issuer, "crl.missing", evidence,
			   "Where revocation is checked, clients of this issuer get 403.13.",
			   "Import its list, or list its distribution point in crl_egress.", e);
}

static bool issuer_points(struct lint *l, const json_t *issuer, struct err *e)
{
	size_t i;
	const json_t *point;
	char evidence[360];

	json_array_foreach(json_object_get(issuer, "points"), i, point)
	{
		if (json_integer_value(json_object_get(point, "failures")) == 0 ||
		    !json_is_true(json_object_get(point, "allowed")))
			continue;
		snprintf(evidence, sizeof(evidence), "%.200s: %.140s", text(point, "url"),
			 text(point, "error"));
		return crl_finding(
			l, issuer, "crl.fetch_fails", evidence,
			"The list is not renewed by itself, and will lapse.",
			"Make the distribution point answer, or import the list by hand.", e);
	}
	return true;
}

bool lint_lists(struct lint *l, struct err *e)
{
	json_t *crls AUTO_JSON = NULL;
	size_t i;
	const json_t *item;

	json_array_foreach(l->bindings, i, item)
	{
		if (asks_clients(item) && !one_binding(l, item, e))
			return false;
	}
	if (!crls_issuers(l->c, &crls, e))
		return false;
	json_array_foreach(json_object_get(crls, "items"), i, item)
	{
		if (!issuer_state(l, item, e) || !issuer_points(l, item, e))
			return false;
	}
	return true;
}
