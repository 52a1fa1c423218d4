/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/digest.h"
#include "base/span.h"
#include "store/accounts.h"
#include "store/store.h"

/*
 * Rows of client certificates that stand for accounts, found by what is compared.
 */
struct store_account_cert {
	int64_t id, account_id;
	const char *account; /* name, read only */
	int role;	     /* of the account, now; read only */
	const char *kind;    /* "certificate", "serial", "upn", "email" */
	const char *value, *issuer_sha256, *issuer_subject;
	struct span issuer_name, issuer_key; /* empty with kind "certificate" */
	bool deny;
	int64_t created_at_s;
	const char *created_by;
};

/* The row's texts are borrowed for the call. */
typedef bool (*store_account_cert_fn)(void *arg, const struct store_account_cert *row,
				      struct err *e);

bool store_account_cert_insert(struct store *s, const struct store_account_cert *n, int64_t *id_out,
			       struct err *e) MUST_USE; /* ERR_EXISTS */
/* account_id 0: of all accounts. */
bool store_account_cert_list(struct store *s, int64_t account_id, store_account_cert_fn fn,
			     void *arg, struct err *e) MUST_USE;
bool store_account_cert_find(struct store *s, const char *kind, const char *value,
			     store_account_cert_fn fn, void *arg, struct err *e) MUST_USE;
bool store_account_cert_count(struct store *s, int64_t *out, struct err *e) MUST_USE;
/* And the account's sessions that a certificate opened. ERR_NOT_FOUND */
bool store_account_cert_delete(struct store *s, int64_t account_id, int64_t id,
			       struct err *e) MUST_USE;
