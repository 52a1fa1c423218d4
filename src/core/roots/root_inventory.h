/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/agents/agent_desk.h"
#include "core/roots/root_catalogue.h"

/*
 * What lies in the trust directory of an agent, as it reports it; never the stores of its system. Agents alike share one
 * inventory, known by its digest: SHA-256 over the lines STORE:SHA256, sorted, each once and ended by a line feed.
 * Errors   request.member, root.inventory (the digest is not that of the items)
 */
#define ROOT_INVENTORY_MAX 512	       /* certificates in one trust directory */
#define ROOT_INVENTORY_SUBJECT_MAX 400 /* bytes of a reported subject that are kept */

/* POST /officescan/agent/v1/inventory */
bool agent_inventory(struct core *c, struct agent_desk *d, const struct agent_caller *who,
		     const json_t *body, struct err *e) MUST_USE;
/* In a transaction: the standing of every inventory against this catalogue. */
bool root_inventories_restate(struct core *c, const struct root_catalogue *k,
			      struct err *e) MUST_USE;
