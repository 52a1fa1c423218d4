/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/agents.h"
#include "store/db.h"

/*
 * How a row of agents is read, for agents.c and agent_list.c alone.
 */
#define AGENT_COLUMNS                                                                              \
	"SELECT rowid, id, name, address, pinned_address, port, versions, states,"                 \
	" listener_sha256, ntcer_sha256, ipcer_sha256, ipcer_next, publication, refusals, clones," \
	" registered_at, last_seen_at, token_at, last_refusal, token_jti, standing, secret_hash,"  \
	" secret_next, is_proved, (SELECT digest FROM inventories WHERE"                           \
	" inventories.id = agents.inventory), inventory_at, root_policy,"                          \
	" (SELECT standing FROM inventory_standings s WHERE s.inventory = agents.inventory),"      \
	" clock_skew_s"                                                                            \
	" FROM agents "

/* Where a page of agents by name begins: behind the row given (0: with the first). */
struct agent_place {
	char name[256], id[64];
};
bool agent_place_of(struct store *s, int64_t after, struct agent_place *out,
		    struct err *e) MUST_USE;

struct agent_walk {
	agent_fn fn;
	void *arg;
};
bool agent_row_each(const struct db_stmt *q, void *walk, struct err *e) MUST_USE;
