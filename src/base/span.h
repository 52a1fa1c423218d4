/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * A borrowed view of bytes. Owns nothing; lives as long as what it points into.
 */
struct span {
	const uint8_t *p;
	size_t len;
};

static inline struct span span_of(const void *p, size_t len)
{
	return (struct span){.p = p, .len = len};
}

static inline struct span span_str(const char *s)
{
	return (struct span){.p = (const uint8_t *)s, .len = strlen(s)};
}

/* Equality of public bytes; for secrets use secret_equal(). */
static inline bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}
