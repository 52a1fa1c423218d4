/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agentd/agent.h"

/*
 * Where the server reaches the agent: tls/ and http/ as the console has them, with one worker, one
 * binding (the agent's own certificate) and one route, which takes commands.
 */
#define LISTENER_JOBS 2
#define LISTENER_QUEUE_MAX 64 /* commands that wait for a thread; more get 503 */

/* Opens the agent's address (port 0 becomes a port, in the state too) and serves there. */
bool listener_start(struct agent *a, struct listener **out, struct err *e) MUST_USE;
void listener_stop(struct listener *l); /* NULL is fine */
bool listener_try(struct listener *l, uint16_t port, struct err *e) MUST_USE;
/* Serves on another port from now on. */
bool listener_move(struct listener *l, uint16_t port, struct err *e) MUST_USE;
