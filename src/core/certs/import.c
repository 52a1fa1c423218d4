/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/certs/import.h"

#include "core/audit.h"
#include "core/certs/csrs.h"
#include "core/certs/import_plan.h"
#include "core/certs/keys.h"
#include "core/reading/reader.h"
#include "core/tx.h"
#include "core/view/view.h"

/* The private key of a certificate whose public key is written another way (RSA-PSS) is kept under
 * the certificate's spelling, or it would not be found again. */
static bool key_put(struct core *c, const struct import_item *it, bool exportable, bool *added,
		    struct err *e)
{
	struct key_info info;
	struct store_key row;

	if (!it->key)
		return true;
	info = it->key->info;
	memcpy(info.spki_sha256, it->cert->spki_sha256, SHA256_BYTES);
	return keys_keep(c, &it->key->pkcs8, &info, exportable, &row, added, e);
}

static const char *name_for(const struct import_plan *p, const struct import_item *it)
{
	if (p->request->friendly_name && it->is_leaf)
		return p->request->friendly_name;
	if (it->name[0] != '\0')
		return it->name;
	return it->key ? it->key->friendly_name : "";
}

/* A name that somebody gave stays, unless another is asked for now. */
static bool rename_known(struct core *c, const struct import_plan *p, const struct import_item *it,
			 int64_t id, bool *changed, struct err *e)
{
	const char *name = name_for(p, it);
	struct cert_found f;
	bool found = false;

	if (!cert_row_of(c, it->cert, &f, &found, e))
		return false;
	if (!found || name[0] == '\0' || strcmp(f.friendly_name, name) == 0)
		return true;
	if (f.friendly_name[0] != '\0' && name != p->request->friendly_name)
		return true;
	*changed = true;
	return store_cert_set_friendly_name(core_store(c), id, name, e);
}

struct import_done {
	bool changed;
	bool mended; /* something that was here, and may be bound, is whole again */
};

static bool item_apply(struct core *c, const struct import_plan *p, const struct import_item *it,
		       struct import_done *done, struct err *e)
{
	enum cert_row_put put = CERT_ROW_KEPT;
	bool added = false, key_added = false;
	int64_t id;

	if (!cert_row_put(c, it->cert, name_for(p, it), &id, &put, e) ||
	    !key_put(c, it, p->request->exportable, &key_added, e) ||
	    !store_member_add(core_store(c), it->store.id, id, core_now_s(c), &added, e))
		return false;
	done->mended |= put == CERT_ROW_MENDED || (put == CERT_ROW_KEPT && key_added);
	done->changed |= put != CERT_ROW_KEPT || key_added || added;
	return put == CERT_ROW_NEW || rename_known(c, p, it, id, &done->changed, e);
}

static json_t *audit_detail(const struct import_plan *p)
{
	json_t *certs = json_array();

	for (size_t i = 0; certs && i < p->n; i++) {
		const struct import_item *it = &p->items[i];

		if (!it->left_out)
			json_array_append_new(
				certs, json_pack("{s:s, s:s, s:o, s:b, s:b}", "sha256",
						 it->cert->id, "store", it->store.name, "subject",
						 view_subject(it->cert), "key", it->key != NULL,
						 "exportable", it->exportable));
	}
	return json_pack("{s:o, s:s, s:O}", "certificates", certs, "format", p->bag->format,
			 "warnings", p->warnings);
}

static const char *audit_object(const struct import_plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->items[i].is_leaf && !p->items[i].left_out)
			return p->items[i].cert->id;
	return p->n ? p->items[0].cert->id : "";
}

bool import_plan_apply(struct core *c, const struct import_plan *p, const struct actor *by,
		       struct err *e)
{
	struct import_done done = {.changed = false};

	for (size_t i = 0; i < p->n; i++)
		if (!p->items[i].left_out && !item_apply(c, p, &p->items[i], &done, e))
			return false;
	if (!done.changed)
		return true;
	return (!done.mended || tx_bump(c, COUNTER_TLS_GENERATION, NULL, e)) &&
	       tx_bump(c, COUNTER_TRUST_GENERATION, NULL, e) &&
	       audit_add(c, by, "cert.import", audit_object(p), audit_detail(p), e);
}

/* A signed certificate finds its request by itself, by whatever door it comes in. */
static bool requests_answer(struct core *c, const struct import_plan *p, const struct actor *by,
			    struct err *e)
{
	for (size_t i = 0; i < p->n; i++)
		if (!p->items[i].left_out && !csrs_answer(c, by, p->items[i].cert, e))
			return false;
	return true;
}

bool import_plan_answer(const struct import_plan *p, json_t **out, struct err *e)
{
	json_t *certs AUTO_JSON = json_array(), *left AUTO_JSON = json_copy(p->left_out), *o, *one;

	for (size_t i = 0; i < p->n; i++) {
		const struct import_item *it = &p->items[i];

		if (it->left_out) {
			one = json_pack("{s:s, s:s, s:o}", "sha256", it->cert->id, "why", it->why,
					"subject", view_subject(it->cert));
			if (json_array_append_new(left, one) != 0)
				return err_nomem(e);
			continue;
		}
		one = view_imported(it->cert, it->store.name, it->key || it->key_here,
				    it->exportable);
		if (!one || json_object_set_new(one, "existed", json_boolean(it->member)) != 0 ||
		    json_array_append_new(certs, one) != 0)
			return err_nomem(e);
	}
	o = json_pack("{s:O, s:O, s:O, s:s}", "certificates", certs, "left_out", left, "warnings",
		      p->warnings, "format", p->bag->format);
	if (!o)
		return err_nomem(e);
	*out = o;
	return true;
}

bool import_file(struct core *c, const struct actor *by, const struct import_request *r,
		 json_t **out, struct err *e)
{
	struct bag bag AUTO_BAG = BAG_INIT;
	struct import_plan plan AUTO(import_plan_clear) = {.n = 0};
	json_t *answer AUTO_JSON = NULL;
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (r->file.len > IMPORT_MAX_BYTES)
		return err_reason(e, "limit.file", "a file of %zu bytes, at most %zu", r->file.len,
				  IMPORT_MAX_BYTES);
	if (r->friendly_name && !friendly_name_check(r->friendly_name, e))
		return false;
	if (!reader_bag(r->file, r->password, r->allow_no_mac, &bag, e) || !bag_sort(&bag, e))
		return r->file_name ? err_wrap(e, "cannot read '%.100s'", r->file_name) : false;
	/* the plan is made where it is carried out: nobody can change the stores in between */
	if (!tx_begin(c, &tx, e) || !import_plan_make(c, r, &bag, &plan, e) ||
	    !import_plan_allowed(&plan, by, e) || !import_plan_answer(&plan, &answer, e))
		return false;
	if (!r->dry_run && (!import_plan_apply(c, &plan, by, e) ||
			    !requests_answer(c, &plan, by, e) || !tx_commit_publish(&tx, e)))
		return false;
	*out = json_incref(answer);
	return true;
}
