/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"
#include "store/store.h"

/*
 * Rows of certificate requests made here. Borrowed like those of certificates.
 */
struct store_csr {
	const char *id;
	const char *spki_sha256;
	struct span der;
	const char *common_name, *names /* JSON array */, *key_spec, *friendly_name,
		*renews /* SHA-256 or "" */, *created_by;
	int64_t key_id;
	int64_t created_at_s, completed_at_s; /* completed: 0 not yet */
	const char *cert_sha256;	      /* "" not yet; read only */
	bool exportable;		      /* of the key; read only */
};

typedef bool (*store_csr_fn)(void *arg, const struct store_csr *row, struct err *e);

bool store_csr_insert(struct store *s, const struct store_csr *n, struct err *e) MUST_USE;
bool store_csr_list(struct store *s, store_csr_fn fn, void *arg, struct err *e) MUST_USE;
/* By id, or by public key, those that are still open first; the other one NULL. */
bool store_csr_find(struct store *s, const char *id, const char *spki_sha256, store_csr_fn fn,
		    void *arg, struct err *e) MUST_USE;
bool store_csr_complete(struct store *s, const char *id, int64_t cert_id, int64_t at_s,
			struct err *e) MUST_USE;
bool store_csr_delete(struct store *s, const char *id, struct err *e) MUST_USE;
