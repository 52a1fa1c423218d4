/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/chain.h"

#include "base/json.h"
#include "core/certs/cert_rows.h"
#include "core/certs/certs.h"
#include "core/certs/trust_stores.h"
#include "core/view/view.h"

#include <string.h>

bool chain_of(struct core *c, struct cert *cert, struct issuer_chain *out, struct err *e)
{
	struct trust_view *view = NULL;
	bool good;

	if (!trust_stores_view(c, &view, e))
		return false;
	good = trust_issuer_chain(view, cert, core_now_s(c), out, e);
	trust_view_unref(view);
	return good;
}

struct link {
	const struct cert *cert;
	int64_t now_s;
	json_t *out;
};

static bool is_in(const json_t *stores, const char *name)
{
	const json_t *s;
	size_t i;

	json_array_foreach(stores, i, s) if (strcmp(json_string_value(s), name) == 0) return true;
	return false;
}

/* What is wrong with this link by itself; how the links fit is what made them a chain. */
static const char *link_verdict(const struct link *l, const json_t *stores)
{
	if (is_in(stores, "Disallowed"))
		return "store.disallowed";
	if (l->now_s < l->cert->not_before_s)
		return "validity.not_yet";
	if (l->now_s > l->cert->not_after_s)
		return "validity.expired";
	return "ok";
}

static bool link_take(void *arg, const struct store_cert *row, struct err *e)
{
	struct link *l = arg;
	json_t *o = view_certificate(l->cert, row), *stores;

	stores = json_object_get(o, "stores");
	if (!o ||
	    json_object_set_new(o, "store",
				json_array_size(stores) ? json_copy(json_array_get(stores, 0))
							: json_null()) != 0 ||
	    json_object_set_new(o, "verdict", json_string(link_verdict(l, stores))) != 0) {
		json_decref(o);
		return err_nomem(e);
	}
	l->out = o;
	return true;
}

static bool link_add(struct core *c, const struct cert *cert, json_t *items, struct err *e)
{
	struct link l = {.cert = cert, .now_s = core_now_s(c)};

	if (!store_cert_named(core_store(c), cert->id, NULL, link_take, &l, e))
		return false;
	if (!l.out)
		return true; /* gone since: the chain is shown without it */
	return json_array_append_new(items, l.out) == 0 || err_nomem(e);
}

bool certs_chain(struct core *c, const char *name, json_t **out, struct err *e)
{
	struct issuer_chain chain AUTO(issuer_chain_clear) = {.ends_in_root = false};
	struct cert *cert AUTO_CERT = NULL;
	struct cert_found f;
	json_t *items AUTO_JSON = json_array();

	if (!items)
		return err_nomem(e);
	if (!cert_row_find(c, name, true, &f, e) || !cert_row_cert(c, f.sha256, &cert, e) ||
	    !chain_of(c, cert, &chain, e) || !link_add(c, cert, items, e))
		return false;
	for (size_t i = 0; i < chain.certs.n; i++)
		if (!link_add(c, chain.certs.items[i], items, e))
			return false;
	*out = json_pack("{s:O, s:b, s:b}", "items", items, "complete",
			 chain.ends_self_signed || f.self_signed, "trusted", chain.ends_in_root);
	return *out || err_nomem(e);
}
