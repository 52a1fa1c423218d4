/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/digest.h"
#include "store/store.h"

/*
 * Rows of API tokens, found by the SHA-256 of their text.
 */
#define TOKEN_NAME_SIZE 128 /* bytes, terminator included */

struct store_token {
	char id[33];
	char name[TOKEN_NAME_SIZE];
	uint8_t hash[SHA256_BYTES];
	int role;
	int64_t created_at_s, expires_at_s /* 0 never */, used_at_s /* 0 never */;
	char created_by[128];
};

typedef bool (*store_token_fn)(void *arg, const struct store_token *row, struct err *e);

bool store_token_insert(struct store *s, const struct store_token *n,
			struct err *e) MUST_USE; /* ERR_EXISTS */
bool store_token_find(struct store *s, const uint8_t hash[static SHA256_BYTES],
		      struct store_token *out, bool *found_out, struct err *e) MUST_USE;
bool store_token_named(struct store *s, const char *id_or_name, struct store_token *out,
		       bool *found_out, struct err *e) MUST_USE;
bool store_token_list(struct store *s, store_token_fn fn, void *arg, struct err *e) MUST_USE;
bool store_token_used(struct store *s, const char *id, int64_t at_s, struct err *e) MUST_USE;
bool store_token_delete(struct store *s, const char *id, struct err *e) MUST_USE;
