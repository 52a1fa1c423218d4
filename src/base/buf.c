/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/buf.h"

#include "base/mem.h"
#include "base/secret.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BUF_FIRST_BYTES 64

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

static void give_back(struct buf *b)
{
	if (b->data && b->secret)
		secret_wipe(b->data, b->cap);
	mem_free(b->data);
	b->data = NULL;
	b->cap = 0;
}

void buf_clear(struct buf *b)
{
	give_back(b);
	b->len = 0;
	b->failed = false;
}

void buf_reset(struct buf *b)
{
	if (b->data && b->secret)
		secret_wipe(b->data, b->cap);
	if (b->data)
		b->data[0] = '\0';
	b->len = 0;
	b->failed = false;
}

bool buf_ok(const struct buf *b)
{
	return !b->failed;
}

/* realloc would leave a copy behind: a secret moves by hand. */
static bool move_to(struct buf *b, size_t cap)
{
	uint8_t *p;

	if (!b->secret) {
		p = mem_grow(b->data, b->cap, cap, 1);
	} else {
		p = mem_alloc(cap);
		if (p && b->len > 0)
			memcpy(p, b->data, b->len);
		if (p)
			give_back(b);
	}
	if (!p)
		return false;
	b->data = p;
	b->cap = cap;
	return true;
}

/* Room for len more and the terminator. */
static bool make_room(struct buf *b, size_t len)
{
	size_t max = b->max ? b->max : BUF_MAX_DEFAULT;
	size_t need, cap;

	if (b->failed)
		return false;
	if (b->len > max || len > max - b->len) {
		b->failed = true;
		return false;
	}
	need = b->len + len + 1;
	if (need <= b->cap)
		return true;
	cap = b->cap > 0 ? b->cap : BUF_FIRST_BYTES;
	while (cap < need)
		cap = cap > need / 2 ? need + need / 4 : cap * 2;
	if (!move_to(b, cap))
		b->failed = true;
	return !b->failed;
}

uint8_t *buf_space(struct buf *b, size_t len)
{
	return make_room(b, len) ? b->data + b->len : NULL;
}

void buf_took(struct buf *b, size_t len)
{
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_add(struct buf *b, const void *p, size_t len)
{
	uint8_t *to;

	if (len == 0)
		return;
	to = buf_space(b, len);
	if (!to)
		return;
	memcpy(to, p, len);
	buf_took(b, len);
}

void buf_add_span(struct buf *b, struct span s)
{
	buf_add(b, s.p, s.len);
}

void buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	uint8_t *to;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0) {
		b->failed = true;
		return;
	}
	to = buf_space(b, (size_t)n);
	if (!to)
		return;
	va_start(args, fmt);
	(void)vsnprintf((char *)to, (size_t)n + 1, fmt, args); /* measured just above */
	va_end(args);
	buf_took(b, (size_t)n);
}

void buf_drop_front(struct buf *b, size_t len)
{
	if (len >= b->len)
		len = b->len;
	if (len == 0)
		return;
	memmove(b->data, b->data + len, b->len - len);
	if (b->secret)
		secret_wipe(b->data + b->len - len, len);
	b->len -= len;
	b->data[b->len] = '\0';
}

const char *buf_str(const struct buf *b)
{
	return b->data ? (const char *)b->data : "";
}

struct span buf_span(const struct buf *b)
{
	return span_of(buf_str(b), b->len);
}

char *buf_steal_str(struct buf *b)
{
	char *s;

	if (!make_room(b, 0))
		return NULL;
	s = (char *)b->data;
	s[b->len] = '\0';
	b->data = NULL;
	b->len = 0;
	b->cap = 0;
	return s;
}
