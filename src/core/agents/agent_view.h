/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/agents/agents.h"
#include "store/agents.h"

/*
 * For core/ alone: how a row of agents is put into words.
 */
struct agent_finding {
	const char *state, *reason, *cure; /* static */
};
/* seen_since_s: who was seen before that is offline. */
struct agent_finding agent_finding_of(const struct agent_row *r, int64_t seen_since_s);
bool agents_seen_since(struct core *c, int64_t *out, struct err *e) MUST_USE;
json_t *agent_view(const struct agent_row *r, int64_t seen_since_s);
