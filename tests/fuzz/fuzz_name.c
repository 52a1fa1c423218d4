/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/subtree.h"
#include "x509/name.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void as_name(struct span s)
{
	struct name n AUTO(name_clear) = {.n_rdns = 0};
	struct buf text AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	struct span mail;
	if (!name_parse(s, &n, &e))
		return;
	must(name_equal(&n, &n) && name_is_within(&n, &n));
	must(name_is_empty(&n) == (n.n_attributes == 0));
	name_text(&n, &text);
	(void)name_common_name(&n, &text);
	(void)name_email(&n, 0, &mail);
}

/* Every name against every other as its subtree: what is permitted within is excluded within. */
static void as_general_names(struct span s)
{
	struct general_names g AUTO(general_names_clear) = {.n = 0};
	struct buf text AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	if (!general_names_parse(s, &g, &e))
		return;
	for (size_t i = 0; i < g.n && i < 16; i++) {
		const struct general_name *n = &g.items[i];
		general_name_text(n, &text);
		(void)looks_like_host(n->value);
		for (size_t k = 0; k < g.n && k < 16; k++) {
			if (g.items[k].kind != n->kind)
				continue;
			const struct name_constraint in = {.base = g.items[k]};
			const struct name_constraint ex = {.base = g.items[k], .excluded = true};
			if (subtree_compare(&in, n->value, &n->directory) == SUBTREE_WITHIN)
				must(subtree_compare(&ex, n->value, &n->directory) ==
				     SUBTREE_WITHIN);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	as_name(span_of(data, size));
	as_general_names(span_of(data, size));
	return 0;
}
