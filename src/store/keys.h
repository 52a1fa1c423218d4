/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "store/store.h"

/*
 * Rows of private keys, sealed by core/: this floor never sees one in the clear. A key belongs to
 * every certificate and request with its public key.
 */
struct store_key {
	int64_t id;
	char type[16]; /* "EC", "RSA" */
	int64_t bits;
	bool exportable;
	int64_t created_at_s;
};

bool store_key_insert(struct store *s, const char *spki_sha256, const char *type, int64_t bits,
		      struct span sealed, bool exportable, int64_t at_s, int64_t *id_out,
		      struct err *e) MUST_USE;
/* sealed_out may be NULL. */
bool store_key_find(struct store *s, const char *spki_sha256, struct store_key *out,
		    struct buf *sealed_out, bool *found_out, struct err *e) MUST_USE;
/* Another seal on the same key, with the mark that is bound into it. */
bool store_key_replace(struct store *s, int64_t id, struct span sealed, bool exportable,
		       struct err *e) MUST_USE;
/* Deletes keys that no certificate, request or other row points at. */
bool store_key_purge(struct store *s, struct err *e) MUST_USE;
