/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/store.h"

/*
 * What happened to each agent: registrations, clones, commands and their results, refusals that it
 * reported. The newest AGENT_EVENTS_MAX are kept.
 */
#define AGENT_EVENTS_MAX 50 /* kept of each agent */

struct agent_event_row {
	int64_t at_s, n;
	const char *kind, *text; /* borrowed for the call */
};
typedef bool (*agent_event_fn)(void *arg, const struct agent_event_row *row, struct err *e);

bool agent_event_add(struct store *s, const char *agent, const struct agent_event_row *r,
		     struct err *e) MUST_USE;
/* Newest first. */
bool agent_event_each(struct store *s, const char *agent, agent_event_fn fn, void *arg,
		      struct err *e) MUST_USE;
