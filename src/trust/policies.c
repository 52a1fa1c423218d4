/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/engine.h"

#include "base/mem.h"
#include "x509/oid.h"

/*
 * Certificate policies, RFC 5280 6.1 with the policy graph of RFC 9618 in place of the tree, so that
 * no set of mappings makes it grow beyond the policies of one certificate. Only the last level of
 * the graph is kept: what is pruned above it decides nothing below. A node carries whether one of
 * the policies that the caller asked for led to it.
 */
struct policy_node {
	struct span policy;
	bool wanted;
};

struct level {
	struct policy_node *items;
	size_t n, cap;
	bool any; /* a node with anyPolicy, which everything asked for leads to */
};

struct policy_state {
	struct judgement *j;
	struct level nodes;    /* of the certificate just read */
	struct level expected; /* what the next one may name: the same, or what they map to */
	int explicit_policy, mapping, inhibit_any;
};

static void level_clear(struct level *l)
{
	mem_free(l->items);
	*l = (struct level){.items = NULL};
}

static void state_clear(struct policy_state *s)
{
	level_clear(&s->nodes);
	level_clear(&s->expected);
}

static struct span any_policy(void)
{
	return OID_LITERAL(OID_ANY_POLICY);
}

static struct policy_node *level_find(struct level *l, struct span policy)
{
	for (size_t i = 0; i < l->n; i++)
		if (span_equal(l->items[i].policy, policy))
			return &l->items[i];
	return NULL;
}

/* Adds a node, or joins it to the one that is there; counts the comparisons. */
static bool level_add(struct policy_state *s, struct level *l, struct span policy, bool wanted)
{
	if (!spend_names(s->j, (unsigned)l->n + 1))
		return false;
	struct policy_node *there = level_find(l, policy);
	if (there != NULL) {
		there->wanted = there->wanted || wanted;
		return true;
	}
	if (l->n == l->cap) {
		size_t cap = l->cap == 0 ? 8 : 2 * l->cap;
		struct policy_node *items = mem_grow(l->items, l->cap, cap, sizeof *items);
		if (items == NULL) {
			s->j->out_of_memory = true;
			return false;
		}
		l->items = items;
		l->cap = cap;
	}
	l->items[l->n++] = (struct policy_node){policy, wanted};
	return true;
}

static bool is_wanted(const struct policy_state *s, struct span policy)
{
	const struct oid_list *initial = &s->j->policy->initial_policies;
	for (size_t i = 0; i < initial->n; i++)
		if (span_equal(initial->items[i], policy) ||
		    span_equal(initial->items[i], any_policy()))
			return true;
	return initial->n == 0;
}

/* 6.1.3 (d)(1) */
static bool add_named(struct policy_state *s, struct level *out, struct span policy)
{
	if (!spend_names(s->j, (unsigned)s->expected.n + 1))
		return false;
	const struct policy_node *from = level_find(&s->expected, policy);
	if (from != NULL)
		return level_add(s, out, policy, from->wanted);
	return !s->expected.any || level_add(s, out, policy, is_wanted(s, policy));
}

/* 6.1.3 (d) and (e): the level of this certificate. */
static bool read_level(struct policy_state *s, const struct cert *c, bool any_counts)
{
	struct level next AUTO(level_clear) = {.items = NULL};
	bool has_any = false;
	for (size_t i = 0; i < c->n_policies; i++) {
		if (oid_is(c->policies[i].oid, any_policy()))
			has_any = true;
		else if (!add_named(s, &next, c->policies[i].oid))
			return false;
	}
	if (has_any && any_counts) {
		next.any = s->expected.any;
		for (size_t i = 0; i < s->expected.n; i++)
			if (!level_add(s, &next, s->expected.items[i].policy,
				       s->expected.items[i].wanted))
				return false;
	}
	level_clear(&s->nodes);
	s->nodes = next;
	next = (struct level){.items = NULL};
	return true;
}

static bool is_mapped(const struct cert *c, struct span policy)
{
	for (size_t i = 0; i < c->n_policy_mappings; i++)
		if (span_equal(c->policy_mappings[i].issuer, policy))
			return true;
	return false;
}

