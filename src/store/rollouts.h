/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/store.h"

/*
 * Rows of rollouts and of the work they are made of: one row for each agent that a command goes to.
 * A command to a single agent is a rollout of kind "notify".
 */
enum work_state {
	WORK_PENDING,
	WORK_SENDING, /* on its way; after a restart pending again */
	WORK_DONE,
	WORK_REFUSED, /* the agent said no */
	WORK_FAILED,  /* all attempts used up */
	WORK_CANCELLED,
	WORK_STATES
};

#define ROLLOUT_ROW_ARGS_SIZE 20480 /* bytes of arguments, terminator included */

struct rollout_row {
	int64_t id;
	char kind[16], cmd[32], args[ROLLOUT_ROW_ARGS_SIZE], state[16], actor[128];
	int64_t parallel, attempts, jitter_ms, created_s, ended_s;
};

bool rollout_row_insert(struct store *s, struct rollout_row *r, struct err *e) MUST_USE; /* id */
bool rollout_row_find(struct store *s, int64_t id, struct rollout_row *out, bool *found_out,
		      struct err *e) MUST_USE;
typedef bool (*rollout_fn)(void *arg, const struct rollout_row *r, struct err *e);
/* Newest first, of ids below before (0: all). kind NULL: any. */
bool rollout_row_list(struct store *s, const char *kind, int64_t before, int limit, rollout_fn fn,
		      void *arg, struct err *e) MUST_USE;
bool rollout_row_running(struct store *s, rollout_fn fn, void *arg, struct err *e) MUST_USE;
/* Running or paused. */
bool rollout_rows_open(struct store *s, const char *kind, int64_t *out, struct err *e) MUST_USE;
bool rollout_rows_count(struct store *s, const char *kind, int64_t *out, struct err *e) MUST_USE;
bool rollout_row_set_state(struct store *s, int64_t id, const char *state, int64_t ended_s,
			   struct err *e) MUST_USE;
/* Ended ones beyond the newest keep go. */
bool rollout_rows_trim(struct store *s, int64_t keep, struct err *e) MUST_USE;

/* Work for every agent, or one; first tried at a random time within jitter_ms from due_ms. */
bool work_add_all(struct store *s, int64_t rollout, int64_t due_ms, int64_t jitter_ms,
		  struct err *e) MUST_USE;
bool work_add_inventory(struct store *s, int64_t rollout, int64_t inventory, int64_t root_policy,
			int64_t due_ms, struct err *e) MUST_USE; /* those alike */
bool work_add(struct store *s, int64_t rollout, const char *agent, int64_t due_ms,
	      struct err *e) MUST_USE;

struct work_row {
	const char *agent, *code, *detail; /* borrowed for the call */
	enum work_state state;
	int64_t attempts, due_ms, ended_s;
	/* of the agent, empty when it is gone */
	const char *name, *address, *pinned_address, *listener_sha256, *ntcer_sha256;
	uint16_t port;
};
typedef bool (*work_fn)(void *arg, const struct work_row *r, struct err *e);
/* What is due, the longest waiting first. */
bool work_due(struct store *s, int64_t rollout, int64_t now_ms, int limit, work_fn fn, void *arg,
	      struct err *e) MUST_USE;
/* By agent id, after the one given (""); state -1: any. */
bool work_list(struct store *s, int64_t rollout, int state, const char *after, int limit,
	       work_fn fn, void *arg, struct err *e) MUST_USE;
bool work_set(struct store *s, int64_t rollout, const struct work_row *r, struct err *e) MUST_USE;
bool work_tally(struct store *s, int64_t rollout, int64_t counts[WORK_STATES],
		struct err *e) MUST_USE;
bool work_cancel(struct store *s, int64_t rollout, int64_t now_s, struct err *e) MUST_USE;
/* While on, a commit survives the end of the program but perhaps not that of the machine. Outside of
 * transactions. */
bool work_set_relaxed(struct store *s, bool on, struct err *e) MUST_USE;
/* After a start: what was on its way is pending. */
bool work_recover(struct store *s, struct err *e) MUST_USE;
