/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A growing byte buffer with a hard maximum and sticky failure: appends return nothing, buf_ok() at
 * the end says whether all of them went in. Data is always followed by a NUL that len does not
 * count.
 * secret   when set, memory is wiped before it is given back
 */
struct buf {
	uint8_t *data;
	size_t len;
	size_t cap;
	size_t max; /* bytes, at most; 0 means BUF_MAX_DEFAULT */
	bool failed;
	bool secret;
};

#define BUF_MAX_DEFAULT ((size_t)16 << 20) /* bytes of a buffer that has no limit of its own */
#define BUF_INIT                                                                                   \
	{                                                                                          \
		.data = NULL                                                                       \
	}

void buf_init(struct buf *b, size_t max);
void buf_clear(struct buf *b); /* frees, and resets to empty */
void buf_reset(struct buf *b); /* keeps the memory */
bool buf_ok(const struct buf *b);
void buf_add(struct buf *b, const void *p, size_t len);
void buf_add_span(struct buf *b, struct span s);
void buf_add_str(struct buf *b, const char *s);
void buf_add_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
void buf_drop_front(struct buf *b, size_t len);
/* Room for len more, NULL on failure; then buf_took(). */
uint8_t *buf_space(struct buf *b, size_t len);
void buf_took(struct buf *b, size_t len);
const char *buf_str(const struct buf *b); /* "" when empty */
struct span buf_span(const struct buf *b);
char *buf_steal_str(struct buf *b) MUST_USE; /* the bytes, yours (mem_free); NULL after a failure */

#define AUTO_BUF AUTO(buf_clear)
