/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/digest.h"
#include "store/store.h"

/*
 * Rows of agents.
 */
struct agent_row {
	const char *id, *name, *address, *pinned_address /* "" none */;
	uint16_t port;
	const char *versions; /* JSON */
	const char *ntcer_sha256, *ipcer_sha256;
	int64_t publication, refusals, registered_s, last_seen_s;
	const char *last_refusal;
	bool ntcer_current, ntcer_known, ipcer_current; /* against what is current here */
};

/* The strings are borrowed for the call. */
typedef bool (*agent_fn)(void *arg, const struct agent_row *row, struct err *e);

/* Those whose OfcNTCer.dat or OfcIPCer.dat is not the current one, by name. */
bool agent_row_mismatched(struct store *s, agent_fn fn, void *arg, struct err *e) MUST_USE;
