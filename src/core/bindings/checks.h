/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/bindings/plan.h"

/*
 * For core/ alone: the checks of CONTRACTS.md on one plan. A check that fails on what a change
 * leaves as it is only warns: existing state never blocks an unrelated setting.
 */
#define CHECK_EVIDENCE_MAX 1000 /* bytes of what one check saw; names can be of any length */

struct check_result {
	json_t *list;		/* [{id, verdict, evidence, remedy, overridable}], owned */
	const char *blocked_by; /* id of the first check that blocks; NULL: none */
	char evidence[240];	/* of that one */
	bool overridden;	/* something failed and the given reason let it pass */
};
void check_result_clear(struct check_result *r);
#define AUTO_CHECK_RESULT AUTO(check_result_clear)

bool plan_check(struct core *c, const struct bind_plan *plan, struct check_result *out,
		struct err *e) MUST_USE;
/* For a blocked result: ERR_CHECK with the reason of the check that blocks. Returns false. */
bool check_result_refuse(const struct check_result *r, struct err *e);
