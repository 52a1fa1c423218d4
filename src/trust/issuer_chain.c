/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/engine.h"

#include "x509/signature.h"

#define CHAIN_TRIES_MAX 64 /* signatures looked at for one host certificate */

/* The best issuer of c: the key it names, in time, in Root rather than not. NULL: none of our stores has it. */
static struct view_cert *issuer_of(const struct trust_view *v, const struct cert *c, int64_t now_s,
				   const struct cert_list *so_far, unsigned *tries)
{
	uint64_t stores = view_store_bit(v, "CA") | view_store_bit(v, "Root");
	uint64_t root = view_store_bit(v, "Root");
	struct view_cert *best = NULL;
	unsigned best_rank = UINT32_MAX;
	for (struct view_cert *x = view_first(v, &c->issuer); x != NULL; x = view_next(v, x)) {
		if ((x->stores & stores) == 0 || !name_equal(&x->cert->subject, &c->issuer) ||
		    cert_list_has(so_far, x->cert))
			continue;
		unsigned rank = 0;
		if (graph_key_ids_disagree(c, x->cert))
			rank += 8;
		if (now_s < x->cert->not_before_s || now_s > x->cert->not_after_s)
			rank += 4;
		if (!x->cert->is_ca && (x->stores & root) == 0)
			rank += 2;
		if ((x->stores & root) == 0)
			rank += 1;
		if (rank >= best_rank || *tries == 0)
			continue;
		--*tries;
		if (cert_verify_signed_by(c, x->cert) != SIGNATURE_GOOD)
			continue;
		best = x;
		best_rank = rank;
	}
	return best;
}

bool trust_issuer_chain(const struct trust_view *view, struct cert *c, int64_t now_s,
			struct issuer_chain *out, struct err *e)
{
	struct issuer_chain chain AUTO(issuer_chain_clear) = {.certs = CERT_LIST_INIT};
	uint64_t root = view_store_bit(view, "Root");
	unsigned tries = CHAIN_TRIES_MAX;
	const struct cert *at = c;
	if (cert_is_self_signed(c)) {
		struct view_cert *known = view_find(view, c);
		chain.ends_self_signed = true;
		chain.ends_in_root = known != NULL && (known->stores & root) != 0;
	}
	while (!chain.ends_self_signed && chain.certs.n < TRUST_MAX_DEPTH) {
		struct view_cert *issuer = issuer_of(view, at, now_s, &chain.certs, &tries);
		if (issuer == NULL || cert_equal(issuer->cert, c))
			break;
		if (!cert_list_add(&chain.certs, issuer->cert, e))
			return false;
		at = issuer->cert;
		chain.ends_self_signed = view_self_signed(issuer) == SELF_YES;
		chain.ends_in_root = chain.ends_self_signed && (issuer->stores & root) != 0;
	}
	*out = chain;
	chain = (struct issuer_chain){.certs = CERT_LIST_INIT};
	return true;
}

void issuer_chain_clear(struct issuer_chain *c)
{
	cert_list_clear(&c->certs);
	*c = (struct issuer_chain){.certs = CERT_LIST_INIT};
}
