/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"

#include <stdbool.h>

/*
 * For hello.c and hello_rules.c alone: a cursor over what TLS calls vectors (RFC 8446 3.4). What is cut
 * off the front is gone; after one failure everything fails.
 */
struct cursor {
	struct span left;
	bool bad;
};

static inline struct span cursor_cut(struct cursor *c, size_t n)
{
	struct span s = {.p = NULL, .len = 0};

	if (c->bad || n > c->left.len) {
		c->bad = true;
		return s;
	}
	s = span_of(c->left.p, n);
	c->left.p += n;
	c->left.len -= n;
	return s;
}

static inline size_t cursor_number(struct cursor *c, size_t n_bytes)
{
	struct span s = cursor_cut(c, n_bytes);
	size_t v = 0;

	for (size_t i = 0; i < s.len; i++)
		v = v << 8 | s.p[i];
	return v;
}

/* A vector with a length of n_bytes in front. */
static inline struct cursor cursor_vector(struct cursor *c, size_t n_bytes)
{
	struct span s = cursor_cut(c, cursor_number(c, n_bytes));

	return (struct cursor){.left = s, .bad = c->bad};
}

static inline bool cursor_more(const struct cursor *c)
{
	return !c->bad && c->left.len > 0;
}

/* The alert that an extension of a ClientHello deserves by its own shape; 0: none. */
unsigned char hello_extension_fault(size_t type, struct span data);
