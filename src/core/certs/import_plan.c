/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/certs/import_plan.h"

#include "base/mem.h"
#include "base/reason.h"
#include "base/text.h"
#include "core/certs/keys.h"
#include "core/permit.h"
#include "core/view/view.h"
#include "x509/signature.h"

#include <string.h>

void import_plan_clear(struct import_plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		cert_unref(p->items[i].cert);
	mem_free(p->items);
	json_decref(p->left_out);
	json_decref(p->warnings);
	*p = (struct import_plan){.n = 0};
}

static bool warn(struct import_plan *p, const char *code, json_t *text, struct err *e)
{
	const struct reason *why = reason_find(code);

	return json_array_append_new(p->warnings, json_pack("{s:s, s:o, s:s}", "code", code, "text",
							    text, "remedy", why->remedy)) == 0 ||
	       err_nomem(e);
}

static json_t *sentence(const struct cert *cert, const char *rest)
{
	struct buf b AUTO_BUF = BUF_INIT;

	buf_add_char(&b, '\'');
	name_text(&cert->subject, &b);
	buf_printf(&b, "' %s", rest);
	return buf_ok(&b) ? json_text(buf_span(&b)) : NULL;
}

static bool item_add(struct core *c, struct import_plan *p, struct cert *cert, const char *name,
		     struct err *e)
{
	struct import_item *it = &p->items[p->n];
	char spki[2 * SHA256_BYTES + 1];
	struct store_key row;
	bool have = false;

	keys_spki_hex(cert->spki_sha256, spki);
	if (!keys_have(c, spki, &row, &have, e))
		return false;
	*it = (struct import_item){.cert = cert_ref(cert),
				   .name = name,
				   .key = bag_key_of(p->bag, cert),
				   .key_here = have,
				   .self_signed = cert_is_self_signed(cert)};
	p->n++;
	it->exportable = have ? row.exportable : it->key && p->request->exportable;
	/* certificates of version 1 cannot say that they are authorities */
	it->is_root = it->self_signed && !it->key && !have && (cert->is_ca || cert->version < 3);
	return true;
}

static bool owner_note(void *arg, const struct store_cert *row, struct err *e)
{
	struct cert_list *owners = arg;
	struct cert *cert AUTO_CERT = NULL;

	if (row->removed_at_s)
		return true;
	return view_row_cert(row, &cert, e) && (!cert || cert_list_add(owners, cert, e));
}

static bool is_in_bag(const struct bag *bag, const struct bag_key *key)
{
	for (size_t i = 0; i < bag->certs.n; i++)
		if (bag_key_of(bag, bag->certs.items[i]) == key)
			return true;
	return false;
}

static bool lone_key_leave_out(struct import_plan *p, const char *spki, struct err *e)
{
	return json_array_append_new(p->left_out,
				     json_pack("{s:s, s:s}", "sha256", spki, "why",
					       "a private key without its certificate; the SHA-256 "
					       "is that of its public key")) == 0 ||
	       err_nomem(e);
}

/* A key alone in its file belongs to a certificate that is here, or to none. Beside certificates it
 * has to fit one of them, whatever is here: the administrator takes them for a pair. */
static bool lone_key_add(struct core *c, struct import_plan *p, const struct bag_key *key,
			 struct err *e)
{
	struct cert_list owners AUTO_CERT_LIST = CERT_LIST_INIT;
	char spki[2 * SHA256_BYTES + 1];

	if (p->bag->certs.n > 0)
		return err_reason(e, "key.mismatch",
				  "the private key (%s) belongs to no certificate in the file",
				  key->info.form);
	keys_spki_hex(key->info.spki_sha256, spki);
	if (!store_cert_by_spki(core_store(c), spki, owner_note, &owners, e))
		return false;
	if (owners.n == 0)
		return lone_key_leave_out(p, spki, e);
	for (size_t i = 0; i < owners.n; i++) {
		if (!item_add(c, p, owners.items[i], "", e))
			return false;
		p->items[p->n - 1].key = key;
		p->items[p->n - 1].is_root = false;
		if (!p->items[p->n - 1].key_here)
			p->items[p->n - 1].exportable = p->request->exportable;
	}
	return true;
}

