/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "core/core.h"
#include "trust/judge.h"

/*
 * Root causes of refused client certificates, told apart where one log line has several: by what
 * lies in the stores, what the binding says, and what was changed lately. docs/TRUST.md lists them.
 *
 * cause  {id, number, title, evidence}: number is stable, evidence names certificates and stores
 */
enum cause {
	CAUSE_ROOT_MISSING = 1,
	CAUSE_ROOT_STORE_MIXED,
	CAUSE_NOT_IN_LIST,
	CAUSE_NOTHING_SENT,
	CAUSE_BINDING_CHANGED,
	CAUSE_REVOCATION_UNKNOWN,
	CAUSE_EXPIRED,
	CAUSE_INTERMEDIATE_MISSING,
	CAUSE_UNFIT,
	CAUSE_ASKED_LATE,
	CAUSE_LIST_TOO_LONG,
	CAUSE_DISALLOWED,
	CAUSE_STORE_CHANGED,
	CAUSE_BINDING_BROKEN,
	CAUSE_MAPPING,
	CAUSE_STALE,
	CAUSE_REVOKED,
	CAUSE_N
};

json_t *cause_view(enum cause cause, const char *evidence); /* NULL when memory is short */
/* Of a refused verdict; json null for an accepted one. */
bool cause_of_verdict(struct core *c, const struct verdict *v, const struct trust_policy *policy,
		      json_t **out, struct err *e) MUST_USE;
/* Of a refusal without a certificate. asked_late: the connection began before anybody asked. */
bool cause_of_nothing_sent(struct core *c, const char *binding, bool asked_late, json_t **out,
			   struct err *e) MUST_USE;
