/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/digest.h"
#include "core/core.h"
#include "core/roots/required_roots.h"
#include "core/roots/root_standing.h"

/*
 * The catalogue of required roots as agents meet it; for core/ alone. Entries in order of their ids, which is the order
 * of the letters of an inventory's standing (core/roots/root_standing.h).
 * offered  agents may have it: its SHA-256 is known, its certificate lies in this server's stores, is not in
 *	    Disallowed and not expired, and is a root where the entry says so. Other certificates are never told of nor handed out.
 * expired  by the certificate here; where there is none and the reported ones were read, by what agents said of it.
 */
struct root_entry {
	int64_t id, not_after_s; /* not_after_s 0: no certificate here says it */
	enum root_place store;
	bool has_digest, offered, expired;
	bool other_kind; /* the certificate here belongs into the other store: agents would refuse it */
	uint8_t digest[SHA256_BYTES];
	char sha256[2 * SHA256_BYTES + 1]; /* "" not known */
	char name[REQUIRED_ROOT_TEXT_MAX + 1];
	int64_t reported; /* id of the certificate among those reported; 0: no agent has it, or
			   * read without them */
};

struct root_catalogue {
	struct root_entry *items;
	size_t n;
};
#define ROOT_CATALOGUE_INIT                                                                        \
	{                                                                                          \
		.items = NULL                                                                      \
	}
/* At most REQUIRED_ROOTS_MAX entries. */
bool root_catalogue_read(struct core *c, struct root_catalogue *out, struct err *e) MUST_USE;
/* With what agents reported of each: for those who ask how agents stand. */
bool root_catalogue_read_reported(struct core *c, struct root_catalogue *out,
				  struct err *e) MUST_USE;
void root_catalogue_clear(struct root_catalogue *k);
#define AUTO_ROOT_CATALOGUE AUTO(root_catalogue_clear)

/* The position of this entry; k->n: it has none. */
size_t root_catalogue_at(const struct root_catalogue *k, int64_t id);
/* What an entry is worth where the letter kept for it is this one. */
enum root_standing root_catalogue_standing(const struct root_entry *r, char letter);

/* In a transaction that changed entries: what all inventories are worth now, and what is offered. */
bool root_catalogue_changed(struct core *c, struct err *e) MUST_USE;
/* The revision of what is offered, made anew when the stores or the clock moved on. */
bool root_offer_revision(struct core *c, int64_t *out, struct err *e) MUST_USE;
/* In the transaction of a restore: what comes is newer than all that agents met, even if it is what was. */
bool root_offer_renew(struct core *c, struct err *e) MUST_USE;
/* {"revision", "items":[{sha256, store, name}]} */
bool root_offer(struct core *c, json_t **out, struct err *e) MUST_USE;
/* The DER of an offered certificate; root.not_offered. */
bool root_offered_file(struct core *c, const char *sha256, struct buf *out, struct err *e) MUST_USE;
