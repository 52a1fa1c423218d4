/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "wire/publication.h"

/*
 * From the publication held to the newest, step by step, each verified with the key of the one
 * before. Where the tokens come from is the caller's business: they prove themselves.
 * Threads  any
 */
#define WALK_STEPS_MAX 100000 /* numbers looked at in one walk */
#define WALK_LATEST 0	      /* asks the source for its newest number */

struct walk_source {
	void *arg;
	bool pinned; /* its server proved itself by the certificates of the publication held */
	/* *token_out is empty; *found_out false: there is no such number. */
	bool (*fetch)(void *arg, int64_t number, struct buf *token_out, bool *found_out,
		      struct err *e);
};

/*
 * held goes as far as it can be followed; on an error it stays at the last good one, which is sound.
 * *n_out   steps made, also on failure
 */
bool walk_on(struct publication *held, const struct walk_source *s, int *n_out,
	     struct err *e) MUST_USE;

/*
 * Where nothing is held yet: the newest publication that key signed, looked for from the newest
 * down. *out untouched on failure. Errors: agent.unproved (key signed none of them), what the source says
 */
bool walk_begin(const struct cert *key, const struct walk_source *s, struct publication *out,
		struct err *e) MUST_USE;
