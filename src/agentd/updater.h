/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agentd/agent.h"

/*
 * Updates of the agent, on a thread of their own: what the server offers is downloaded, checked
 * against the agent's trust directory, and installed, while heartbeats go on and tell how far it is.
 * Every state is on disk before the next begins; after a kill it goes on or begins again, and what is
 * switched to is whole at every moment. docs/AGENTS.md "Updates"
 */
struct updater;

bool updater_new(struct agent *a, struct updater **out, struct err *e) MUST_USE;
bool updater_start(struct updater *u, struct err *e) MUST_USE;
/* Ends what runs, after wire_end() soon. The link's thread may still wake it. NULL is fine. */
void updater_stop(struct updater *u);
void updater_free(struct updater *u); /* stopped before, or never started; NULL is fine */
/* Looks whether something is due: a package, or one that waited for the trust directory. Any thread. */
void updater_wake(struct updater *u);

/*
 * What the link's thread does for updates; both block on the network, and what is due then begins when
 * the updater is woken.
 * Revision: what the heartbeat's answer says, -1: nothing. Fetches the offer where it is another than the
 * one held.
 */
bool update_round(struct agent *a, int64_t revision, struct err *e) MUST_USE;
/* For the command update-check: fetches the offer whatever is held, and all that waits or failed is tried
 * again. */
bool update_check(struct agent *a, struct err *e) MUST_USE;
