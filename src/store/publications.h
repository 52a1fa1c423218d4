/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/digest.h"
#include "store/store.h"

/*
 * Rows of publications: every number that agents were ever given, kept for ever.
 */
struct publication_row {
	int64_t number;
	char sha256[2 * SHA256_BYTES + 1]; /* of the token */
	char ntcer[2 * SHA256_BYTES + 1], signed_by[2 * SHA256_BYTES + 1];
	char reason[16];
	int64_t created_s;
};

typedef bool (*publication_fn)(void *arg, const struct publication_row *row, const char *token,
			       struct err *e);

/* ERR_EXISTS when the number is taken. */
bool publication_row_insert(struct store *s, const struct publication_row *r, const char *token,
			    struct err *e) MUST_USE;
/* All of them: where a backup's take their place. */
bool publication_row_clear(struct store *s, struct err *e) MUST_USE;
/* number 0: the latest. token_out may be NULL. */
bool publication_row_find(struct store *s, int64_t number, struct publication_row *out,
			  struct buf *token_out, bool *found_out, struct err *e) MUST_USE;
/* From number first on, upwards. */
bool publication_row_each(struct store *s, int64_t first, publication_fn fn, void *arg,
			  struct err *e) MUST_USE;
