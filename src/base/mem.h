/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The only door to the heap. Every function returns NULL when memory is short; callers turn that
 * into ERR_NOMEM.
 * Sizes are checked for overflow. mem_free takes NULL.
 * mem_fail_at(n) makes the nth allocation from now fail, once (tests of memory shortage); 0
 * switches it off.
 */
void *mem_alloc(size_t size_bytes) MUST_USE;	       /* zeroed */
void *mem_array(size_t n, size_t size_bytes) MUST_USE; /* zeroed */
/* New part zeroed; old stays on failure. */
void *mem_grow(void *old, size_t old_n, size_t new_n, size_t size_bytes) MUST_USE;
void *mem_dup(const void *p, size_t len) MUST_USE;
char *mem_str(const char *s) MUST_USE;		    /* NULL for NULL */
char *mem_strn(const void *s, size_t len) MUST_USE; /* adds the terminator */
char *mem_printf(const char *fmt, ...) PRINTF(1, 2) MUST_USE;
void mem_free(void *p);
void mem_fail_at(unsigned long n);
unsigned long mem_fail_left(void); /* until it comes; 0: it came, or there was none */

/* Counts one allocation that is made past this file; true means: act as if memory were short. */
bool mem_should_fail(void);

#define mem_new(type) ((type *)mem_alloc(sizeof(type)))

static inline void mem_autop(void *pp)
{
	mem_free(*(void **)pp);
}
#define AUTO_MEM AUTO(mem_autop)