/* 6.1.4 (b): from the nodes to what the next certificate may name. */
static bool expect_next(struct policy_state *s, const struct cert *c)
{
	struct level next AUTO(level_clear) = {.any = s->nodes.any};
	if (!spend_names(s->j, (unsigned)(s->nodes.n * c->n_policy_mappings)))
		return false;
	for (size_t i = 0; i < s->nodes.n; i++)
		if (!is_mapped(c, s->nodes.items[i].policy) &&
		    !level_add(s, &next, s->nodes.items[i].policy, s->nodes.items[i].wanted))
			return false;
	/* Without leave to map, a policy that is mapped ends here. */
	for (size_t i = 0; s->mapping > 0 && i < c->n_policy_mappings; i++) {
		const struct policy_mapping *m = &c->policy_mappings[i];
		const struct policy_node *from = level_find(&s->nodes, m->issuer);
		if (from == NULL && !s->nodes.any)
			continue;
		if (!level_add(s, &next, m->subject,
			       from != NULL ? from->wanted : is_wanted(s, m->issuer)))
			return false;
	}
	level_clear(&s->expected);
	s->expected = next;
	next = (struct level){.items = NULL};
	return true;
}

static void tighten(int *state, int constraint)
{
	if (constraint >= 0 && constraint < *state)
		*state = constraint;
}

/* 6.1.4 (h) to (j) */
static void prepare_next(struct policy_state *s, const struct cert *c)
{
	if (!cert_is_self_issued(c)) {
		s->explicit_policy -= s->explicit_policy > 0;
		s->mapping -= s->mapping > 0;
		s->inhibit_any -= s->inhibit_any > 0;
	}
	tighten(&s->explicit_policy, c->require_explicit_policy);
	tighten(&s->mapping, c->inhibit_policy_mapping);
	tighten(&s->inhibit_any, c->inhibit_any_policy);
}

static bool maps_any(const struct cert *c)
{
	for (size_t i = 0; i < c->n_policy_mappings; i++)
		if (oid_is(c->policy_mappings[i].issuer, any_policy()) ||
		    oid_is(c->policy_mappings[i].subject, any_policy()))
			return true;
	return false;
}

/* One certificate of the path; i counts from the leaf. False: refused, or out of work. */
static bool take(struct policy_state *s, const struct path *p, size_t i, struct findings *f)
{
	const struct cert *c = p->nodes[i]->cert;
	bool self_issued = i > 0 && cert_is_self_issued(c);
	if (!read_level(s, c, s->inhibit_any > 0 || self_issued))
		return false;
	if (s->explicit_policy == 0 && s->nodes.n == 0 && !s->nodes.any) {
		note(f, i, FAULT_POLICY, "no certificate policy is left that the path allows");
		return false;
	}
	if (i == 0)
		return true;
	if (maps_any(c)) {
		note(f, i, FAULT_POLICY, "it maps from or to any policy");
		return false;
	}
	if (!expect_next(s, c))
		return false;
	prepare_next(s, c);
	return true;
}

/* 6.1.5 (a), (b) and (g) */
static void wrap_up(struct policy_state *s, const struct cert *leaf, struct findings *f)
{
	bool found = s->nodes.any;
	s->explicit_policy -= s->explicit_policy > 0;
	if (leaf->require_explicit_policy == 0)
		s->explicit_policy = 0;
	for (size_t i = 0; i < s->nodes.n; i++)
		found = found || s->nodes.items[i].wanted;
	if (s->explicit_policy == 0 && !found)
		note(f, 0, FAULT_POLICY, "it is valid under none of the policies wanted");
}

void check_policies(struct judgement *j, const struct path *p, struct findings *f)
{
	int n = (int)p->n - 1; /* without the anchor */
	struct policy_state s AUTO(state_clear) = {
		.j = j,
		.expected = {.any = true},
		.explicit_policy = j->policy->explicit_policy ? 0 : n + 1,
		.mapping = j->policy->inhibit_mapping ? 0 : n + 1,
		.inhibit_any = j->policy->inhibit_any ? 0 : n + 1,
	};
	if (n == 0)
		return;
	for (size_t i = (size_t)n; i-- > 0;)
		if (!take(&s, p, i, f)) {
			if (j->limit == FAULT_LIMIT_NAMES)
				note(f, i, FAULT_LIMIT_NAMES, "too many policies");
			return;
		}
	wrap_up(&s, p->nodes[0]->cert, f);
}
