/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/certs/csrs.h"

#include "base/text.h"
#include "core/audit.h"
#include "core/certs/import_plan.h"
#include "core/certs/keys.h"
#include "core/permit.h"
#include "core/reading/reader.h"
#include "core/tx.h"
#include "store/csrs.h"

/* The request that a certificate answers. */
struct answered {
	const struct cert *cert;
	char id[33];
	char friendly_name[FRIENDLY_NAME_SIZE];
	bool found;
	bool open;
	bool known; /* it was handed in before: nothing is left to do */
};

/* Open requests come first, and the newest of several with the same key. A request that renews a
 * certificate under its own key is not answered by that certificate. */
static bool request_take(void *arg, const struct store_csr *row, struct err *e)
{
	struct answered *a = arg;

	(void)e;
	if (strcmp(row->cert_sha256, a->cert->id) == 0)
		a->known = true;
	else if (a->found || strcmp(row->renews, a->cert->id) == 0)
		return true;
	a->found = true;
	a->open = row->completed_at_s == 0;
	text_copy(a->id, sizeof(a->id), row->id);
	text_copy(a->friendly_name, sizeof(a->friendly_name), row->friendly_name);
	return true;
}

static bool request_of(struct core *c, const struct cert *cert, struct answered *out, struct err *e)
{
	char spki[2 * SHA256_BYTES + 1];

	*out = (struct answered){.cert = cert};
	keys_spki_hex(cert->spki_sha256, spki);
	return store_csr_find(core_store(c), NULL, spki, request_take, out, e);
}

/* A file may hold older certificates with the same key beside the new one. */
static bool request_find(struct core *c, const struct bag *bag, struct answered *out, struct err *e)
{
	*out = (struct answered){.found = false};
	for (size_t i = 0; i < bag->certs.n && (!out->found || out->known); i++) {
		struct answered a;

		if (!request_of(c, bag->certs.items[i], &a, e))
			return false;
		if (a.found && (!out->found || !a.known))
			*out = a;
	}
	return out->found || err_reason(e, "csr.no_match",
					"no request has the public key of "
					"a certificate in this file");
}

static bool complete(struct core *c, const struct actor *by, const struct answered *a,
		     struct err *e)
{
	struct cert_found f;
	bool found = false;

	if (a->known)
		return true;
	if (!cert_row_of(c, a->cert, &f, &found, e))
		return false;
	if (!found)
		return err_set(e, ERR_BUG, "the completed certificate was not kept");
	return store_csr_complete(core_store(c), a->id, f.id, core_now_s(c), e) &&
	       audit_add(c, by, "csr.complete", a->id,
			 json_pack("{s:s}", "certificate", a->cert->id), e);
}

bool csrs_answer(struct core *c, const struct actor *by, const struct cert *cert, struct err *e)
{
	struct answered a;

	return request_of(c, cert, &a, e) && (!a.open || complete(c, by, &a, e));
}

bool csrs_complete(struct core *c, const struct actor *by, struct span file, json_t **out,
		   struct err *e)
{
	struct bag bag AUTO_BAG = BAG_INIT;
	struct import_plan plan AUTO(import_plan_clear) = {.n = 0};
	struct answered a;
	json_t *answer AUTO_JSON = NULL;
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (file.len > IMPORT_MAX_BYTES)
		return err_reason(e, "limit.file", "a file of %zu bytes, at most %zu", file.len,
				  IMPORT_MAX_BYTES);
	if (!permit(by, PERM_CSR, e) || !reader_bag(file, NULL, false, &bag, e) ||
	    !bag_sort(&bag, e) || !tx_begin(c, &tx, e) || !request_find(c, &bag, &a, e))
		return false;

	const struct import_request r = {
		.file = file,
		.friendly_name = a.friendly_name[0] && !a.known ? a.friendly_name : NULL};

	if (!import_plan_make(c, &r, &bag, &plan, e) || !import_plan_allowed(&plan, by, e) ||
	    !import_plan_apply(c, &plan, by, e) || !complete(c, by, &a, e) ||
	    !import_plan_answer(&plan, &answer, e) ||
	    json_object_set_new(answer, "csr", json_string(a.id)) != 0 ||
	    !tx_commit_publish(&tx, e))
		return false;
	*out = json_incref(answer);
	return true;
}
