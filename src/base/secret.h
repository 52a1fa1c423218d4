/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Bytes that must not leak: keys, passwords, tokens. Kept in memory that is wiped when freed and
 * excluded from core dumps; never logged, never in JSON, never in an argument list. data is
 * followed by a NUL that len does not count.
 */
struct secret {
	uint8_t *data;
	size_t len;
};

#define SECRET_INIT                                                                                \
	{                                                                                          \
		.data = NULL, .len = 0                                                             \
	}
#define SECRET_MAX_BYTES ((size_t)1 << 20) /* larger than any key or password that we take */

/* Copies; wipes what was there. */
bool secret_set(struct secret *s, const void *p, size_t len, struct err *e) MUST_USE;
/* Zeroed room, to be filled in place. */
bool secret_alloc(struct secret *s, size_t len, struct err *e) MUST_USE;
bool secret_random(struct secret *s, size_t len, struct err *e) MUST_USE;
/* One trailing newline is dropped; "-" is stdin. */
bool secret_read_file(struct secret *s, const char *path, struct err *e) MUST_USE;
void secret_clear(struct secret *s);
void secret_move(struct secret *to, struct secret *from);
struct span secret_span(const struct secret *s);
bool secret_equal(struct span a, struct span b); /* in constant time for equal lengths */
void secret_wipe(void *p, size_t len);		 /* for secrets in foreign memory */
void random_bytes(void *p, size_t len); /* from the system's generator; cannot fail after start */

#define AUTO_SECRET AUTO(secret_clear)
