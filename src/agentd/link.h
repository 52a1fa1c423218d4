/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agentd/agent.h"

/*
 * The agent's own thread: registers, sends heartbeats, follows what they tell, reports refusals and
 * runs update checks. Waits with jitter between two rounds, so that ten thousand agents do not come at
 * once, and backs off while the server is away.
 */
#define LINK_STRANGER_MS 30000 /* between two rounds because of commands by an unknown key */
#define LINK_CHECKS_MAX 16     /* update checks that wait to be run */

bool link_new(struct agent *a, struct link **out, struct err *e) MUST_USE;
bool link_start(struct link *l, struct err *e) MUST_USE;
void link_free(struct link *l); /* ends the round that runs, after wire_end() soon; NULL is fine */
/* A round now. Any thread. */
void link_wake(struct link *l);
/* A round soon: a command was signed with a key that the agent does not know (yet). */
void link_stranger(struct link *l);
/* An update check for command jti; false: too many wait. */
bool link_update_check(struct link *l, const char *jti) MUST_USE;
