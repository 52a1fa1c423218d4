/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "core/bindings/peer.h"
#include "core/core.h"
#include "core/page.h"
#include "trust/judge.h"

/*
 * Refused client certificates, kept as records in a ring. The door must not wait for the database:
 * it puts what it refused into a small queue in memory (any thread), and refusals_flush() brings it
 * into the database, at most once a second. The same refusal again - same binding, client, leaf,
 * reason and trust generation - counts up instead of filling the ring. What does not fit is counted
 * as lost.
 */
#define REFUSALS_MAX 2000	      /* records kept; the oldest goes */
#define REFUSALS_QUEUE_MAX 256	      /* waiting for the database */
#define REFUSAL_PRESENTED_MAX 16      /* certificates of the presented chain that are kept */
#define REFUSAL_PATHS_MAX 16	      /* paths that are kept */
#define REFUSAL_BYTES_MAX (128 << 10) /* of one record; larger ones lose their paths */

struct refusal_queue;
bool refusal_queue_new(struct refusal_queue **out, struct err *e) MUST_USE;
void refusal_queue_free(struct refusal_queue *q);

/* Any thread; never fails, what does not fit is lost and counted. */
void refusal_put(struct refusal_queue *q, const struct peer *peer, const struct served *served,
		 const struct verdict *v, int64_t now_s);
/* When it returns, what was put before it was called is in the database, whoever brought it there. */
bool refusals_flush(struct core *c, struct refusal_queue *q, struct err *e) MUST_USE;

struct refusal_query {
	struct page page;
	const char *binding, *reason, *client; /* NULL: any */
	int substatus;			       /* -1: any */
	int64_t since_s, until_s;	       /* 0: open */
};
/* Newest first. Records as CONTRACTS.md has them, and {count, last, endpoint, trust_generation,
 * subject, sha256}; without paths and presented in lists. */
bool refusals_list(struct core *c, const struct refusal_query *q, json_t **out,
		   struct err *e) MUST_USE;
bool refusals_show(struct core *c, const char *id, json_t **out, struct err *e) MUST_USE;
/* The presented chain as PEM, leaf first. */
bool refusals_presented(struct core *c, const char *id, struct buf *out, struct err *e) MUST_USE;
