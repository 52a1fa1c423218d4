/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/digest.h"
#include "store/store.h"

/*
 * Rows of authentication certificates: which is current, which were replaced. The certificates and
 * their keys are rows of store/certificates.h and store/keys.h.
 */
struct authentication_key_row {
	char cert[2 * SHA256_BYTES + 1]; /* SHA-256 of the certificate */
	bool current;
	int64_t made_s, replaced_s; /* replaced: 0 while current */
	char reason[16];	    /* why it was replaced, "" */
};

typedef bool (*authentication_key_fn)(void *arg, const struct authentication_key_row *row,
				      struct err *e);

bool authentication_key_row_current(struct store *s, struct authentication_key_row *out,
				    bool *found_out, struct err *e) MUST_USE;
/* The current one first, then the newest. */
bool authentication_key_row_list(struct store *s, authentication_key_fn fn, void *arg,
				 struct err *e) MUST_USE;
/* Not current; one that is there already stays as it is. */
bool authentication_key_row_add(struct store *s, const char *cert, int64_t made_s,
				struct err *e) MUST_USE;
/* Makes cert the current one; the one before is marked replaced. */
bool authentication_key_row_make_current(struct store *s, const char *cert, int64_t now_s,
					 const char *reason, struct err *e) MUST_USE;
