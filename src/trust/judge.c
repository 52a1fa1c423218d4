/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/judge.h"

#include "base/mem.h"
#include "base/text.h"
#include "trust/engine.h"

#include <stdio.h>

struct judging {
	struct err *e;
	enum fault leaf_fault;
	bool accept;
};

/* Which of the three causes of an untrusted root it is, by what the stores hold. */
static enum fault refine_end(struct judgement *j, const struct path *p, enum fault end,
			     const char **detail)
{
	const struct node *last = p->nodes[p->n - 1];
	uint64_t root = view_store_bit(j->view, "Root");
	if (end == FAULT_CHAIN_BREAKS) {
		*detail = "the certificate of its issuer was not sent and is neither in CA nor, if "
			  "it is a root, in Root";
		/* An issuer that we list ourselves broke off for want of its root, not of a link. */
		if (p->n > 1 && last->known != NULL && (last->known->stores & j->links) != 0 &&
		    (last->known->stores & j->issuer_list & ~root) != 0) {
			*detail = "its issuer is listed, but the root above it is not in Root";
			return FAULT_ROOT_NOT_IN_ROOT;
		}
	}
	if (end == FAULT_ROOT_NOT_IN_ROOT) {
		*detail = "it is not in Root";
		if (j->policy->mode != TRUST_MACHINE && last->known != NULL &&
		    (last->known->stores & root) != 0) {
			*detail = "in this mode only the store of accepted issuers counts, and it "
				  "is not in there";
			return FAULT_NOT_IN_ISSUER_LIST;
		}
	}
	if (end == FAULT_BAD_SIGNATURE)
		*detail = "the signature below it was made with another key";
	if (end == FAULT_UNSUPPORTED_ALGORITHM)
		*detail = "the signature below it is of a kind that is not supported";
	if (end == FAULT_LIMIT_DEPTH)
		*detail = "the path is too long";
	return end;
}

static bool visit(struct judgement *j, const struct path *p, enum fault end, void *arg)
{
	struct judging *g = arg;
	struct findings f = {.worst = FAULT_NONE};
	const char *detail = "";
	check_path(j, p, &f);
	if (end != FAULT_NONE) {
		end = refine_end(j, p, end, &detail);
		note(&f, p->n - 1, end, "%s", detail);
	}
	if (j->limit == FAULT_LIMIT_NAMES)
		note(&f, 0, FAULT_LIMIT_NAMES, "too many names and constraints");
	if (!verdict_add_path(j, p, &f, g->e)) {
		j->out_of_memory = true;
		return true;
	}
	g->accept = p->anchored && f.worst == FAULT_NONE;
	/* Nothing better will come where the first certificate itself is what is wrong. */
	bool hopeless = p->anchored && f.worst == g->leaf_fault;
	return g->accept || hopeless || j->limit == FAULT_LIMIT_NAMES;
}

static bool add_presented(struct judgement *j, struct cert *const *chain, size_t n)
{
	for (size_t i = 0; i < n && i < TRUST_MAX_PRESENTED; i++)
		if (graph_node(j, chain[i], true) == NULL)
			return false;
	j->n_presented = j->n_nodes;
	return true;
}

static bool run(struct judgement *j, struct cert *const *chain, size_t n, struct err *e)
{
	struct judging g = {.e = e};
	issuer_list_find(j);
	if (!add_presented(j, chain, n))
		return err_nomem(e);
	struct node *leaf = j->nodes[0];
	g.leaf_fault = check_leaf(j, leaf);
	if (graph_is_disallowed(j, leaf)) {
		struct findings f = {.worst = FAULT_NONE};
		const struct path p = {.nodes = {leaf}, .n = 1};
		note(&f, 0, FAULT_DISALLOWED, "it lies in Disallowed");
		if (!verdict_add_path(j, &p, &f, e))
			return false;
	} else {
		graph_measure(j, leaf);
		build_paths(j, leaf, visit, &g);
	}
	if (j->out_of_memory)
		return err_nomem(e);
	verdict_conclude(j, g.accept);
	return true;
}

static void judgement_clear(struct judgement **j)
{
	if (*j == NULL)
		return;
	graph_free(*j);
	verdict_free((*j)->verdict);
	mem_free(*j);
}

static void conclude_empty(struct verdict *v)
{
	const struct fault_row *row = fault_row(FAULT_NO_CERTIFICATE);
	v->reason = row->code;
	v->substatus = row->substatus;
	v->win32 = row->win32;
	text_copy(v->explanation, sizeof v->explanation, "the client sent no certificate");
}

bool trust_judge(const struct trust_view *view, const struct trust_policy *policy,
		 struct cert *const *chain, size_t n, int64_t now_s, struct signature_cache *cache,
		 struct verdict **out, struct err *e)
{
	struct judgement *j AUTO(judgement_clear) = mem_new(struct judgement);
	if (j == NULL)
		return err_nomem(e);
	/* The view is immutable but for answers that it remembers, atomically. */
	j->view = (struct trust_view *)view;
	j->policy = policy;
	j->now_s = now_s;
	j->cache = cache;
	j->verdict = mem_new(struct verdict);
	if (j->verdict == NULL)
		return err_nomem(e);
	if (n == 0)
		conclude_empty(j->verdict);
	else if (!run(j, chain, n, e))
		return false;
	*out = j->verdict;
	j->verdict = NULL;
	return true;
}
