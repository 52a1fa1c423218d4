/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "core/certs/cert_rows.h"
#include "core/certs/import.h"
#include "x509/bag.h"

/*
 * What an import would do, worked out before anything is written; for core/import*.c and
 * core/certs/csrs.c alone. A dry run shows the plan, a real one carries it out in one transaction.
 */
struct import_item {
	struct cert *cert; /* reference owned by the plan */
	const char *name;  /* friendly name out of the file, borrowed from the bag; "" none */
	const struct bag_key *key; /* borrowed from the bag; NULL none in it */
	bool key_here;		   /* one for it is in the database already */
	bool exportable;	   /* what that key is, or the new one will be */
	bool self_signed, is_root, is_leaf;
	bool known, member; /* has a row; is in its store already */
	struct store_row store;
	bool left_out;
	char why[200]; /* left_out: one sentence */
};

struct import_plan {
	const struct import_request *request; /* borrowed */
	const struct bag *bag;		      /* borrowed */
	struct import_item *items;
	size_t n;
	json_t *left_out; /* what is no certificate: keys alone, revocation lists */
	json_t *warnings;
};

void import_plan_clear(struct import_plan *p);
bool import_plan_make(struct core *c, const struct import_request *r, const struct bag *bag,
		      struct import_plan *out, struct err *e) MUST_USE;
/* Whether by may do all of it; store.not_self_signed unless the warnings are accepted. */
bool import_plan_allowed(const struct import_plan *p, const struct actor *by,
			 struct err *e) MUST_USE;
/* In a transaction; writes the audit row when anything changed. */
bool import_plan_apply(struct core *c, const struct import_plan *p, const struct actor *by,
		       struct err *e) MUST_USE;
bool import_plan_answer(const struct import_plan *p, json_t **out, struct err *e) MUST_USE;

/* Which store each item goes to; sets store names, left_out and why. */
bool import_rules(struct core *c, struct import_plan *p, struct err *e) MUST_USE;
