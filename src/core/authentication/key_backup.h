/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "x509/cert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The backup of authentication keys as a file: a ZIP with AES-256 that holds manifest.json, one PFX
 * for each key (600,000 rounds under the same password), public halves of keys that may not leave,
 * and all publications. Pure: knows the format, no database. CONTRACTS.md, "Agents".
 * Errors   backup.corrupt, backup.wrong_password, and those of core/reading/zip.h and x509/pfx.h
 */
#define KEY_BACKUP_KEYS_MAX 1000 /* authentication certificates in one backup */

struct key_backup_key {
	struct cert *cert;   /* owned reference */
	struct secret pkcs8; /* empty: the key is not exportable, and named as missing */
	bool current;
	int64_t made_s, replaced_s; /* replaced: 0 while current */
	struct buf pfx;		    /* its file, made ahead; empty: key_backup_write() makes it */
};

struct key_backup_publication {
	int64_t number;
	char *token; /* compact JWS, owned */
};

struct key_backup {
	struct key_backup_key *keys;
	size_t n_keys;
	struct key_backup_publication *publications; /* ascending, without a gap */
	size_t n_publications;
	int64_t epoch;
	int64_t created_s;
};

#define KEY_BACKUP_INIT                                                                            \
	{                                                                                          \
		.keys = NULL                                                                       \
	}

void key_backup_clear(struct key_backup *b);
#define AUTO_KEY_BACKUP AUTO(key_backup_clear)

/* Takes its own reference and its own copy; pkcs8 NULL: missing. */
bool key_backup_add_key(struct key_backup *b, struct cert *cert, const struct secret *pkcs8,
			bool current, int64_t made_s, int64_t replaced_s, struct err *e) MUST_USE;
bool key_backup_add_publication(struct key_backup *b, int64_t number, const char *token,
				struct err *e) MUST_USE;
size_t key_backup_n_missing(const struct key_backup *b);

/* Makes the files of the keys ahead: what takes long, by the rounds of the password. */
bool key_backup_prepare(struct key_backup *b, const struct secret *password,
			struct err *e) MUST_USE;
/* Takes over the files that were prepared for the same keys under the same password. */
void key_backup_use(struct key_backup *b, struct key_backup *prepared);
bool key_backup_write(const struct key_backup *b, const struct secret *password, struct buf *out,
		      struct err *e) MUST_USE;
bool key_backup_read(struct span in, const struct secret *password, struct key_backup *out,
		     struct err *e) MUST_USE;
