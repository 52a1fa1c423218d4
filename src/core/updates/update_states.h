/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "core/core.h"
#include "core/page.h"
#include "store/agent_updates.h"

/*
 * How far agents are with their updates, as their heartbeats tell ("update" among their states), and why those that
 * hang do.
 *
 * state    none current downloading verifying updating failed
 * cause    root_missing, intermediate_missing: the certificate is named; policy: that one is in the catalogue, and the
 *	    agent is kept from fetching it by itself; signature_bad; clock: the signer's validity fails, and the agent's
 *	    clock differs from ours; unreachable: it says so, or went silent amid an update; other
 * finding  {cause, count, failed, explanation, remedy, certificate{name, sha256|null}|null, entry|null, link}: agents that
 *	    failed, or are under way for longer than the setting update_stall_s
 */
#define UPDATE_CLOCK_OFF_S 300	/* an agent's clock that differs by more is wrong */
#define UPDATE_CLOCK_SAME_S 30	/* changes of that difference below this are not worth a write */
#define UPDATE_FINDINGS_MAX 100 /* findings listed; the most frequent ones */
#define UPDATE_TEXT_MAX 255	/* bytes kept of each text in an agent's state */
#define UPDATE_MISSING_CHANGE_MAX                                                                  \
	500 /* distinct certificates looked up anew when the catalogue changes; the others with the next report */

const char *update_state_name(enum update_state s);
const char *update_cause_name(enum update_cause c); /* "" for none */

/* The members of a report that the row is not to hold, as they move with every second: taken out of states (a copy,
 * yours). skew_s: the agent's clock less ours; 0 when it did not tell. */
json_t *update_states_kept(const json_t *states, int64_t now_s, int64_t *skew_s_out);

/* In a transaction: what an agent reported into its row. What does not fit is taken as not told. */
bool update_state_take(struct core *c, const char *agent, const char *states, int64_t skew_s,
		       int64_t at_s, bool *changed_out, struct err *e) MUST_USE;
/* In a transaction that changed the catalogue. */
bool update_states_restate(struct core *c, struct err *e) MUST_USE;

/* Agents by state, and those that hang by cause: all of them. */
bool update_states_count(struct core *c, int64_t states[UPDATE_STATES],
			 int64_t causes[UPDATE_CAUSES], struct err *e) MUST_USE;
/* "agents":{...} and "findings":[...] into o. */
bool update_states_summary(struct core *c, json_t *o, struct err *e) MUST_USE;
/* state, cause: names, or NULL for any. */
bool update_agents(struct core *c, const char *state, const char *cause, const struct page *p,
		   json_t **out, struct err *e) MUST_USE;

/* The item of one agent; null where it told of no update. */
bool update_of_agent(struct core *c, const char *id, json_t **out, struct err *e) MUST_USE;

/* What the catalogue knows of a certificate that a chain lacks: its entry (0 none), its SHA-256 (sha256 filled where it
 * was empty), and whether it is a root. */
bool update_missing_find(struct core *c, const char *name, char sha256[static 65], bool *is_root,
			 int64_t *entry_out, struct err *e) MUST_USE;
