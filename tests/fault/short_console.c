/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/mem.h"
#include "base/num.h"
#include "tests/fault/short.h"

#include <stdlib.h>

/*
 * Linked with the console's own files: CERTBINDER_SHORT=N makes the Nth allocation since the start of the
 * program fail, once.
 */
__attribute__((constructor)) static void begin(void)
{
	const char *text = getenv("CERTBINDER_SHORT");
	uint64_t n;

	short_hooks();
	if (text && num_u64(text, UINT32_MAX, &n))
		mem_fail_at((unsigned long)n);
}
