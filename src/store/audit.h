/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/digest.h"
#include "base/span.h"
#include "store/store.h"

/*
 * Rows of the audit trail. The chain of hashes is core/'s; this floor appends and never rewrites
 * (the schema refuses UPDATE and DELETE).
 */
struct store_audit {
	int64_t seq, at_s;
	const char *actor, *via, *address, *request_id, *action, *object;
	const char *detail; /* JSON */
	struct span prev, hash;
};

typedef bool (*store_audit_fn)(void *arg, const struct store_audit *row, struct err *e);

bool store_audit_insert(struct store *s, const struct store_audit *r, struct err *e) MUST_USE;
/* The last row's number and hash; 0 and zeroes when there is none. */
bool store_audit_head(struct store *s, int64_t *seq_out, uint8_t hash_out[static SHA256_BYTES],
		      struct err *e) MUST_USE;

struct store_audit_filter {
	const char *action;	   /* NULL: any */
	const char *action_prefix; /* NULL: any; "cert." */
	const char *actor, *object;
	int64_t since_s, until_s; /* 0: open */
	int64_t before_seq;	  /* 0: from the newest */
	int limit;
};
bool store_audit_list(struct store *s, const struct store_audit_filter *f, store_audit_fn fn,
		      void *arg, struct err *e) MUST_USE; /* newest first */
bool store_audit_count(struct store *s, const struct store_audit_filter *f, int64_t *out,
		       struct err *e) MUST_USE;
bool store_audit_walk(struct store *s, store_audit_fn fn, void *arg,
		      struct err *e) MUST_USE; /* all, oldest first */
