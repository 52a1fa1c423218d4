/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agentd/agent.h"
#include "wire/agent_trust.h"

/* One package on its way, for the updater's thread alone. */
struct update_work {
	struct agent *agent;
	int dir; /* of update_files.h */
	const struct agent_trust
		*trust;		  /* the view that signers are judged by; NULL: it cannot be read */
	struct agent_update item; /* a copy; update_commit() makes it count */
	bool is_fresh;		  /* its ZIP was downloaded whole just now */
	bool unproved;		  /* some of it came just now from whoever answered */
	bool is_kept;		  /* its signature came earlier, from whoever it was */
};

/* Takes it as far as it goes. What came of it is in the agent's state when it returns. */
void update_step(struct update_work *w);

/* The copy counts, and is on disk. false: the package is not wanted any more. Takes lock. */
bool update_commit(struct update_work *w, struct err *e) MUST_USE;

/* update_fetch.c: the ZIP into incoming/, the signature beside it. Errors: as wire/fetch_file.h, update.space */
bool update_fetch_zip(struct update_work *w, struct err *e) MUST_USE;
bool update_fetch_p7s(struct update_work *w, struct buf *out, struct err *e) MUST_USE;
