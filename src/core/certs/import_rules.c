/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/certs/import_plan.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* The store that each certificate of a file goes to: CONTRACTS.md, cert import. */

static bool has_any_key(const struct import_item *it)
{
	return it->key || it->key_here;
}

static bool issues_another(const struct import_plan *p, const struct import_item *it)
{
	for (size_t i = 0; i < p->n; i++)
		if (&p->items[i] != it && name_equal(&p->items[i].cert->issuer, &it->cert->subject))
			return true;
	return false;
}

/* The leaf is what has a key or is no authority. A bundle of authorities has none: there the
 * lowest ones stand for it. A certificate alone is the leaf, whatever it is. */
static void leaves_mark(struct import_plan *p)
{
	bool any = false;

	for (size_t i = 0; i < p->n; i++) {
		struct import_item *it = &p->items[i];

		it->is_leaf = has_any_key(it) || (!it->cert->is_ca && !it->is_root) || p->n == 1;
		any = any || it->is_leaf;
	}
	for (size_t i = 0; i < p->n && !any; i++)
		p->items[i].is_leaf = !issues_another(p, &p->items[i]);
}

/* Leaves first, else as found: what the answer begins with is what people imported. */
static void leaves_first(struct import_plan *p)
{
	size_t n_leaves = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct import_item leaf = p->items[i];

		if (!leaf.is_leaf)
			continue;
		memmove(&p->items[n_leaves + 1], &p->items[n_leaves],
			(i - n_leaves) * sizeof(*p->items));
		p->items[n_leaves++] = leaf;
	}
}

static bool is_root_store(const char *store)
{
	return store && text_equal_nocase(store, "Root");
}

static void root_rule(const struct import_plan *p, struct import_item *it, const char **to)
{
	*to = "Root";
	if (p->request->trust_roots || is_root_store(p->request->store) || it->member)
		return;
	it->left_out = true;
	snprintf(it->why, sizeof(it->why),
		 "a self-signed root is trusted only on request: --trust-roots, the tick, or "
		 "--store Root");
}

static const char *by_rule(const struct import_plan *p, struct import_item *it)
{
	const char *to;

	if (has_any_key(it))
		return "My";
	if (it->is_root) {
		root_rule(p, it, &to);
		return to;
	}
	if (it->cert->is_ca)
		return "CA";
	return p->request->store ? p->request->store : "TrustedPeople";
}

static const char *store_for(const struct import_plan *p, struct import_item *it)
{
	const char *asked = p->request->store;

	if (!asked)
		return by_rule(p, it);
	if (p->request->all_to_store)
		return asked;
	/* an intermediate that came along in a bundle of roots is not meant for Root */
	if (is_root_store(asked) && p->n > 1 && it->cert->is_ca && !it->self_signed &&
	    !has_any_key(it))
		return "CA";
	return it->is_leaf ? asked : by_rule(p, it);
}

static bool is_member(struct core *c, const struct import_item *it, const char *store,
		      struct store_row *row, bool *known, bool *member, struct err *e)
{
	struct cert_found f;

	*member = false;
	if (!store_need(c, store, row, e) || !cert_row_of(c, it->cert, &f, known, e))
		return false;
	return !*known || store_member_has(core_store(c), row->id, f.id, member, e);
}

/* What has its key in WebHosting already is not sent to My as well. */
static bool item_place(struct core *c, struct import_plan *p, struct import_item *it, struct err *e)
{
	struct store_row hosting;
	bool there = false;

	if (it->is_root && !is_member(c, it, "Root", &it->store, &it->known, &it->member, e))
		return false; /* a root that is in Root is named as being there, not left out */
	if (!is_member(c, it, store_for(p, it), &it->store, &it->known, &it->member, e) ||
	    !is_member(c, it, "WebHosting", &hosting, &it->known, &there, e))
		return false;
	if (there && !p->request->store && text_equal_nocase(it->store.name, "My")) {
		it->store = hosting;
		it->member = true;
	}
	return true;
}

bool import_rules(struct core *c, struct import_plan *p, struct err *e)
{
	struct store_row asked;

	if (p->request->all_to_store && !p->request->store)
		return err_set(e, ERR_INVALID, "all to the store: which store?");
	if (p->request->store && !store_need(c, p->request->store, &asked, e))
		return false;
	leaves_mark(p);
	leaves_first(p);
	for (size_t i = 0; i < p->n; i++)
		if (!item_place(c, p, &p->items[i], e))
			return false;
	return true;
}
