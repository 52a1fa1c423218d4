/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"

/*
 * Where the server may connect to by itself. Never: addresses that are nobody's (unspecified,
 * multicast, broadcast) and link-local ones, where clouds keep their secrets. The setting
 * "agent_egress" (networks in CIDR form, by comma) narrows it; empty, an agent is called back where
 * it reports from, and an administrator's pinned address may be any other.
 * Errors   agent.address
 */
#define EGRESS_NETWORKS_MAX 64 /* networks that agents may be in */

bool agent_egress_allows(struct core *c, const char *address, bool is_pinned,
			 struct err *e) MUST_USE;
/* Whether text is a list that the setting takes. */
bool agent_egress_is_sound(const char *text);
