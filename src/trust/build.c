/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/engine.h"

#include <string.h>

struct builder {
	struct judgement *j;
	struct path path;
	path_visit_fn visit;
	void *arg;
};

/* RFC 4158 2.4.2: the same name with the same key again is a loop, whatever else differs. */
static bool would_loop(const struct path *p, const struct node *n)
{
	if (n->on_path)
		return true;
	for (size_t i = 1; i < p->n; i++)
		if (memcmp(p->nodes[i]->cert->spki_sha256, n->cert->spki_sha256, SHA256_BYTES) ==
			    0 &&
		    name_equal(&p->nodes[i]->cert->subject, &n->cert->subject))
			return true;
	return false;
}

static bool try_edge(struct judgement *j, const struct node *child, struct edge *edge)
{
	if (edge->tried)
		return true;
	edge->signature = judge_signature(j, child->cert, edge->issuer->cert);
	edge->tried = j->limit != FAULT_LIMIT_SIGNATURES;
	return edge->tried;
}

static bool climb(struct builder *b, struct node *n);

/* A path that ends in a certificate whose signature over the one below does not hold. */
static bool visit_bad_edge(struct builder *b, struct edge *edge)
{
	b->path.nodes[b->path.n++] = edge->issuer;
	enum fault end = edge->signature == SIGNATURE_BAD ? FAULT_BAD_SIGNATURE
							  : FAULT_UNSUPPORTED_ALGORITHM;
	bool stop = b->visit(b->j, &b->path, end, b->arg);
	b->path.n--;
	return stop;
}

/* Up through every issuer whose signature holds. True: stop. */
static bool climb_issuers(struct builder *b, struct node *n)
{
	struct judgement *j = b->j;
	struct edge *bad = NULL;
	bool any = false;
	for (size_t i = 0; i < n->n_edges; i++) {
		struct edge *edge = &n->edges[i];
		if (would_loop(&b->path, edge->issuer))
			continue;
		if (j->verdict->nodes >= TRUST_MAX_NODES) {
			j->limit = FAULT_LIMIT_NODES;
			return true;
		}
		j->verdict->nodes++;
		if (!try_edge(j, n, edge))
			return true;
		if (edge->signature != SIGNATURE_GOOD) {
			/* One that names another key is no issuer that went wrong: it is none. */
			if (bad == NULL && !graph_key_ids_disagree(n->cert, edge->issuer->cert))
				bad = edge;
			continue;
		}
		any = true;
		if (climb(b, edge->issuer))
			return true;
	}
	if (n->edges_cut)
		j->limit = FAULT_LIMIT_NODES;
	if (any)
		return false;
	if (bad != NULL)
		return visit_bad_edge(b, bad);
	return b->visit(j, &b->path, FAULT_CHAIN_BREAKS, b->arg);
}

static bool climb(struct builder *b, struct node *n)
{
	struct judgement *j = b->j;
	bool stop;
	if (j->out_of_memory)
		return true;
	b->path.nodes[b->path.n++] = n;
	n->on_path = true;
	if (graph_is_anchor(j, n) && (b->path.n > 1 || graph_self_signed(j, n) == SELF_YES)) {
		b->path.anchored = true;
		stop = b->visit(j, &b->path, FAULT_NONE, b->arg);
		b->path.anchored = false;
	} else if (graph_self_signed(j, n) == SELF_YES) {
		stop = b->visit(j, &b->path, FAULT_ROOT_NOT_IN_ROOT, b->arg);
	} else if (j->limit == FAULT_LIMIT_SIGNATURES) {
		stop = true;
	} else if (b->path.n == TRUST_MAX_DEPTH) {
		stop = b->visit(j, &b->path, FAULT_LIMIT_DEPTH, b->arg);
	} else {
		graph_expand(j, n);
		stop = climb_issuers(b, n);
	}
	n->on_path = false;
	b->path.n--;
	return stop;
}

void build_paths(struct judgement *j, struct node *leaf, path_visit_fn visit, void *arg)
{
	struct builder b = {.j = j, .visit = visit, .arg = arg};
	(void)climb(&b, leaf);
}
