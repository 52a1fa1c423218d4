/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/engine.h"

#include "base/mem.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static size_t slot_of(const struct cert *c)
{
	uint32_t h;
	memcpy(&h, c->sha256, sizeof h);
	return h % (4 * TRUST_MAX_GRAPH);
}

struct node *graph_node(struct judgement *j, struct cert *c, bool presented)
{
	size_t slot = slot_of(c);
	for (; j->table[slot] != 0; slot = (slot + 1) % (4 * TRUST_MAX_GRAPH)) {
		struct node *n = j->nodes[j->table[slot] - 1];
		if (cert_equal(n->cert, c)) {
			n->is_presented = n->is_presented || presented;
			return n;
		}
	}
	if (j->n_nodes == TRUST_MAX_GRAPH) {
		j->limit = FAULT_LIMIT_NODES;
		return NULL;
	}
	struct node *n = mem_new(struct node);
	if (n == NULL) {
		j->out_of_memory = true;
		return NULL;
	}
	n->cert = c;
	n->is_presented = presented;
	n->known = view_find(j->view, c);
	n->distance = UINT_MAX;
	j->nodes[j->n_nodes++] = n;
	j->table[slot] = (uint16_t)j->n_nodes;
	return n;
}

void graph_free(struct judgement *j)
{
	for (size_t i = 0; i < j->n_nodes; i++) {
		mem_free(j->nodes[i]->edges);
		mem_free(j->nodes[i]);
	}
	j->n_nodes = 0;
}

static bool lies_in(const struct node *n, uint64_t stores)
{
	return n->known != NULL && (n->known->stores & stores) != 0;
}

bool graph_is_disallowed(const struct judgement *j, const struct node *n)
{
	return lies_in(n, j->disallowed);
}

/* Exclusive CA trust: a CA of the store ends a path; version 1 cannot say that it is one. */
static bool is_ca_anchor(const struct judgement *j, const struct cert *c)
{
	return j->policy->mode == TRUST_EXCLUSIVE_CA && (c->is_ca || c->version < 3);
}

/* An anchor as far as can be said without looking at a signature. */
static bool may_be_anchor(const struct judgement *j, const struct node *n)
{
	if (!lies_in(n, j->anchors))
		return false;
	return cert_is_self_issued(n->cert) || is_ca_anchor(j, n->cert);
}

enum self_signed graph_self_signed(struct judgement *j, struct node *n)
{
	if (n->self != SELF_UNKNOWN)
		return n->self;
	if (!cert_is_self_issued(n->cert))
		return n->self = SELF_NO;
	if (n->known != NULL) {
		int known = atomic_load_explicit(&n->known->self_signed, memory_order_relaxed);
		if (known != SELF_UNKNOWN)
			return n->self = (enum self_signed)known;
	}
	enum signature_result r = judge_signature(j, n->cert, n->cert);
	if (j->limit == FAULT_LIMIT_SIGNATURES)
		return SELF_NO;
	n->self = r == SIGNATURE_GOOD ? SELF_YES : r == SIGNATURE_BAD ? SELF_NO : SELF_UNVERIFIABLE;
	if (n->known != NULL)
		atomic_store_explicit(&n->known->self_signed, n->self, memory_order_relaxed);
	return n->self;
}

bool graph_is_anchor(struct judgement *j, struct node *n)
{
	if (!may_be_anchor(j, n))
		return false;
	if (is_ca_anchor(j, n->cert))
		return true;
	return graph_self_signed(j, n) == SELF_YES;
}

/* RFC 5280 4.2.1.1: what the certificate says of its issuer's key and certificate, against the issuer. */
bool graph_key_ids_disagree(const struct cert *c, const struct cert *issuer)
{
	if (c->authority_key_id.len > 0 && issuer->subject_key_id.len > 0 &&
	    !span_equal(c->authority_key_id, issuer->subject_key_id))
		return true;
	if (c->authority_cert_serial.len == 0)
		return false;
	if (!span_equal(c->authority_cert_serial, issuer->serial))
		return true;
	for (size_t i = 0; i < c->authority_cert_issuer.n; i++) {
		const struct general_name *n = &c->authority_cert_issuer.items[i];
		if (n->kind == GN_DIRECTORY && name_equal(&n->directory, &issuer->issuer))
			return false;
	}
	return true;
}

struct candidate {
	struct cert *cert;
	unsigned rank;
};

/* Lower is better: the key that was named, then what can be an issuer at all, then what lies in our own stores. */
static unsigned rank_of(const struct judgement *j, const struct cert *child, const struct cert *c,
			bool in_stores)
{
	unsigned rank = 0;
	if (graph_key_ids_disagree(child, c))
		rank += 16;
	if (!c->is_ca && !(cert_is_self_issued(c) && in_stores))
		rank += 8;
	if (j->now_s < c->not_before_s || j->now_s > c->not_after_s)
		rank += 4;
	if (child->authority_key_id.len > 0 && c->subject_key_id.len == 0)
		rank += 2;
	if (!in_stores)
		rank += 1;
	return rank;
}

