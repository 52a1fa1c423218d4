/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/store.h"

/*
 * Agents by what their inventory is worth for one entry of the catalogue.
 */
struct root_agent_row {
	int64_t rowid, last_seen_s, inventory_s, policy;
	const char *id, *name, *address; /* borrowed for the call */
	char letter;			 /* core/roots/root_standing.h; '\0': no inventory */
};
typedef bool (*root_agent_fn)(void *arg, const struct root_agent_row *r, struct err *e);
struct root_agent_choice {
	int64_t position;    /* of the entry in each standing */
	const char *letters; /* one of these, '?' for those without an inventory; NULL: all */
	unsigned policies;   /* bits of the agent's own policy, one of these */
};
/* By name, after the row given (0: from the first), at most limit. */
bool root_agent_list(struct store *s, const struct root_agent_choice *which, int64_t after,
		     int limit, root_agent_fn fn, void *arg, struct err *e) MUST_USE;
