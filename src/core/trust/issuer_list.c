/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/issuer_list.h"

#include "core/certs/trust_stores.h"
#include "core/trust/trust.h"
#include "x509/signature.h"

#include <string.h>

/* The first of the three that has members: DESIGN.md, "Trust, exactly". */
bool issuer_list_choose(struct core *c, const char *issuer_store, struct issuer_list *l,
			struct err *e)
{
	const char *order[] = {issuer_store, "ClientAuthIssuer", "Root"};

	for (size_t i = 0; i < ARRAY_LEN(order) && l->candidates.n == 0; i++) {
		if (!order[i])
			continue;
		l->source = order[i];
		if (!trust_store_members(c, order[i], &l->candidates, e))
			return false;
	}
	for (size_t i = 0; strcmp(l->source, "Root") == 0 && i < l->candidates.n; i++)
		l->mixed |= !cert_is_self_signed(l->candidates.items[i]);
	return true;
}

void issuer_list_clear(struct issuer_list *l)
{
	cert_list_clear(&l->candidates);
}

bool issuer_list_has(const struct issuer_list *l, enum trust_mode mode, const struct cert *cert)
{
	if (mode == TRUST_EXCLUSIVE_CA)
		return cert->is_ca || cert_is_self_signed(cert);
	return !l->mixed || (!cert_is_self_signed(cert) && cert->is_ca);
}

bool issuer_list_hints(struct core *c, const char *issuer_store, enum trust_mode mode,
		       struct cert_list *out, struct err *e)
{
	struct issuer_list l AUTO(issuer_list_clear) = {.candidates = CERT_LIST_INIT};
	size_t size = 0;

	if (!issuer_list_choose(c, issuer_store, &l, e))
		return false;
	for (size_t i = 0; i < l.candidates.n; i++) {
		struct cert *cert = l.candidates.items[i];

		if (!issuer_list_has(&l, mode, cert))
			continue;
		size += 2 + cert->subject.der.len;
		if (size > ISSUER_LIST_LIMIT_BYTES)
			return true;
		if (!cert_list_add(out, cert, e))
			return false;
	}
	return true;
}
