/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/store.h"

/*
 * Rows of refused client certificates, borrowed for the call like those of certificates.
 */
struct store_refusal {
	int64_t id; /* read only */
	int64_t at_s, last_s, count;
	int64_t binding_id;
	const char *endpoint, *client;
	int mode;
	int64_t trust_generation;
	int substatus;
	int64_t win32;
	const char *reason, *explanation, *subject, *sha256;
	const char *verdict;   /* JSON */
	const char *presented; /* PEM */
};

typedef bool (*store_refusal_fn)(void *arg, const struct store_refusal *row, struct err *e);

/* Inserts, or counts up the same one. */
bool store_refusal_put(struct store *s, const struct store_refusal *r, struct err *e) MUST_USE;
bool store_refusal_trim(struct store *s, int64_t keep, struct err *e) MUST_USE;

struct store_refusal_filter {
	const char *binding, *reason, *client; /* NULL: any; binding: id or endpoint */
	int substatus;			       /* -1: any */
	int64_t since_s, until_s;	       /* 0: open */
	int64_t before_id;		       /* 0: from the newest */
	int limit;
};
bool store_refusal_list(struct store *s, const struct store_refusal_filter *f, store_refusal_fn fn,
			void *arg, struct err *e) MUST_USE; /* newest first */
bool store_refusal_count(struct store *s, const struct store_refusal_filter *f, int64_t *out,
			 struct err *e) MUST_USE;
bool store_refusal_by_id(struct store *s, int64_t id, store_refusal_fn fn, void *arg, bool *found,
			 struct err *e) MUST_USE;
