/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/engine.h"

#include <string.h>

/*
 * Who signed a revocation list: mostly the key that signed the certificate, else another key of the
 * same name with a path of its own to the same anchor (RFC 5280 6.3.3 (f)).
 */
struct signer_search {
	const struct crl *list;
	const struct cert *anchor;
	bool found;
};

static bool may_sign(const struct cert *c, const struct crl *l)
{
	return name_equal(&c->subject, &l->issuer) &&
	       (!c->has_key_usage || (c->key_usage & KU_CRL_SIGN) != 0);
}

static bool key_id_disagrees(const struct crl *l, const struct cert *c)
{
	return l->authority_key_id.len > 0 && c->subject_key_id.len > 0 &&
	       !span_equal(l->authority_key_id, c->subject_key_id);
}

static bool is_signed_by(struct judgement *j, const struct crl *l, const struct cert *c)
{
	return may_sign(c, l) && !key_id_disagrees(l, c) &&
	       judge_crl_signature(j, l, c) == SIGNATURE_GOOD;
}

static bool visit_signer(struct judgement *j, const struct path *p, enum fault end, void *arg)
{
	struct signer_search *s = arg;
	struct findings f = {.worst = FAULT_NONE};
	if (end != FAULT_NONE || !cert_equal(p->nodes[p->n - 1]->cert, s->anchor))
		return j->limit == FAULT_LIMIT_SIGNATURES;
	check_signer_path(j, p, &f);
	s->found = f.worst == FAULT_NONE;
	return s->found || j->limit == FAULT_LIMIT_SIGNATURES;
}

/* A path of its own for this signer, from beside the path that is being judged. */
static bool has_path(struct judgement *j, struct cert *c, struct signer_search *s)
{
	bool on_path[TRUST_MAX_GRAPH];
	struct node *n = graph_node(j, c, false);
	if (n == NULL)
		return false;
	size_t before = j->n_nodes;
	for (size_t i = 0; i < before; i++) {
		on_path[i] = j->nodes[i]->on_path;
		j->nodes[i]->on_path = false;
	}
	j->crl_depth++;
	build_paths(j, n, visit_signer, s);
	j->crl_depth--;
	for (size_t i = 0; i < before; i++)
		j->nodes[i]->on_path = on_path[i];
	return s->found;
}

/* Every other certificate of the list's issuer that we know or were shown. */
static bool has_other_signer(struct judgement *j, const struct crl *l, const struct cert *not_this,
			     struct signer_search *s)
{
	for (size_t i = 0; i < j->n_presented; i++) {
		struct cert *c = j->nodes[i]->cert;
		if (!cert_equal(c, not_this) && is_signed_by(j, l, c) && has_path(j, c, s))
			return true;
	}
	for (struct view_cert *v = view_first(j->view, &l->issuer); v != NULL;
	     v = view_next(j->view, v))
		if ((v->stores & j->links) != 0 && !cert_equal(v->cert, not_this) &&
		    is_signed_by(j, l, v->cert) && has_path(j, v->cert, s))
			return true;
	return false;
}

bool crl_is_authentic(struct judgement *j, const struct crl *l, const struct path *p, size_t i)
{
	const struct cert *issuer = p->nodes[i + 1]->cert;
	struct signer_search s = {.list = l, .anchor = p->nodes[p->n - 1]->cert};
	if (!hash_is_good_enough(j, l->signature_algorithm))
		return false;
	if (is_signed_by(j, l, issuer))
		return true;
	return j->crl_depth < TRUST_CRL_DEPTH && has_other_signer(j, l, issuer, &s);
}
