/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "wire/transfer.h"

/*
 * The transfer itself: by the agent where it runs, else here, with the agent's state locked. *out:
 * {"id","server","https_port","publication","told"}; told false: the former server is told when the
 * agent runs.
 * Errors   as wire/transfer.h, ERR_NOT_FOUND (no agent), auth.not_owner, agent.busy
 */
#define MOVE_TIMEOUT_MS                                                                            \
	180000 /* for the agent's answer: several requests with limits of their own */

bool move_agent(const char *state_dir, const struct transfer_order *o,
		const struct secret *password, json_t **out, struct err *e) MUST_USE;
