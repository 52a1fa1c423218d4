/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"
#include "store/store.h"

/*
 * Rows of certificate revocation lists, borrowed like those of certificates.
 */
struct store_crl {
	int64_t id; /* read only */
	const char *sha256, *issuer;
	struct span issuer_der, der;
	const char *number; /* hex, "" none */
	bool is_delta;
	int64_t this_update_s, next_update_s; /* next: -1 when the list names none */
	int64_t n_entries, added_at_s;
	int64_t checked_at_s; /* last heard to be the issuer's present one */
	const char *source;   /* where it was fetched from, "" imported */
};

typedef bool (*store_crl_fn)(void *arg, const struct store_crl *row, struct err *e);

bool store_crl_insert(struct store *s, const struct store_crl *n,
		      struct err *e) MUST_USE; /* ERR_EXISTS */
bool store_crl_list(struct store *s, store_crl_fn fn, void *arg, struct err *e) MUST_USE;
bool store_crl_by_issuer(struct store *s, struct span issuer_der, store_crl_fn fn, void *arg,
			 struct err *e) MUST_USE; /* newest first */
/* It is the issuer's present one still. */
bool store_crl_checked(struct store *s, int64_t id, int64_t at_s, struct err *e) MUST_USE;
bool store_crl_delete(struct store *s, int64_t id, struct err *e) MUST_USE;
