/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/engine.h"

#include "base/text.h"

/* DESIGN.md "Trust, exactly": the first of the three that has members. */
static const char *source_of(const struct judgement *j)
{
	const char *bound = j->policy->issuer_store;
	if (bound != NULL && bound[0] != '\0' && view_store_size(j->view, bound) > 0)
		return bound;
	return view_store_size(j->view, "ClientAuthIssuer") > 0 ? "ClientAuthIssuer" : "Root";
}

static bool is_listed(struct judgement *j, struct view_cert *c)
{
	if ((c->stores & j->issuer_list) == 0)
		return false;
	/* KB 2802568: one that is not self-signed shuts every root out of the list. */
	return !j->list_only_intermediates || (view_self_signed(c) == SELF_NO && c->cert->is_ca);
}

void issuer_list_find(struct judgement *j)
{
	struct trust_view *v = j->view;
	const char *source = source_of(j);
	uint64_t source_bit = view_store_bit(v, source);
	uint64_t root = view_store_bit(v, "Root");
	bool from_root = source_bit == root;
	j->issuer_list = source_bit;
	j->anchors = j->policy->mode == TRUST_MACHINE ? root : source_bit;
	j->links = view_store_bit(v, "CA") | root;
	if (j->policy->mode != TRUST_MACHINE)
		j->links |= source_bit;
	j->disallowed = view_store_bit(v, "Disallowed");
	/* Exclusive CA trust has no list beside its anchors. */
	bool mixed = from_root && view_root_is_mixed(v);
	j->list_only_intermediates = mixed && j->policy->mode != TRUST_EXCLUSIVE_CA;
	j->verdict->root_store_is_mixed = mixed;
	text_copy(j->verdict->issuer_list_source, sizeof j->verdict->issuer_list_source, source);
	size_t n = view_store_size(v, source);
	if (j->list_only_intermediates) {
		n = 0;
		for (size_t i = 0; i < v->n_certs; i++)
			n += is_listed(j, &v->certs[i]);
	}
	j->verdict->issuer_list_members = n;
}

bool issuer_list_passes(struct judgement *j, const struct path *p)
{
	if (j->policy->mode == TRUST_EXCLUSIVE_CA)
		return true;
	/* An element is a CA of the path, the anchor included; a path of one certificate is its anchor. */
	for (size_t i = p->n == 1 ? 0 : 1; i < p->n; i++)
		if (p->nodes[i]->known != NULL && is_listed(j, p->nodes[i]->known))
			return true;
	return false;
}
