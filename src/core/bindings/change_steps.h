/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/bindings/plan.h"
#include "store/changes.h"

/*
 * For core/ alone: the steps of a change, each one transaction with its audit row. None of them
 * publishes or proves; core/bindings/changes.c does that between them.
 *
 *   staged --commit--> committed --settle--> confirmed
 *      \--back--> aborted   \--back--> reverted <--back-- one confirmed unproved
 *
 * A step that finds the change in another state says ERR_CONFLICT change.state.
 */
#define PROOF_WITHIN_S                                                                             \
	30 /* a commit whose maker has not proved it by then is proved by the console */

bool change_step_stage(struct core *c, const struct actor *by, const struct bind_plan *plan,
		       const char *checks_json, struct change_row *out, struct err *e) MUST_USE;
/* The trust mode as it was when the plan was made, and as it is to be. */
struct mode_plan {
	int before, after;
	int confirm_within_s;
};
#define CHANGE_TRUST_MODE_TEXT "trust mode" /* in the place of an endpoint */
bool change_step_stage_mode(struct core *c, const struct actor *by, const struct mode_plan *plan,
			    const char *checks_json, struct change_row *out,
			    struct err *e) MUST_USE;
bool change_step_commit(struct core *c, const struct actor *by, const char *id,
			struct change_row *out, struct err *e) MUST_USE;

/* What the proof, or a confirmation, came to. */
struct change_outcome {
	bool proved;	/* seen by a real handshake */
	bool confirmed; /* the state becomes confirmed, else it stays committed */
	const char *evidence;
};
bool change_step_settle(struct core *c, const struct actor *by, const char *id,
			const struct change_outcome *o, struct change_row *out,
			struct err *e) MUST_USE;

/* What was before comes back. Where that is gone from the database, the new one stays and the
 * change is confirmed: evidence says so. */
bool change_step_back(struct core *c, const struct actor *by, const char *id, const char *evidence,
		      struct change_row *out, struct err *e) MUST_USE;
