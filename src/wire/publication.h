/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "x509/cert.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Publications as an agent sees them: the one it holds, and whether another may follow it. Nothing
 * is believed but a signature: of the next number by the key that the held one announces.
 * Threads  any
 */
#define PUBLICATION_IPCER_MAX 16 /* host certificates that one publication may name */

struct publication {
	int64_t number; /* 0: none held yet */
	char reason[24], created[RFC3339_SIZE];
	struct cert *ntcer;	/* the key for what comes next: commands and the next number */
	struct cert_list ipcer; /* what the server may show; current first */
	struct buf token;
};
#define PUBLICATION_INIT                                                                           \
	{                                                                                          \
		.number = 0                                                                        \
	}
void publication_clear(struct publication *p);
#define AUTO_PUBLICATION AUTO(publication_clear)
bool publication_copy(const struct publication *from, struct publication *out,
		      struct err *e) MUST_USE;

/*
 * token as the one after held: signed by held's key, and the next number. Numbers never go down, and
 * none is left out.
 * pinned   the connection proved itself by held's own certificates: only then "leaked" counts, and
 *	    reasons that this program does not know
 * Errors   publication.step (another number), publication.leaked, jws.*, x509.corrupt; *out untouched
 */
bool publication_follow(const struct publication *held, struct span token, bool pinned,
			struct publication *out, struct err *e) MUST_USE;

/* token as the first to be held: signed by key, whatever its number. Errors: as above */
bool publication_begin(const struct cert *key, struct span token, struct publication *out,
		       struct err *e) MUST_USE;

/* A token that was verified before and kept in a safe place. */
bool publication_load(struct span token, struct publication *out, struct err *e) MUST_USE;
