/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "certbinderd/console.h"

/*
 * The link to agents: one thread that sends what core/agents/rollout_engine.h says is due, through
 * wire/sender.h, and records what came of it.
 * Threads  made, stopped and freed by the main thread
 */
#define AGENT_LINK_IDLE_MS 200 /* how often it looks for work when it has none */
#define AGENT_LINK_BUSY_MS 10
#define AGENT_LINK_RECORD_MS 100 /* results wait so long for company */

struct agent_link;

bool agent_link_start(struct console *k, struct agent_link **out, struct err *e) MUST_USE;
void agent_link_stop(struct agent_link *l); /* NULL is fine; joins and frees */
