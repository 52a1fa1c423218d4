/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agentd/agent.h"
#include "wire/agent_roots.h"

/*
 * The agent's trust directory, what it says of it to its server, and how roots come into it: by the command "roots", or
 * by itself where the policy does not turn that off. docs/AGENTS.md "Roots"
 */
#define ROOTS_ROUND_MS 30000   /* for fetching in one round; what is left waits for the next */
#define ROOTS_COMMAND_MS 12000 /* for fetching in one command: its sender waits */
#define ROOTS_INSTALL_MAX 200  /* certificates of one command */
#define ROOTS_DETAIL_MAX 140   /* bytes said of one that failed */

/* What the directory holds now: a reference, yours; NULL where it cannot be read (logged). Takes trust_lock; any
 * thread. */
struct agent_trust *trust_now(struct agent *a);

/* Why trust_now() gave none, into e; false. */
bool trust_unreadable(struct agent *a, struct err *e);

/* {"digest", "count", "policy", "catalogue"}; NULL where the directory cannot be read. Takes trust_lock, then lock. */
json_t *trust_state(struct agent *a);
/* What "status" over agent.sock adds: {"ignored": [{"file", "why"}], "ignored_total", "error"}. Takes trust_lock. */
json_t *trust_view(struct agent *a);

/* Tells the server what the directory holds. */
bool errand_inventory(struct agent *a, struct err *e) MUST_USE;
/* Fetches the catalogue and believes it or refuses it. */
bool errand_catalogue(struct agent *a, struct err *e) MUST_USE;

/*
 * What a heartbeat's answer asks for: the catalogue where it is newer, and what is missing of it. Whatever fails is logged
 * and, where it is a refusal, reported; none of it is a failure of the round.
 * now      whatever failed a short while ago
 * Returns  whether the directory holds more than before
 */
bool trust_round(struct agent *a, int64_t catalogue, bool now);

/*
 * One certificate into the directory, with trust_turn held.
 * t, n_more   what the directory held, and how many came since
 * *held_out   it was there already
 * Errors      as root_fetch(), root.full, ERR_IO
 */
bool trust_take(struct agent *a, const struct agent_trust *t, size_t n_more,
		struct root_source *from, const struct catalogue_item *item, bool *held_out,
		struct err *e) MUST_USE;

/* Whether trust_take() failed by what would hold for the others too: not for one that the server does not hand out. */
bool trust_server_is_away(const struct err *e);

/* The command; NULL: no memory. */
json_t *command_roots(struct agent *a, const json_t *args);
