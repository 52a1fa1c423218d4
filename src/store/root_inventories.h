/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "store/store.h"

/*
 * Rows of inventories: the certificates in the trust directories of agents, each set kept once however many agents have
 * it, and beside it what it is worth against the catalogue (core/roots/root_standing.h): one byte an entry.
 */
struct inventory_member {
	int64_t certificate; /* id of a reported certificate */
	uint8_t place;	     /* enum root_place of core/roots/root_standing.h */
};
#define INVENTORY_PLACES 3 /* values of place */
/* One after another in a blob. */
void inventory_member_add(struct buf *members, const struct inventory_member *m);
bool inventory_member_at(struct span members, size_t i, struct inventory_member *out);

/* The certificate with this digest: made with one use, or found and used once more. */
bool reported_certificate_use(struct store *s, struct span sha256, const char *subject,
			      int64_t not_after_s, int64_t *id_out, struct err *e) MUST_USE;
/* 0: no agent holds it. *not_after_s_out, which may be NULL: as the first to report it said. */
bool reported_certificate_find(struct store *s, struct span sha256, int64_t *id_out,
			       int64_t *not_after_s_out, struct err *e) MUST_USE;
struct reported_certificate {
	struct span sha256; /* borrowed for the call */
	const char *subject;
	int64_t not_after_s;
};
typedef bool (*reported_certificate_fn)(void *arg, const struct reported_certificate *r,
					struct err *e);
bool reported_certificate_read(struct store *s, int64_t id, reported_certificate_fn fn, void *arg,
			       struct err *e) MUST_USE;

/* 0: not there. */
bool inventory_row_find(struct store *s, const char *digest, int64_t *id_out,
			struct err *e) MUST_USE;
bool inventory_row_insert(struct store *s, const char *digest, struct span members,
			  struct span standing, int64_t *id_out, struct err *e) MUST_USE;
bool inventory_row_set_standing(struct store *s, int64_t id, struct span standing,
				struct err *e) MUST_USE;
typedef bool (*inventory_fn)(void *arg, int64_t id, struct span members, struct err *e);
/* The one with this digest; fn is not called without it. */
bool inventory_row_read(struct store *s, const char *digest, inventory_fn fn, void *arg,
			struct err *e) MUST_USE;
bool inventory_row_each(struct store *s, inventory_fn fn, void *arg, struct err *e) MUST_USE;
/* Goes, with its uses of certificates, when no agent has it. */
bool inventory_row_drop_unused(struct store *s, int64_t id, struct err *e) MUST_USE;
bool inventory_rows_tidy(struct store *s, struct err *e) MUST_USE; /* all of those */

/* The agent has this inventory since at_s; *former_out: what it had before (0: none). */
bool agent_row_inventory(struct store *s, const char *agent, int64_t inventory, int64_t at_s,
			 int64_t *former_out, struct err *e) MUST_USE;
/* The same for the one with this digest, if there is one; *changed_out false: nothing new. */
bool agent_row_inventory_same(struct store *s, const char *agent, const char *digest, int64_t at_s,
			      bool *changed_out, struct err *e) MUST_USE;
bool agent_row_root_policy(struct store *s, const char *agent, int64_t policy,
			   struct err *e) MUST_USE;

/* All agents, those alike together: how many have this standing and this policy. inventory 0 and standing empty: they
 * sent none. */
struct inventory_group {
	int64_t inventory, n, policy;
	struct span standing; /* borrowed for the call */
};
typedef bool (*inventory_group_fn)(void *arg, const struct inventory_group *g, struct err *e);
bool inventory_groups(struct store *s, inventory_group_fn fn, void *arg, struct err *e) MUST_USE;

/* What agents are offered. */
struct root_offer_row {
	int64_t revision, trust_generation, valid_until_s;
	char digest[65];
};
bool root_offer_read(struct store *s, struct root_offer_row *out, bool *found_out,
		     struct err *e) MUST_USE;
bool root_offer_write(struct store *s, const struct root_offer_row *r, struct err *e) MUST_USE;