static bool crls_leave_out(struct import_plan *p, struct err *e)
{
	for (size_t i = 0; i < p->bag->n_crls; i++)
		if (json_array_append_new(p->left_out,
					  json_pack("{s:s, s:s}", "sha256", p->bag->crls[i]->id,
						    "why",
						    "a revocation list: import it with 'crl "
						    "import'")) != 0)
			return err_nomem(e);
	return true;
}

static bool items_gather(struct core *c, struct import_plan *p, struct err *e)
{
	const struct bag *b = p->bag;

	if (b->certs.n == 0 && b->n_keys == 0)
		return err_reason(e, "file.no_certificate", "the file holds no certificate");
	for (size_t i = 0; i < b->certs.n; i++)
		if (!item_add(c, p, b->certs.items[i], b->cert_names[i], e))
			return false;
	for (size_t i = 0; i < b->n_keys; i++)
		if (!is_in_bag(b, &b->keys[i]) && !lone_key_add(c, p, &b->keys[i], e))
			return false;
	return crls_leave_out(p, e);
}

static bool goes_into_root_wrongly(const struct import_item *it)
{
	return !it->left_out && !it->self_signed && !it->member &&
	       text_equal_nocase(it->store.name, "Root");
}

static bool warnings_gather(struct import_plan *p, struct err *e)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct import_item *it = &p->items[i];

		if (goes_into_root_wrongly(it) &&
		    !warn(p, "store.not_self_signed",
			  sentence(it->cert, "is not self-signed: in Root it makes client "
					     "certificates fail with 403.16 for everybody"),
			  e))
			return false;
		if (it->key && it->key_here && p->request->exportable && !it->exportable &&
		    !warn(p, "key.not_exportable",
			  sentence(it->cert, "has a private key here that is not exportable, and "
					     "stays so"),
			  e))
			return false;
	}
	return true;
}

/* Room for each certificate, and for those in the database that lone keys belong to. */
#define OWNERS_MAX 256 /* certificates that share the keys of one file */

static bool owners_count(void *arg, const struct store_cert *row, struct err *e)
{
	size_t *n = arg;

	(void)row;
	return ++*n <= OWNERS_MAX ||
	       err_set(e, ERR_LIMIT, "more than %d certificates share the keys of this file",
		       OWNERS_MAX);
}

static bool items_room(struct core *c, struct import_plan *p, struct err *e)
{
	size_t owners = 0;

	for (size_t i = 0; i < p->bag->n_keys; i++) {
		char spki[2 * SHA256_BYTES + 1];

		keys_spki_hex(p->bag->keys[i].info.spki_sha256, spki);
		if (!store_cert_by_spki(core_store(c), spki, owners_count, &owners, e))
			return false;
	}
	p->items = mem_array(p->bag->certs.n + owners + 1, sizeof(*p->items));
	return p->items || err_nomem(e);
}

bool import_plan_make(struct core *c, const struct import_request *r, const struct bag *bag,
		      struct import_plan *out, struct err *e)
{
	struct import_plan p AUTO(import_plan_clear) = {
		.request = r, .bag = bag, .left_out = json_array(), .warnings = json_array()};

	if (!p.left_out || !p.warnings)
		return err_nomem(e);
	if (!items_room(c, &p, e) || !items_gather(c, &p, e) || !import_rules(c, &p, e) ||
	    !warnings_gather(&p, e))
		return false;
	*out = p;
	p = (struct import_plan){.n = 0};
	return true;
}

static bool refuse_root(const struct import_item *it, struct err *e)
{
	struct buf subject AUTO_BUF = BUF_INIT;

	name_text(&it->cert->subject, &subject);
	return err_reason(e, "store.not_self_signed",
			  "'%.70s' is not self-signed: in Root it makes client certificates fail "
			  "with 403.16 for everybody; its place is CA",
			  buf_str(&subject));
}

bool import_plan_allowed(const struct import_plan *p, const struct actor *by, struct err *e)
{
	if (!permit(by, PERM_CERT_IMPORT, e))
		return false;
	for (size_t i = 0; i < p->n; i++) {
		const struct import_item *it = &p->items[i];

		if (it->key && !permit(by, PERM_KEY_IMPORT, e))
			return false;
		if (!it->left_out && !it->member &&
		    !permit_store(by, PERM_CERT_IMPORT, it->store.name, e))
			return false;
		if (goes_into_root_wrongly(it) && !p->request->accept_warnings &&
		    !p->request->dry_run)
			return refuse_root(it, e);
	}
	return true;
}
