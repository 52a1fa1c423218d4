/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/authentication/authentication_keys.h"
#include "core/authentication/key_backup.h"
#include "x509/cert.h"

/*
 * What the files of the authentication keys share; for them alone. All within a transaction.
 */
struct authentication_pair {
	struct cert *cert;
	struct secret pkcs8; /* empty: could not be had */
};
#define AUTHENTICATION_PAIR_INIT                                                                   \
	{                                                                                          \
		.cert = NULL                                                                       \
	}
void authentication_pair_clear(struct authentication_pair *p);
#define AUTO_PAIR AUTO(authentication_pair_clear)

bool authentication_pair_make(struct core *c, const char *key, struct authentication_pair *out,
			      struct err *e) MUST_USE;
/* *found_out false: there is no current one. */
bool authentication_pair_current(struct core *c, struct authentication_pair *out, bool *found_out,
				 struct err *e) MUST_USE;
/* Into the store, with its key, by the door that everybody uses; and the row. */
bool authentication_keep(struct core *c, const struct actor *by,
			 const struct authentication_pair *p, bool current, bool exportable,
			 int64_t made_s, struct err *e) MUST_USE;
/* Makes next current: the former moves to the other store, the publication is signed by signer. */
bool authentication_switch(struct core *c, const struct actor *by,
			   const struct authentication_pair *next,
			   const struct authentication_pair *signer, const char *reason,
			   int64_t *number_out, struct err *e) MUST_USE;
/* Everything that a backup holds at this moment. */
bool authentication_gather(struct core *c, struct key_backup *out, struct err *e) MUST_USE;
json_t *authentication_missing(const struct key_backup *b); /* SHA-256 of those without a key */
json_t *authentication_view(const struct cert *cert, const char *reason, bool current,
			    bool exportable, int64_t made_s, int64_t replaced_s);
