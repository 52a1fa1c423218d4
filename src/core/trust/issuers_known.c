/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/issuers_known.h"

#include "base/json.h"
#include "base/text.h"
#include "store/certificates.h"
#include "store/refusals.h"
#include "x509/pem.h"
#include "x509/signature.h"

#include <string.h>

#define LOOKED_AT_MAX 5000 /* CA certificates of the stores */

struct finding {
	const struct cert *of;
	struct issuers_known *out;
	bool removed;
};

static void consider(struct finding *f, struct cert *cert, struct issuer_known *as)
{
	struct issuers_known *k = f->out;

	if (k->n == ISSUERS_KNOWN_MAX || !name_equal(&f->of->issuer, &cert->subject) ||
	    cert_equal(f->of, cert))
		return;
	for (size_t i = 0; i < k->n; i++)
		if (cert_equal(k->items[i].cert, cert))
			return;
	if (cert_verify_signed_by(f->of, cert) != SIGNATURE_GOOD)
		return;
	as->cert = cert_ref(cert);
	k->items[k->n++] = *as;
}

static bool row_add(void *arg, const struct store_cert *row, struct err *e)
{
	struct finding *f = arg;
	json_t *places AUTO_JSON =
		json_loads(f->removed ? row->removed_from : row->stores, 0, NULL);
	const char *where = json_string_value(json_array_get(places, 0));
	struct issuer_known as = {.place = f->removed ? ISSUER_REMOVED : ISSUER_IN_STORE,
				  .removed_at_s = f->removed ? row->removed_at_s : 0};
	struct cert *cert AUTO_CERT = NULL;
	struct err why = ERR_INIT;

	if (!cert_parse(row->der.p, row->der.len, &cert, &why))
		return why.code != ERR_NOMEM || err_nomem(e);
	text_copy(as.where, sizeof(as.where), where ? where : "");
	consider(f, cert, &as);
	return true;
}

static bool refusal_add(void *arg, const struct store_refusal *row, struct err *e)
{
	struct finding *f = arg;
	struct pem pem AUTO_PEM = {.members = NULL};
	struct err why = ERR_INIT;

	if (*row->presented && !pem_read(span_str(row->presented), &pem, &why))
		return why.code != ERR_NOMEM || err_nomem(e);
	for (size_t i = 1; i < pem.n; i++) {
		const struct buf *der = &pem.members[i].der;
		struct cert *cert AUTO_CERT = NULL;

		if (!cert_parse(der->data, der->len, &cert, &why)) {
			if (why.code == ERR_NOMEM)
				return err_nomem(e);
			continue;
		}
		if (cert->is_ca)
			consider(f, cert, &(struct issuer_known){.place = ISSUER_PRESENTED});
	}
	return true;
}

bool issuers_known_find(struct core *c, const struct cert *of, struct issuers_known *out,
			struct err *e)
{
	struct finding f = {.of = of, .out = out};
	struct store_cert_filter cas = {
		.purpose = "ca", .has_key = -1, .used = -1, .limit = LOOKED_AT_MAX};
	struct store_refusal_filter newest = {.substatus = -1, .limit = ISSUERS_REFUSALS_MAX};

	if (!store_cert_list(core_store(c), &cas, row_add, &f, e))
		return false;
	f.removed = cas.removed = true;
	return store_cert_list(core_store(c), &cas, row_add, &f, e) &&
	       store_refusal_list(core_store(c), &newest, refusal_add, &f, e);
}

void issuers_known_clear(struct issuers_known *k)
{
	for (size_t i = 0; i < k->n; i++)
		cert_unref(k->items[i].cert);
	k->n = 0;
}
