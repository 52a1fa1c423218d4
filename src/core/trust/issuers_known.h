/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "x509/cert.h"

/*
 * CA certificates that signed a given one and are known here, though the engine does not look there:
 * in stores that decide on nobody, in the recycle bin, in what refused clients presented.
 */
#define ISSUERS_KNOWN_MAX 8	/* found */
#define ISSUERS_REFUSALS_MAX 50 /* refusals looked through, the newest first */

enum issuer_place { ISSUER_IN_STORE, ISSUER_REMOVED, ISSUER_PRESENTED };
struct issuer_known {
	struct cert *cert; /* a reference */
	enum issuer_place place;
	char where[64];	      /* the store it lies in, or was removed from; "" presented */
	int64_t removed_at_s; /* 0: not */
};
struct issuers_known {
	struct issuer_known items[ISSUERS_KNOWN_MAX];
	size_t n;
};

/* Those in the stores first, then removed, then presented ones; only such as verify its signature. */
bool issuers_known_find(struct core *c, const struct cert *of, struct issuers_known *out,
			struct err *e) MUST_USE;
void issuers_known_clear(struct issuers_known *k);
#define AUTO_ISSUERS_KNOWN AUTO(issuers_known_clear)
