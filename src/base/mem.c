/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/mem.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_ulong fail_countdown;

bool mem_should_fail(void)
{
	unsigned long left = atomic_load_explicit(&fail_countdown, memory_order_relaxed);

	while (left > 0)
		if (atomic_compare_exchange_weak(&fail_countdown, &left, left - 1))
			return left == 1;
	return false;
}

void mem_fail_at(unsigned long n)
{
	atomic_store(&fail_countdown, n);
}

unsigned long mem_fail_left(void)
{
	return atomic_load(&fail_countdown);
}

void *mem_alloc(size_t size_bytes)
{
	return mem_array(1, size_bytes);
}

/* A size of nothing still gives a pointer of its own, so that NULL always means shortage. */
void *mem_array(size_t n, size_t size_bytes)
{
	if (mem_should_fail() || (size_bytes > 0 && n > SIZE_MAX / size_bytes))
		return NULL;
	if (n == 0 || size_bytes == 0)
		return calloc(1, 1);
	return calloc(n, size_bytes);
}

void *mem_grow(void *old, size_t old_n, size_t new_n, size_t size_bytes)
{
	char *p;

	if (size_bytes == 0 || new_n > SIZE_MAX / size_bytes || mem_should_fail())
		return NULL;
	p = realloc(old, new_n > 0 ? new_n * size_bytes : 1);
	if (p && new_n > old_n)
		memset(p + old_n * size_bytes, 0, (new_n - old_n) * size_bytes);
	return p;
}

void *mem_dup(const void *p, size_t len)
{
	void *copy = mem_alloc(len);

	if (copy && len > 0)
		memcpy(copy, p, len);
	return copy;
}

char *mem_str(const char *s)
{
	return s ? mem_strn(s, strlen(s)) : NULL;
}

char *mem_strn(const void *s, size_t len)
{
	char *copy;

	if (len == SIZE_MAX)
		return NULL;
	copy = mem_alloc(len + 1);
	if (copy && len > 0)
		memcpy(copy, s, len);
	return copy;
}

char *mem_printf(const char *fmt, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0)
		return NULL;
	text = mem_alloc((size_t)n + 1);
	if (!text)
		return NULL;
	va_start(args, fmt);
	(void)vsnprintf(text, (size_t)n + 1, fmt, args); /* measured just above */
	va_end(args);
	return text;
}

void mem_free(void *p)
{
	free(p);
}
