/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agentd/agent.h"
#include "wire/transfer.h"

/*
 * What the agent has to do with its server, one errand each. All block on the network; none is run on
 * a thread that serves. What they learn is on disk before they return.
 * Errors   as wire/agent_server.h, and those of writing the state
 */

/* Registers where there is no secret yet; finds the first publication before that. */
bool errand_register(struct agent *a, struct err *e) MUST_USE;
/* Publications as far as they go; *moved_out whether there were any. */
bool errand_follow(struct agent *a, bool *moved_out, struct err *e) MUST_USE;
/* A server that does not know the secret (any more) makes the agent unregistered. */
bool errand_heartbeat(struct agent *a, struct agent_heartbeat *out, struct err *e) MUST_USE;
bool errand_configuration(struct agent *a, struct err *e) MUST_USE;
/* Reports refusals, where there are any and the last report is an hour old. */
bool errand_report(struct agent *a, struct err *e) MUST_USE;
bool errand_result(struct agent *a, const json_t *body, struct err *e) MUST_USE;
/* Tells the server that the agent left, if there is one to be told. After AGENT_FORMER_S it is let be. */
bool errand_former(struct agent *a, struct err *e) MUST_USE;
#define AGENT_FORMER_S (7 * 86400)

/* *told_out: the former server knows; else it is told later. The state is as before on failure. */
bool errand_transfer(struct agent *a, const struct transfer_order *o, const struct secret *password,
		     bool *told_out, struct err *e) MUST_USE;
