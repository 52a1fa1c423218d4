/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/digest.h"
#include "core/access/access.h"

/*
 * What accounts.c, sessions.c, setup.c and tokens.c share.
 */
#define ACCESS_BEARER_BYTES 32 /* random bytes of a cookie or token */

/* prefix and 43 base64url characters. */
bool bearer_make(const char *prefix, struct secret *out, struct err *e) MUST_USE;
void bearer_hash(struct span text, uint8_t out[static SHA256_BYTES]);
void public_id_make(char out[static 33]); /* 128 random bits in hex */

/*
 * Notes that a session or token was used, without waiting for another writer: which second it was
 * seen last is not worth holding a request up.
 */
struct store;
typedef bool (*access_seen_fn)(struct store *s, const char *id, int64_t at_s, struct err *e);
void access_touch(struct core *c, access_seen_fn seen, const char *id);

/* Names of accounts and tokens: 1 to 100 bytes of UTF-8 without control characters, no blanks at
 * the ends. */
bool access_name_check(const char *what, const char *name, struct err *e) MUST_USE;
bool password_good(const struct secret *password, struct err *e) MUST_USE;
/* Inserts the account and its audit row. In a transaction. */
bool account_insert(struct core *c, const struct actor *by, const char *user, enum role role,
		    const char *hash, const char *action, struct err *e) MUST_USE;
