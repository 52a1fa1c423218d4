/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/digest.h"
#include "store/accounts.h"
#include "store/store.h"

/*
 * Rows of console sessions, found by the SHA-256 of their cookie.
 */
#define SESSIONS_MAX 1000 /* of one account; of more those go that were used longest ago */

struct store_session {
	char id[33];
	uint8_t hash[SHA256_BYTES];
	int64_t account_id;
	char account[ACCOUNT_NAME_SIZE]; /* read only */
	int role;			 /* of the account, now; read only */
	char address[48];
	char certificate[65]; /* SHA-256 of the leaf that opened it; "": a password did */
	int64_t created_at_s, seen_at_s, expires_at_s;
};

bool store_session_insert(struct store *s, const struct store_session *n, struct err *e) MUST_USE;
bool store_session_find(struct store *s, const uint8_t hash[static SHA256_BYTES],
			struct store_session *out, bool *found_out, struct err *e) MUST_USE;
bool store_session_seen(struct store *s, const char *id, int64_t at_s, struct err *e) MUST_USE;
bool store_session_delete(struct store *s, const char *id, struct err *e) MUST_USE;
bool store_session_delete_all(struct store *s, int64_t account_id, struct err *e) MUST_USE;
bool store_session_purge(struct store *s, int64_t expired_before_s, int64_t seen_before_s,
			 struct err *e) MUST_USE;
