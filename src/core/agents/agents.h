/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "core/core.h"
#include "core/page.h"

/*
 * Agents, as administrators see them: who they are, what they hold, who of them does not know the
 * server any more. What agents themselves ask for is in core/agents/agent_desk.h.
 *
 * state    current      both files are those of now
 *          recoverable  it holds a former one and follows the publications by itself
 *          mismatched   it cannot follow: reason and cure say why and how
 *          offline      not seen for AGENT_OFFLINE_BEATS heartbeats, and not mismatched
 */
#define AGENTS_CSV_MAX ((size_t)256 << 20) /* bytes of the mismatch list */
#define AGENT_OFFLINE_BEATS 3		   /* heartbeats missed until an agent counts as offline */
#define AGENT_SEARCH_MAX 100		   /* bytes of what is searched for */
#define AGENT_ID_SIZE 33		   /* 32 lower-case hex digits and the terminator */

/*
 * The mismatch list as CSV (RFC 4180), one row an agent, safe against formulas of spreadsheets:
 * agent_id,name,address,port,ntcer_sha256,ipcer_sha256,state,reason,last_seen,cure
 */
bool agents_mismatched_csv(struct core *c, struct buf *out, int64_t *n_out, struct err *e) MUST_USE;

struct agents_query {
	struct page page;
	const char *q;	   /* part of name, id or address; NULL: any */
	const char *state; /* one of the four; NULL: any */
	bool mismatched;   /* the members of the CSV instead */
};
/* {"items":[agent...], "total", "counts":{current, recoverable, mismatched, offline}} by name. */
bool agents_list(struct core *c, const struct agents_query *q, json_t **out,
		 struct err *e) MUST_USE;
/* The agent with versions, states and "history", newest first. */
bool agents_show(struct core *c, const char *id, json_t **out, struct err *e) MUST_USE;
/* Where commands go instead of where it reports from; NULL: no longer. Audited. */
bool agents_pin_address(struct core *c, const struct actor *by, const char *id, const char *address,
			json_t **out, struct err *e) MUST_USE;
bool agents_remove(struct core *c, const struct actor *by, const char *id, struct err *e) MUST_USE;
/* Once a day, and when files changed; in a transaction. */
bool agents_restate(struct core *c, struct err *e) MUST_USE;
bool agents_tidy(struct core *c, struct err *e) MUST_USE;

/* Of all agents, and of those that report: how many accept this host certificate. */
struct agents_share {
	int64_t all, all_holding, online, online_holding;
};
bool agents_share_of(struct core *c, const char *ipcer_sha256, struct agents_share *out,
		     struct err *e) MUST_USE;
