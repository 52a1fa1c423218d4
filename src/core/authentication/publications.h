/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "core/page.h"
#include "x509/cert.h"

/*
 * Publications: numbered sets of agent files (OfcNTCer.dat, OfcIPCer.dat), each signed by the key
 * that was current in the number before it, also when that key stays. An agent that was away walks
 * from the number it holds to the last and is up to date without a touch. Numbers never go down.
 * CONTRACTS.md, "Agents": the payload.
 */
#define PUBLICATION_TYP "cb-pub+jwt"
#define PUBLICATION_FILE_PREFIX "publication-" /* + number + ".jws": the static file */

/* Within a transaction. The next number: announces ntcer and the host certificates that agents may
 * meet (ipcer: current, then next; empty: what the agents' binding shows). signer and its key are those of
 * the number before; for the first, ntcer itself. */
struct publication_new {
	const struct cert *ntcer;
	const struct cert *signer;
	const struct secret *signer_key;
	const struct cert_list *ipcer; /* NULL: agent_hosts() */
	const char *reason;	       /* "first", "renewed", "rebound", "restored", "leaked" */
};
bool publication_add(struct core *c, const struct publication_new *n, int64_t *number_out,
		     struct err *e) MUST_USE;

/* The static file of one number; 0: the latest. */
bool publication_token(struct core *c, int64_t number, struct buf *out, struct err *e) MUST_USE;
bool publications_list(struct core *c, const struct page *p, json_t **out, struct err *e) MUST_USE;

/* Sequence numbers for the next n commands, in a row: the first. epoch * 2^32 + counter, never the same twice, never
 * lower after a restore. Within a transaction. */
bool command_sequence_block(struct core *c, int64_t n, int64_t *first_out, struct err *e) MUST_USE;
bool epoch_read(struct core *c, int64_t *out, struct err *e) MUST_USE; /* 0: not set yet */
/* At first start and after each restore: later than now and than what was known before. */
bool epoch_advance(struct core *c, int64_t at_least, struct err *e) MUST_USE;
