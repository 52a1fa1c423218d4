/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Paging of every list: limit 1 to PAGE_LIMIT_MAX, opaque token from the page before. Lists answer
 * with
 * {"items": [...], "next_page_token": "..." or absent, "total": n}.
 */
#define PAGE_LIMIT_DEFAULT 50
#define PAGE_LIMIT_MAX 500 /* rows of one page of a list */

struct page {
	int limit;	   /* 0: PAGE_LIMIT_DEFAULT */
	const char *token; /* NULL: from the start */
	const char
		*sort; /* member name, "-" before it for descending; NULL: the list's own order */
};
