/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/certs/trust_stores.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/core_impl.h"
#include "core/updates/package.h"
#include "store/certificates.h"
#include "store/crls.h"
#include "store/stores.h"

#include <string.h>

struct members {
	const struct trust_view *known; /* NULL: none */
	struct cert_list *out;
};

static struct cert *known_cert(const struct trust_view *known, const struct store_cert *row)
{
	uint8_t sha256[SHA256_BYTES];
	size_t n;

	if (!known || !hex_decode(row->sha256, strlen(row->sha256), sha256, sizeof(sha256), &n) ||
	    n != sizeof(sha256))
		return NULL;
	return trust_view_known_cert(known, sha256, row->der);
}

/* What does not parse any more (a damaged database) is left out of the view, and said. */
static bool member_add(void *arg, const struct store_cert *row, struct err *e)
{
	const struct members *m = arg;
	struct cert *cert AUTO_CERT = NULL, *known = known_cert(m->known, row);
	struct err why = ERR_INIT;

	if (known)
		return cert_list_add(m->out, known, e);
	if (cert_parse(row->der.p, row->der.len, &cert, &why))
		return cert_list_add(m->out, cert, e);
	if (why.code == ERR_NOMEM)
		return err_nomem(e);
	log_warning("trust.member_unreadable", "sha256=%s why=%s", row->sha256, why.text);
	return true;
}

bool trust_store_members(struct core *c, const char *store, struct cert_list *out, struct err *e)
{
	struct members m = {.known = c->known, .out = out};

	return store_cert_members(core_store(c), store, member_add, &m, e);
}

struct gathered {
	struct core *c;
	struct trust_store *stores;
	struct cert_list *lists;
	struct store_row *rows;
	size_t n;
	struct crl **crls;
	int64_t *crls_checked_s; /* parallel */
	size_t n_crls;
};

static void gathered_clear(struct gathered *g)
{
	for (size_t i = 0; g->lists && i < g->n; i++)
		cert_list_clear(&g->lists[i]);
	for (size_t i = 0; i < g->n_crls; i++)
		crl_unref(g->crls[i]);
	mem_free(g->stores);
	mem_free(g->lists);
	mem_free(g->rows);
	mem_free(g->crls);
	mem_free(g->crls_checked_s);
}

static bool row_add(void *arg, const struct store_row *row, struct err *e)
{
	struct gathered *g = arg;
	struct store_row *rows = mem_grow(g->rows, g->n, g->n + 1, sizeof(*rows));

	if (!rows)
		return err_nomem(e);
	g->rows = rows;
	g->rows[g->n++] = *row;
	return true;
}

static bool crl_add(void *arg, const struct store_crl *row, struct err *e)
{
	struct gathered *g = arg;
	struct crl *known = g->c->known ? trust_view_known_crl(g->c->known, row->der) : NULL;
	struct crl **crls = mem_grow(g->crls, g->n_crls, g->n_crls + 1, sizeof(struct crl *));
	int64_t *checked;
	struct err why = ERR_INIT;

	if (!crls)
		return err_nomem(e);
	g->crls = crls;
	checked = mem_grow(g->crls_checked_s, g->n_crls, g->n_crls + 1, sizeof(*checked));
	if (!checked)
		return err_nomem(e);
	g->crls_checked_s = checked;
	if (known)
		g->crls[g->n_crls] = crl_ref(known);
	if (known || crl_parse(row->der.p, row->der.len, &g->crls[g->n_crls], &why)) {
		checked[g->n_crls++] = row->checked_at_s;
		return true;
	}
	log_warning("trust.crl_unreadable", "sha256=%s why=%s", row->sha256, why.text);
	return why.code != ERR_NOMEM || err_nomem(e);
}

/* What it revokes counts, also where nobody promised that a list would be there. */
bool trust_signers_view(struct core *c, struct trust_view **out, struct err *e)
{
	struct cert_list roots AUTO_CERT_LIST = CERT_LIST_INIT,
			       links AUTO_CERT_LIST = CERT_LIST_INIT,
			       disallowed AUTO_CERT_LIST = CERT_LIST_INIT;
	struct gathered g AUTO(gathered_clear) = {.c = c};

	if (!trust_store_members(c, "Root", &roots, e) ||
	    !trust_store_members(c, "CA", &links, e) ||
	    !trust_store_members(c, "Disallowed", &disallowed, e) ||
	    !store_crl_list(core_store(c), crl_add, &g, e))
		return false;
	const struct package_stores stores = {.roots = &roots,
					      .intermediates = &links,
					      .disallowed = &disallowed,
					      .crls = g.crls,
					      .n_crls = g.n_crls};
	return package_view_of(&stores, out, e);
}

bool trust_stores_view_edited(struct core *c, trust_stores_edit edit, void *arg,
			      struct trust_view **out, struct err *e)
{
	struct gathered g AUTO(gathered_clear) = {.c = c};

	if (!store_row_list(core_store(c), row_add, &g, e) ||
	    !store_crl_list(core_store(c), crl_add, &g, e))
		return false;
	g.lists = mem_array(g.n + 1, sizeof(*g.lists));
	g.stores = mem_array(g.n + 1, sizeof(*g.stores));
	if (!g.lists || !g.stores)
		return err_nomem(e);
	for (size_t i = 0; i < g.n; i++) {
		if (!trust_store_members(c, g.rows[i].name, &g.lists[i], e) ||
		    (edit && !edit(arg, g.rows[i].name, &g.lists[i], e)))
			return false;
		g.stores[i] = (struct trust_store){.name = g.rows[i].name, .certs = &g.lists[i]};
	}
	if (!trust_view_new(g.stores, g.n, g.crls, g.n_crls, out, e))
		return false;
	for (size_t i = 0; i < g.n_crls; i++)
		trust_view_crl_checked(*out, i, g.crls_checked_s[i]);
	if (!edit) {
		trust_view_unref(c->known);
		c->known = trust_view_ref(*out);
	}
	return true;
}

bool trust_stores_view(struct core *c, struct trust_view **out, struct err *e)
{
	return trust_stores_view_edited(c, NULL, NULL, out, e);
}
