/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "core/page.h"

/*
 * The audit trail: hash-chained rows, each written in the transaction of the change it tells of.
 * action   "cert.import", "key.export", "bind.commit", ... ; object: what it was done to
 * detail   {"before":..., "after":...} or more; stolen; never holds a secret
 */
bool audit_add(struct core *c, const struct actor *by, const char *action, const char *object,
	       json_t *detail, struct err *e) MUST_USE;

struct audit_query {
	struct page page;
	const char *action, *actor, *object; /* NULL: any; action may end in ".*" */
	int64_t since_s, until_s;	     /* 0: open */
};
bool audit_list(struct core *c, const struct audit_query *q, json_t **out, struct err *e) MUST_USE;
/* Walks the chain: {"rows":n,"intact":bool,"first_bad":seq or null,"head":hash}. */
bool audit_verify(struct core *c, json_t **out, struct err *e) MUST_USE;
