/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The database: all SQL of the house lives in store/. This header opens it; one header per subject
 * (store/certificates.h, store/keys.h, ...) reads and writes rows. store/ knows no rule of the
 * trade: what may be done, and the audit of it, is core/'s business.
 * Writes   only between store_begin() and store_commit(); reads anywhere, in store_begin_read()
 *	    where several must see the same state
 * Errors   ERR_BUSY after STORE_BUSY_MS of waiting for another writer, ERR_EXISTS and ERR_IN_USE
 *	    for rows that collide or are relied on, ERR_DB for the rest
 * Threads  a struct store belongs to one thread; open one each
 */
#define STORE_FILE "db.sqlite"
#define STORE_LOCK_FILE "db.lock"
#define STORE_BUSY_MS 5000 /* how long a writer waits for another one */

struct store;

/*
 * Opens state_dir/db.sqlite and brings it to the newest schema, both under a lock on the state
 * directory's db.lock. create: makes the file (0600) when there is none.
 * Errors   ERR_NOT_FOUND without create, store.newer_schema, state.corrupt, ERR_IO, ERR_DB
 */
bool store_open(const char *state_dir, bool create, struct store **out, struct err *e) MUST_USE;
void store_close(struct store *s);
DEFINE_AUTO(struct store *, store, store_close)
#define AUTO_STORE AUTO(store_autop)

/* BEGIN IMMEDIATE: we are the only writer from here on, so nothing fails half-way for a lock. */
bool store_begin(struct store *s, struct err *e) MUST_USE;
bool store_begin_read(struct store *s, struct err *e) MUST_USE; /* one snapshot for several reads */
bool store_commit(struct store *s, struct err *e) MUST_USE;	/* on disk when it returns true */
void store_rollback(struct store *s);				/* fine without a transaction */
bool store_in_transaction(const struct store *s);

/* Several reads of one moment, for those who may be called inside a transaction and outside: a transaction that is there
 * sees to it already. Ended by store_snapshot_end(), of what begun_out says. */
bool store_snapshot(struct store *s, bool *begun_out, struct err *e) MUST_USE;
void store_snapshot_end(struct store *s, bool begun);

/* While on, a write that would wait for another writer gives ERR_BUSY at once: for telemetry. */
void store_set_impatient(struct store *s, bool on);

int store_schema_version(void); /* the newest that this program knows */

/* The three counters of CONTRACTS.md, "State directory". */
enum counter { COUNTER_TRUST_GENERATION, COUNTER_TLS_GENERATION, COUNTER_CHANGE_SEQ };
bool store_counter(struct store *s, enum counter c, int64_t *out, struct err *e) MUST_USE;
bool store_counter_bump(struct store *s, enum counter c, int64_t *out /* new value, or NULL */,
			struct err *e) MUST_USE;
