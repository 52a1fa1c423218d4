/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/digest.h"
#include "base/err.h"
#include "base/json.h"
#include "x509/cert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The catalogue of roots as an agent sees it: which certificates its server would have it hold, told by SHA-256 in a
 * compact JWS, typ "cb-roots+jwt", over {iss, aud, iat, exp, revision, items: [{sha256, store, name}]}. Signed with the
 * key that commands are signed with; revisions never go back. This file only judges: it fetches nothing, looks at no
 * clock and writes nothing.
 * Threads  any
 */
#define CATALOGUE_TYP "cb-roots+jwt"
#define CATALOGUE_ITEMS_MAX 500		 /* certificates of one catalogue */
#define CATALOGUE_NAME_SIZE 128		 /* bytes of a name that are kept, with terminator */
#define CATALOGUE_LIFE_MAX_S (7 * 86400) /* from iat to exp, at most */
#define CATALOGUE_STORE_SIZE 12

struct catalogue_item {
	char sha256[2 * SHA256_BYTES + 1], store[CATALOGUE_STORE_SIZE], name[CATALOGUE_NAME_SIZE];
};

struct catalogue {
	int64_t revision; /* 0: none held yet */
	struct catalogue_item *items;
	size_t n;
};
#define CATALOGUE_INIT                                                                             \
	{                                                                                          \
		.revision = 0                                                                      \
	}
void catalogue_clear(struct catalogue *c);
#define AUTO_CATALOGUE AUTO(catalogue_clear)

/* What a catalogue is held against. */
struct catalogue_judge {
	const struct cert *key; /* that of OfcNTCer.dat */
	const char *agent_id;
	int64_t revision; /* the one held */
	int64_t now_s, skew_s;
};

/*
 * Errors   catalogue.signature (another key, algorithm or a bad signature), catalogue.corrupt (not of this form),
 *	    catalogue.audience, catalogue.time, catalogue.revision; *out untouched
 */
bool catalogue_verify(const struct catalogue_judge *j, struct span token, struct catalogue *out,
		      struct err *e) MUST_USE;

/* {"revision", "items"}, for agent.json. NULL: no memory. */
json_t *catalogue_json(const struct catalogue *c);
bool catalogue_read(const json_t *v, struct catalogue *out, struct err *e) MUST_USE;

/* One {"sha256", "store"(, "name")}: lower-case hex; Root or CA. Errors: ERR_INVALID */
bool catalogue_item_read(const json_t *v, struct catalogue_item *out, struct err *e) MUST_USE;
