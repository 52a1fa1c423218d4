/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/bindings.h"
#include "store/store.h"

/*
 * Rows of changes: what a binding or the trust mode was, what it became, who wanted it, and how far it got. A closed
 * change is the history. The database refuses a second open change of one binding.
 */
#define CHANGE_ID_SIZE 33	     /* 128 random bits in hex, terminator included */
#define CHANGE_EVIDENCE_SIZE 400     /* text of a proof */
#define CHANGE_CHECKS_MAX (64 << 10) /* JSON of the checks */

enum change_state {
	CHANGE_STAGED,
	CHANGE_COMMITTED,
	CHANGE_CONFIRMED,
	CHANGE_REVERTED,
	CHANGE_ABORTED
};
const char *change_state_name(enum change_state s);

enum change_kind { CHANGE_OF_BINDING, CHANGE_OF_TRUST_MODE };

struct change_row {
	char id[CHANGE_ID_SIZE];
	int64_t seq, version;
	enum change_kind kind;
	int mode_before, mode_after; /* of a change of the trust mode */
	int64_t binding_id;	     /* 0: not yet made, or of no binding */
	char endpoint[320];	     /* text form, as it was staged */
	enum change_state state;
	bool has_before; /* false: the change makes the binding */
	struct binding_state before, after;
	int64_t agents_from; /* 0: nobody lost the agents' mark */
	int64_t confirm_within_s;
	int64_t wait_agents; /* percent that must know the new certificate; 0: none */
	int64_t confirm_until_s, prove_until_s; /* 0: none */
	bool proved;
	int64_t generation; /* that the commit made: of TLS, or of trust where the mode changed */
	int64_t created_s, committed_s, ended_s; /* 0: not yet */
	char actor[128], via[16];
	char override_reason[256];
	char *checks; /* JSON text, owned */
	char evidence[CHANGE_EVIDENCE_SIZE];
};
void change_row_clear(struct change_row *r);
#define AUTO_CHANGE_ROW AUTO(change_row_clear)
#define CHANGE_ROW_INIT                                                                            \
	{                                                                                          \
		.seq = 0                                                                           \
	}

/* ERR_CONFLICT change.open when another change of this binding is open; limit.rows. */
bool change_row_insert(struct store *s, const struct change_row *r, struct err *e) MUST_USE;
/* Writes what moves: state, version, binding, agents_from, times, proof. Holds end with the state.
 */
bool change_row_update(struct store *s, const struct change_row *r, struct err *e) MUST_USE;

bool change_row_by_id(struct store *s, const char *id, struct change_row *out, bool *found,
		      struct err *e) MUST_USE;
bool change_row_open(struct store *s, int64_t binding_id, struct change_row *out, bool *found,
		     struct err *e) MUST_USE;
/* The open one of the trust mode. */
bool change_row_open_mode(struct store *s, struct change_row *out, bool *found,
			  struct err *e) MUST_USE;
/* The newest of a binding that took effect (committed or confirmed). */
bool change_row_latest(struct store *s, int64_t binding_id, struct change_row *out, bool *found,
		       struct err *e) MUST_USE;
/* A change that waits no longer at now_s, oldest first: committed, and its confirmation or its
 * proof overdue; or staged before staged_before_s. */
bool change_row_overdue(struct store *s, int64_t now_s, int64_t staged_before_s,
			struct change_row *out, bool *found, struct err *e) MUST_USE;
/* Deadlines further ahead than they can have been set, since the clock was set back, begin anew now. */
bool change_deadlines_cap(struct store *s, int64_t now_s, int64_t prove_within_s,
			  struct err *e) MUST_USE;
/* The next moment at which one becomes overdue; 0: none. */
bool change_next_deadline(struct store *s, int64_t *out, struct err *e) MUST_USE;
/* The newest committed or confirmed but never proved change with seq below. */
bool change_row_unproved(struct store *s, int64_t below_seq, struct change_row *out, bool *found,
			 struct err *e) MUST_USE;
bool change_rows_mark_proved(struct store *s, int64_t binding_id, int64_t up_to_seq,
			     struct err *e) MUST_USE;

struct change_rows;
#define CHANGES_OPEN_MAX 100 /* staged or committed at a time */
/* All that are staged or committed, oldest first. */
bool change_rows_open(struct store *s, struct change_rows *out, struct err *e) MUST_USE;

struct change_rows {
	struct change_row *items;
	size_t n;
};
void change_rows_clear(struct change_rows *r);
#define AUTO_CHANGE_ROWS AUTO(change_rows_clear)
/* Newest first, those with seq below before_seq (0: all), at most limit. */
bool change_row_history(struct store *s, int64_t binding_id, int64_t before_seq, int limit,
			struct change_rows *out, int64_t *total_out, struct err *e) MUST_USE;
