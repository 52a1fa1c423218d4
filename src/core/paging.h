/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/json.h"
#include "core/page.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Page tokens for the lists of core/: a number (row id or sequence) and the sort that it belongs
 * to, opaque to the caller. A token of another list or sort is ERR_INVALID request.parameter.
 */
#define PAGE_SORT_SIZE 40 /* bytes of "-member", terminator included */

struct page_state {
	int limit;
	char sort[PAGE_SORT_SIZE]; /* without the "-"; "" none */
	bool descending;
	int64_t after; /* 0: from the start */
};

bool page_read(const struct page *p, struct page_state *out, struct err *e) MUST_USE;
/* {"items":..., "total":..., "next_page_token":...}; items is stolen; last 0: no further page. */
bool page_answer(json_t *items, int64_t total, const struct page_state *p, int64_t last,
		 json_t **out, struct err *e) MUST_USE;
/* The same for lists that are never cut. */
bool list_answer(json_t *items, json_t **out, struct err *e) MUST_USE;
