/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/cert.h"

#include "base/mem.h"

bool cert_list_add(struct cert_list *l, struct cert *c, struct err *e)
{
	if (l->n == l->cap) {
		size_t cap = l->cap == 0 ? 8 : 2 * l->cap;
		struct cert **items = mem_grow(l->items, l->cap, cap, sizeof(struct cert *));
		if (items == NULL)
			return err_nomem(e);
		l->items = items;
		l->cap = cap;
	}
	l->items[l->n++] = cert_ref(c);
	return true;
}

bool cert_list_has(const struct cert_list *l, const struct cert *c)
{
	for (size_t i = 0; i < l->n; i++)
		if (cert_equal(l->items[i], c))
			return true;
	return false;
}

void cert_list_clear(struct cert_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		cert_unref(l->items[i]);
	mem_free(l->items);
	*l = (struct cert_list){.items = NULL};
}
