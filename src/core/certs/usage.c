/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/certs/certs.h"

#include "base/json.h"
#include "base/mem.h"
#include "core/certs/cert_rows.h"
#include "core/certs/trust_stores.h"
#include "store/bindings.h"
#include "store/certificates.h"

/* A binding's chain runs through it: taking it away would leave the binding with a gap. */
struct chain_search {
	struct core *c;
	const struct cert *wanted;
	struct trust_view *view;
	json_t *items;
};

static bool binding_add(const struct chain_search *s, const struct binding_row *b, struct err *e)
{
	char *text AUTO_MEM = mem_printf("chain of binding %s:%u:%s", b->ip, b->port, b->host);
	char *id AUTO_MEM = mem_printf("%lld", (long long)b->id);

	return json_array_append_new(s->items, json_pack("{s:s, s:s, s:s}", "kind", "chain", "id",
							 id, "text", text)) == 0 ||
	       err_nomem(e);
}

static bool binding_chain_look(const struct chain_search *s, const struct binding_row *b,
			       struct err *e)
{
	struct issuer_chain chain AUTO(issuer_chain_clear) = {.ends_in_root = false};
	struct cert *leaf AUTO_CERT = NULL;
	struct err why = ERR_INIT;

	if (!cert_row_cert(s->c, b->state.cert, &leaf, &why))
		return why.code != ERR_NOMEM || err_nomem(e); /* a broken one has no chain */
	if (!trust_issuer_chain(s->view, leaf, core_now_s(s->c), &chain, e))
		return false;
	return !cert_list_has(&chain.certs, s->wanted) || binding_add(s, b, e);
}

static bool chains_add(struct core *c, const char *sha256, json_t *items, struct err *e)
{
	struct binding_rows rows AUTO_BINDING_ROWS = {.n = 0};
	struct cert *cert AUTO_CERT = NULL;
	struct chain_search s = {.c = c, .items = items};
	struct err why = ERR_INIT;
	bool good;

	if (!cert_row_cert(c, sha256, &cert, &why))
		return why.code != ERR_NOMEM || err_nomem(e); /* damaged: issuer of nothing */
	if (!cert->is_ca)
		return true;
	if (!binding_row_list(core_store(c), &rows, e))
		return false;
	s.wanted = cert;
	good = trust_stores_view(c, &s.view, e);
	for (size_t i = 0; good && i < rows.n; i++)
		good = binding_chain_look(&s, &rows.items[i], e);
	trust_view_unref(s.view);
	return good;
}

/* [{"kind","name"}] of the row becomes [{"kind","id","text"}]. */
static bool usage_take(void *arg, const struct store_cert *row, struct err *e)
{
	json_t *items = arg, *uses AUTO_JSON = json_loads(row->uses, 0, NULL), *use;
	size_t i;

	json_array_foreach(uses, i, use)
	{
		const char *kind = json_string_value(json_object_get(use, "kind"));
		const char *name = json_string_value(json_object_get(use, "name"));
		char *text AUTO_MEM = mem_printf("%s %s", kind ? kind : "?", name ? name : "?");

		if (json_array_append_new(items,
					  json_pack("{s:s, s:s, s:s}", "kind", kind ? kind : "",
						    "id", name ? name : "", "text", text)) != 0)
			return err_nomem(e);
	}
	return true;
}

bool certs_usage(struct core *c, const char *name, json_t **out, struct err *e)
{
	struct cert_found f;
	json_t *items AUTO_JSON = json_array();

	if (!items)
		return err_nomem(e);
	if (!cert_row_find(c, name, true, &f, e) ||
	    !store_cert_named(core_store(c), f.sha256, NULL, usage_take, items, e) ||
	    !chains_add(c, f.sha256, items, e))
		return false;
	*out = json_pack("{s:O}", "items", items);
	return *out || err_nomem(e);
}
