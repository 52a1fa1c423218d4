/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/certs/csrs.h"

#include "base/json.h"
#include "base/text.h"
#include "core/access/access_impl.h"
#include "core/audit.h"
#include "core/certs/cert_rows.h"
#include "core/certs/csr_names.h"
#include "core/certs/keys.h"
#include "core/paging.h"
#include "core/permit.h"
#include "core/tx.h"
#include "core/view/view.h"
#include "store/csrs.h"
#include "x509/issue.h"
#include "x509/pem.h"

#include <string.h>

#define CSRS_MAX 1000 /* requests of one console */

/* The key of the certificate that is renewed, or a new one. */
static bool key_get(struct core *c, const struct csr_request *r, const struct csr_names *n,
		    struct secret *out, struct err *e)
{
	if (r->same_key && !n->renewed)
		return err_set(e, ERR_INVALID, "the same key: of which certificate?");
	if (r->same_key)
		return keys_load_for(c, n->renewed, out, e);
	return key_generate(r->key ? r->key : "ec256", out, e);
}

static const char *key_spec(const struct csr_request *r, const struct key_info *info,
			    char out[static 16])
{
	struct buf b AUTO_BUF = BUF_INIT;

	if (!r->same_key)
		return r->key ? r->key : "ec256";
	buf_printf(&b, "%s%u", info->type == KEY_EC ? "ec" : "rsa", info->bits);
	text_copy(out, 16, buf_str(&b));
	return out;
}

static bool count_one(void *arg, const struct store_csr *row, struct err *e)
{
	int *n = arg;

	(void)row;
	if (++*n < CSRS_MAX)
		return true;
	return err_reason(e, "limit.rows", "there are %d requests already", CSRS_MAX);
}

static bool csr_keep(struct core *c, const struct actor *by, const struct csr_request *r,
		     const struct csr_names *n, const struct secret *pkcs8, struct span der,
		     const char *id, struct err *e)
{
	char spki[2 * SHA256_BYTES + 1], spec[16];
	struct key_info info;
	struct store_key row;
	bool added = false;
	int total = 0;

	if (!key_describe(pkcs8, &info, e) ||
	    !store_csr_list(core_store(c), count_one, &total, e) ||
	    !keys_keep(c, pkcs8, &info, r->exportable, &row, &added, e))
		return false;
	keys_spki_hex(info.spki_sha256, spki);

	const struct store_csr csr = {
		.id = id,
		.spki_sha256 = spki,
		.der = der,
		.common_name = n->common_name,
		.names = n->json_text,
		.key_spec = key_spec(r, &info, spec),
		.friendly_name = r->friendly_name ? r->friendly_name : n->friendly_name,
		.renews = n->renewed ? n->renewed->id : "",
		.created_by = by->name ? by->name : "",
		.key_id = row.id,
		.created_at_s = core_now_s(c),
	};

	return store_csr_insert(core_store(c), &csr, e) &&
	       audit_add(c, by, "csr.create", id,
			 json_pack("{s:s, s:o, s:s, s:b, s:s}", "common_name", csr.common_name,
				   "names", json_loads(csr.names, 0, NULL), "key", csr.key_spec,
				   "exportable", row.exportable, "renews", csr.renews),
			 e);
}

bool csrs_create(struct core *c, const struct actor *by, const struct csr_request *r, json_t **out,
		 struct err *e)
{
	struct csr_names n AUTO(csr_names_clear) = {.renewed = NULL};
	struct secret pkcs8 AUTO_SECRET = SECRET_INIT;
	struct buf der AUTO_BUF = BUF_INIT;
	char id[33];
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!permit(by, PERM_CSR, e) ||
	    (r->friendly_name && !friendly_name_check(r->friendly_name, e)) ||
	    !csr_names_gather(c, r, &n, e) || !key_get(c, r, &n, &pkcs8, e))
		return false;

	const struct issue_params params = {.common_name = n.common_name[0] ? n.common_name : NULL,
					    .dns_names = (const char *const *)n.dns,
					    .n_dns_names = n.n_dns,
					    .ip_addresses = (const char *const *)n.ip,
					    .n_ip_addresses = n.n_ip,
					    .server_auth = true};

	public_id_make(id);
	return csr_make(&pkcs8, &params, &der, e) && tx_begin(c, &tx, e) &&
	       csr_keep(c, by, r, &n, &pkcs8, buf_span(&der), id, e) && tx_commit(&tx, e) &&
	       csrs_show(c, id, out, e);
}

static bool item_add(void *arg, const struct store_csr *row, struct err *e)
{
	return json_array_append_new(arg, view_csr(row, false)) == 0 || err_nomem(e);
}

bool csrs_list(struct core *c, json_t **out, struct err *e)
{
	json_t *items AUTO_JSON = json_array();

	if (!items)
		return err_nomem(e);
	return store_csr_list(core_store(c), item_add, items, e) &&
	       list_answer(json_incref(items), out, e);
}

static bool show_take(void *arg, const struct store_csr *row, struct err *e)
{
	json_t **out = arg;

	*out = view_csr(row, true);
	return *out || err_nomem(e);
}

static bool not_found(const char *id, struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "there is no request '%.40s'", id);
}

bool csrs_show(struct core *c, const char *id, json_t **out, struct err *e)
{
	json_t *o = NULL;

	if (!store_csr_find(core_store(c), id, NULL, show_take, &o, e))
		return false;
	if (!o)
		return not_found(id, e);
	*out = o;
	return true;
}

struct pem_want {
	struct buf *out;
	bool found;
};

static bool pem_take(void *arg, const struct store_csr *row, struct err *e)
{
	struct pem_want *w = arg;

	w->found = true;
	return pem_write("CERTIFICATE REQUEST", row->der, w->out, e);
}

bool csrs_pem(struct core *c, const char *id, struct buf *out, struct err *e)
{
	struct pem_want w = {.out = out};

	return store_csr_find(core_store(c), id, NULL, pem_take, &w, e) &&
	       (w.found || not_found(id, e));
}

/* The key goes with it, unless a certificate or another request has it. */
bool csrs_remove(struct core *c, const struct actor *by, const char *id, struct err *e)
{
	json_t *o AUTO_JSON = NULL;
	struct tx tx AUTO(tx_end) = TX_INIT;

	return permit(by, PERM_CSR, e) && tx_begin(c, &tx, e) && csrs_show(c, id, &o, e) &&
	       store_csr_delete(core_store(c), id, e) && store_key_purge(core_store(c), e) &&
	       audit_add(c, by, "csr.remove", id,
			 json_pack("{s:O}", "common_name", json_object_get(o, "common_name")), e) &&
	       tx_commit(&tx, e);
}
