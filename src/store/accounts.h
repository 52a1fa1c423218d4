/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/store.h"

/*
 * Rows of accounts: names without regard to case, passwords as Argon2id strings made by core/.
 */
#define ACCOUNT_NAME_SIZE 128	  /* bytes, terminator included */
#define ACCOUNT_PASSWORD_SIZE 128 /* of the hash string */

struct store_account {
	int64_t id;
	char name[ACCOUNT_NAME_SIZE];
	char password[ACCOUNT_PASSWORD_SIZE];
	int role; /* enum role of core/ */
	int64_t created_at_s, changed_at_s, last_login_at_s /* 0 never */;
};

typedef bool (*store_account_fn)(void *arg, const struct store_account *row, struct err *e);

bool store_account_insert(struct store *s, const struct store_account *n,
			  struct err *e) MUST_USE; /* ERR_EXISTS */
bool store_account_find(struct store *s, const char *name, struct store_account *out,
			bool *found_out, struct err *e) MUST_USE;
bool store_account_list(struct store *s, store_account_fn fn, void *arg, struct err *e) MUST_USE;
bool store_account_update(struct store *s, const struct store_account *a,
			  struct err *e) MUST_USE; /* role, password, changed_at, last_login_at */
bool store_account_delete(struct store *s, int64_t id, struct err *e) MUST_USE; /* and sessions */
bool store_account_count(struct store *s, int role, int64_t *out, struct err *e) MUST_USE;

/* Failed attempts, by subject ("account:x", "address:y"). n 0: none lately. */
#define LOGIN_FAILURES_MAX 10000 /* rows kept; the oldest go first */
bool store_failures_get(struct store *s, const char *subject, int64_t *n_out,
			int64_t *last_at_s_out, struct err *e) MUST_USE;
bool store_failures_add(struct store *s, const char *subject, int64_t at_s, struct err *e) MUST_USE;
bool store_failures_clear(struct store *s, const char *subject, struct err *e) MUST_USE;
bool store_failures_purge(struct store *s, int64_t before_s, struct err *e) MUST_USE;
