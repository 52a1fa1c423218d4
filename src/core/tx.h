/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "store/store.h"

/*
 * Transactions of the use cases; for core/ alone. A use case may call another one inside its own:
 * only the outermost commit writes, and an inner one that fails takes the whole back.
 *
 *	struct tx tx AUTO(tx_end) = TX_INIT;
 *	if (!tx_begin(c, &tx, e) || !work(c, e) || !audit_add(...))
 *		return false;
 *	return tx_commit_publish(&tx, e);
 */
struct tx {
	struct core *c; /* NULL: not begun, or committed */
};
#define TX_INIT                                                                                    \
	{                                                                                          \
		.c = NULL                                                                          \
	}

bool tx_begin(struct core *c, struct tx *tx, struct err *e) MUST_USE;
bool tx_commit(struct tx *tx, struct err *e) MUST_USE;
void tx_end(struct tx *tx); /* takes back what was not committed */

/* Moves a counter; trust and TLS generations make tx_commit_publish() publish. */
bool tx_bump(struct core *c, enum counter counter, int64_t *out /* or NULL */,
	     struct err *e) MUST_USE;
/* Told after the commit, never before; dropped with a rollback. what is stolen. */
void tx_note(struct core *c, const char *topic, json_t *what);

/*
 * Commits, and when a generation moved makes the running console serve it. No console running is
 * fine. A failure here means: stored, but not served yet; the text says so (daemon.slow or what the
 * console said).
 */
bool tx_commit_publish(struct tx *tx, struct err *e) MUST_USE;