/* Keeps the best TRUST_MAX_ISSUERS in order; among equals the first stay. */
static void offer(struct candidate *best, size_t *n, bool *cut, struct candidate c)
{
	if (*n == TRUST_MAX_ISSUERS) {
		*cut = true;
		if (c.rank >= best[*n - 1].rank)
			return;
		--*n;
	}
	size_t at = *n;
	for (; at > 0 && best[at - 1].rank > c.rank; at--)
		best[at] = best[at - 1];
	best[at] = c;
	++*n;
}

/* Those were offered already, as what the peer sent. */
static bool is_presented(const struct judgement *j, const struct cert *c)
{
	for (size_t i = 0; i < j->n_presented; i++)
		if (cert_equal(j->nodes[i]->cert, c))
			return true;
	return false;
}

/* Names of a usual length are one look; the octets of long ones count. */
static size_t cost_of_look(const struct cert *c)
{
	return 1 + c->issuer.canonical_len / 1024;
}

void graph_expand(struct judgement *j, struct node *n)
{
	struct candidate best[TRUST_MAX_ISSUERS];
	size_t count = 0;
	if (n->expanded)
		return;
	n->expanded = true;
	for (size_t i = 0; i < j->n_presented; i++) {
		struct node *p = j->nodes[i];
		j->n_looks += cost_of_look(n->cert);
		if (!p->is_shadowed && name_equal(&p->cert->subject, &n->cert->issuer))
			offer(best, &count, &n->edges_cut,
			      (struct candidate){
				      p->cert, rank_of(j, n->cert, p->cert, lies_in(p, j->links))});
	}
	for (struct view_cert *v = view_first(j->view, &n->cert->issuer); v != NULL;
	     v = view_next(j->view, v)) {
		j->n_looks += cost_of_look(n->cert);
		if (j->n_looks > TRUST_MAX_LOOKS) {
			n->edges_cut = true;
			break;
		}
		if ((v->stores & j->links) != 0 &&
		    name_equal(&v->cert->subject, &n->cert->issuer) && !is_presented(j, v->cert))
			offer(best, &count, &n->edges_cut,
			      (struct candidate){v->cert, rank_of(j, n->cert, v->cert, true)});
	}
	if (count == 0)
		return;
	n->edges = mem_array(count, sizeof *n->edges);
	if (n->edges == NULL) {
		j->out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		struct node *issuer = graph_node(j, best[i].cert, false);
		if (issuer != NULL)
			n->edges[n->n_edges++] =
				(struct edge){.issuer = issuer, .rank = best[i].rank};
	}
}

/* Distances spread from the anchors down, one round for each step of a path. */
static void spread_distances(struct judgement *j)
{
	bool changed = true;
	for (size_t i = 0; i < j->n_nodes; i++)
		if (may_be_anchor(j, j->nodes[i]))
			j->nodes[i]->distance = 0;
	for (unsigned round = 0; changed && round <= TRUST_MAX_DEPTH; round++) {
		changed = false;
		for (size_t i = 0; i < j->n_nodes; i++) {
			struct node *n = j->nodes[i];
			for (size_t k = 0; k < n->n_edges; k++) {
				unsigned d = n->edges[k].issuer->distance;
				if (d == UINT_MAX || d + 1 >= n->distance)
					continue;
				n->distance = d + 1;
				changed = true;
			}
		}
	}
}

static int compare_edges(const void *x, const void *y)
{
	const struct edge *a = x, *b = y;
	/* A key that disagrees, or what is no issuer, comes after every way to an anchor. */
	unsigned flaw_a = a->rank / 4, flaw_b = b->rank / 4;
	if (flaw_a != flaw_b)
		return flaw_a < flaw_b ? -1 : 1;
	if (a->issuer->distance != b->issuer->distance)
		return a->issuer->distance < b->issuer->distance ? -1 : 1;
	return a->rank < b->rank ? -1 : a->rank > b->rank;
}

/*
 * A CA certificate that lies in the store of accepted issuers speaks for its CA: another of the
 * same name, issuer and key that the peer brings along does not stand in for it.
 */
static bool is_shadowed(const struct judgement *j, const struct node *n)
{
	const struct cert *c = n->cert;
	if (n->known != NULL || cert_is_self_issued(c))
		return false;
	for (struct view_cert *v = view_first(j->view, &c->subject); v != NULL;
	     v = view_next(j->view, v))
		if ((v->stores & j->issuer_list & j->links) != 0 &&
		    name_equal(&v->cert->subject, &c->subject) &&
		    name_equal(&v->cert->issuer, &c->issuer) &&
		    memcmp(v->cert->spki_sha256, c->spki_sha256, SHA256_BYTES) == 0 &&
		    j->now_s >= v->cert->not_before_s && j->now_s <= v->cert->not_after_s)
			return true;
	return false;
}

void graph_measure(struct judgement *j, struct node *leaf)
{
	for (size_t i = 1; i < j->n_presented; i++)
		j->nodes[i]->is_shadowed = is_shadowed(j, j->nodes[i]);
	graph_expand(j, leaf);
	for (size_t i = 0; i < j->n_nodes; i++)
		if (j->nodes[i]->distance != 0)
			graph_expand(j, j->nodes[i]);
	spread_distances(j);
	for (size_t i = 0; i < j->n_nodes; i++)
		if (j->nodes[i]->n_edges > 1)
			qsort(j->nodes[i]->edges, j->nodes[i]->n_edges, sizeof(struct edge),
			      compare_edges);
}
