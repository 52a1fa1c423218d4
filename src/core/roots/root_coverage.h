/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "core/page.h"

/*
 * What agents hold of the catalogue: counted for each entry, and told for each agent. Agents alike are counted as one, so
 * that a fleet of a hundred thousand takes as long as its different inventories do.
 */

/* Adds "agents":{held, missing, misplaced, distrusted, expired, unconfirmed, unknown} to each entry, and "agents_total". */
bool root_coverage_add(struct core *c, json_t *list, struct err *e) MUST_USE;

struct root_agents_query {
	struct page page;
	const char *entry;
	const char *standing; /* core/roots/root_standing.h; NULL: any */
	const char *policy;   /* core/roots/root_policy.h, the one in effect; NULL: any */
};
/* {"items":[{id, name, address, last_seen, standing, policy{own, effective}, reported_at|null}], "total"} by name. */
bool root_agents(struct core *c, const struct root_agents_query *q, json_t **out,
		 struct err *e) MUST_USE;

/* {"policy":{own, effective}, "reported_at"|null, "items":[{entry, name, store, sha256|null, standing, found_in[]}],
 *  "others": n, "other_certificates":[{sha256, subject, store, not_after}]}: subjects as the agent reported them. */
bool agent_root_standing(struct core *c, const char *id, json_t **out, struct err *e) MUST_USE;
