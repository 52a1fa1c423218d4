/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/certs/certs.h"

#include "core/audit.h"
#include "core/bindings/chain.h"
#include "core/certs/cert_rows.h"
#include "core/certs/keys.h"
#include "core/permit.h"
#include "core/tx.h"
#include "x509/key.h"
#include "x509/p7b.h"
#include "x509/pem.h"
#include "x509/pfx.h"
#include "x509/signature.h"

/* What goes out: leaf, then issuers in order, the root only when asked for. */
struct package {
	struct cert *leaf;
	struct cert_list chain;
	struct secret pkcs8; /* empty: without */
	struct cert_found row;
};

static void package_clear(struct package *p)
{
	cert_unref(p->leaf);
	cert_list_clear(&p->chain);
	secret_clear(&p->pkcs8);
}

static bool chain_gather(struct core *c, const struct export_request *r, struct package *p,
			 struct err *e)
{
	struct issuer_chain chain AUTO(issuer_chain_clear) = {.ends_in_root = false};

	if (!r->chain && !r->root)
		return true;
	if (!chain_of(c, p->leaf, &chain, e))
		return false;
	for (size_t i = 0; i < chain.certs.n; i++) {
		struct cert *link = chain.certs.items[i];

		if ((r->root || !cert_is_self_signed(link)) && !cert_list_add(&p->chain, link, e))
			return false;
	}
	return true;
}

static bool wants_key(const struct export_request *r)
{
	return r->format == EXPORT_PFX || r->with_key;
}

static bool request_check(const struct export_request *r, struct err *e)
{
	bool password = r->password && r->password->len > 0;

	if (r->with_key && r->format != EXPORT_PEM && r->format != EXPORT_PFX)
		return err_set(e, ERR_INVALID, "a key goes into PEM or PFX alone");
	if (wants_key(r) && !password)
		return err_reason(e, "key.password_needed",
				  "a private key leaves only under a password");
	if (r->legacy && r->format != EXPORT_PFX)
		return err_set(e, ERR_INVALID, "only a PFX comes in the legacy form");
	return true;
}

static bool pem_build(const struct export_request *r, const struct package *p, struct buf *out,
		      struct err *e)
{
	struct buf sealed AUTO_BUF = BUF_INIT;

	if (!pem_write("CERTIFICATE", span_of(p->leaf->der, p->leaf->der_len), out, e))
		return false;
	for (size_t i = 0; i < p->chain.n; i++) {
		const struct cert *link = p->chain.items[i];

		if (!pem_write("CERTIFICATE", span_of(link->der, link->der_len), out, e))
			return false;
	}
	return p->pkcs8.len == 0 || (key_encrypt(&p->pkcs8, r->password, &sealed, e) &&
				     pem_write("ENCRYPTED PRIVATE KEY", buf_span(&sealed), out, e));
}

static bool p7b_build(const struct package *p, struct buf *out, struct err *e)
{
	struct cert_list all AUTO_CERT_LIST = CERT_LIST_INIT;

	if (!cert_list_add(&all, p->leaf, e))
		return false;
	for (size_t i = 0; i < p->chain.n; i++)
		if (!cert_list_add(&all, p->chain.items[i], e))
			return false;
	return p7b_write(&all, out, e);
}

static bool build(const struct export_request *r, const struct package *p, struct buf *out,
		  struct err *e)
{
	switch (r->format) {
	case EXPORT_DER:
		buf_add(out, p->leaf->der, p->leaf->der_len);
		return buf_ok(out) || err_nomem(e);
	case EXPORT_PEM:
		return pem_build(r, p, out, e);
	case EXPORT_P7B:
		return p7b_build(p, out, e);
	case EXPORT_PFX:
		break;
	}
	return pfx_write(p->leaf, &p->pkcs8, &p->chain, p->row.friendly_name, r->password,
			 r->legacy ? PFX_LEGACY : PFX_MODERN, out, e);
}

static const char *format_name(const struct export_request *r)
{
	static const char *const names[] = {[EXPORT_DER] = "der",
					    [EXPORT_PEM] = "pem",
					    [EXPORT_P7B] = "p7b",
					    [EXPORT_PFX] = "pfx"};

	return names[r->format];
}

/* A key never leaves without its row in the audit trail: that is written first. */
static bool key_export_note(struct core *c, const struct actor *by, const struct export_request *r,
			    const struct package *p, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;

	return tx_begin(c, &tx, e) &&
	       audit_add(c, by, "key.export", p->leaf->id,
			 json_pack("{s:s, s:b}", "format", format_name(r), "legacy", r->legacy),
			 e) &&
	       tx_commit(&tx, e);
}

bool certs_export(struct core *c, const struct actor *by, const struct export_request *r,
		  struct buf *out, struct err *e)
{
	struct package p AUTO(package_clear) = {.leaf = NULL};

	if (!permit(by, wants_key(r) ? PERM_KEY_EXPORT : PERM_READ, e) || !request_check(r, e) ||
	    !cert_row_find(c, r->name, false, &p.row, e) ||
	    !cert_row_cert(c, p.row.sha256, &p.leaf, e))
		return false;
	if (wants_key(r) && !keys_load_exportable(c, p.leaf, &p.pkcs8, e))
		return false;
	if (!chain_gather(c, r, &p, e) || (wants_key(r) && !key_export_note(c, by, r, &p, e)))
		return false;
	if (wants_key(r))
		out->secret = true;
	return build(r, &p, out, e);
}
