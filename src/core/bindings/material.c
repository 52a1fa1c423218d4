/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/material.h"

#include "base/text.h"
#include "core/certs/keys.h"
#include "store/certificates.h"
#include "x509/key.h"
#include "x509/signature.h"

#include <stdio.h>
#include <string.h>

void material_clear(struct material *m)
{
	cert_unref(m->cert);
	cert_list_clear(&m->chain);
	secret_clear(&m->pkcs8);
	*m = (struct material)MATERIAL_INIT;
}

static const char import_again[] = "Import the certificate with its key again, or bind another "
				   "one: 'certbinder bind set'.";

static void broken(struct material *m, enum material_state state, const char *why)
{
	m->state = state;
	m->remedy = import_again;
	text_copy(m->why, sizeof m->why, why);
}

struct row_arg {
	struct material *m;
	const char *sha256;
	bool found;
};

static bool row_take(void *arg, const struct store_cert *row, struct err *e)
{
	struct row_arg *a = arg;
	struct err parse = ERR_INIT;

	if (strcmp(row->sha256, a->sha256) != 0)
		return true;
	a->found = true;
	a->m->self_signed = row->self_signed;
	if (!cert_parse(row->der.p, row->der.len, &a->m->cert, &parse)) {
		if (parse.code == ERR_NOMEM)
			return err_nomem(e);
		broken(a->m, MATERIAL_CORRUPT,
		       "the row of the bound certificate holds no certificate any more");
		return true;
	}
	if (strcmp(a->m->cert->id, a->sha256) != 0) {
		cert_unref(a->m->cert);
		a->m->cert = NULL;
		broken(a->m, MATERIAL_CORRUPT,
		       "the row of the bound certificate holds another certificate");
	}
	return true;
}

/* The key, sealed under the master key: whatever is wrong with it, the console still starts. */
static bool key_take(struct core *c, struct material *m, struct err *e)
{
	struct err why = ERR_INIT;
	bool matches = false;

	if (!keys_load_for(c, m->cert, &m->pkcs8, &why)) {
		if (why.code == ERR_NOMEM || why.code == ERR_BUSY || why.code == ERR_DB) {
			*e = why;
			return false;
		}
		m->state = err_is(&why, "key.missing") ? MATERIAL_NO_KEY : MATERIAL_KEY_BROKEN;
		/* without its master key no import brings a key in either */
		m->remedy = keys_trouble_remedy(c);
		if (!m->remedy)
			m->remedy = import_again;
		(void)snprintf(m->why, sizeof m->why, "its private key cannot be had: %.140s",
			       why.text);
		return true;
	}
	if (!key_matches(&m->pkcs8, m->cert, &matches, &why) || !matches) {
		secret_clear(&m->pkcs8);
		if (why.code == ERR_NOMEM)
			return err_nomem(e);
		broken(m, MATERIAL_MISMATCH, "its private key belongs to another certificate");
		return true;
	}
	m->state = MATERIAL_GOOD;
	return true;
}

/* What is sent: the issuers up to, not including, a self-signed one (RFC 8446 4.4.2 lets the
 * anchor be left out). */
static bool chain_take(struct core *c, struct material *m, const struct trust_view *view,
		       struct err *e)
{
	struct issuer_chain chain AUTO(issuer_chain_clear) = {.ends_in_root = false};
	size_t n;

	if (!trust_issuer_chain(view, m->cert, core_now_s(c), &chain, e))
		return err_wrap(e, "issuers of %s", m->cert->thumbprint);
	m->chain_ends_in_root = chain.ends_in_root;
	m->chain_ends_self_signed = chain.ends_self_signed;
	n = chain.certs.n;
	if (n > 0 && chain.ends_self_signed)
		n--;
	for (size_t i = 0; i < n; i++)
		if (!cert_list_add(&m->chain, chain.certs.items[i], e))
			return false;
	return true;
}

bool material_load(struct core *c, const char *sha256, const struct trust_view *view,
		   struct material *out, struct err *e)
{
	struct material m AUTO_MATERIAL = MATERIAL_INIT;
	struct row_arg arg = {.m = &m, .sha256 = sha256};

	if (!store_cert_named(core_store(c), sha256, NULL, row_take, &arg, e))
		return false;
	if (!arg.found)
		broken(&m, MATERIAL_MISSING, "the bound certificate is not in the database");
	if (m.cert && !key_take(c, &m, e))
		return false;
	if (m.cert && view && !chain_take(c, &m, view, e))
		return false;
	*out = m;
	m = (struct material)MATERIAL_INIT;
	return true;
}
