/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/store.h"

/*
 * How far each agent is with its updates, in columns of its row. What keeps it from going on is kept as it was reported;
 * two causes depend on more than the agent says, and are made when asked: the policy that keeps an agent from fetching
 * a root of the catalogue, and an agent that went silent amid an update.
 */
enum update_state {
	UPDATE_NONE, /* it has told of none */
	UPDATE_CURRENT,
	UPDATE_DOWNLOADING, /* under way, from here */
	UPDATE_VERIFYING,
	UPDATE_UPDATING, /* to here */
	UPDATE_FAILED,
	UPDATE_STATES
};

enum update_cause {
	UPDATE_CAUSE_NONE,
	UPDATE_ROOT_MISSING,
	UPDATE_INTERMEDIATE_MISSING,
	UPDATE_SIGNATURE_BAD,
	UPDATE_CLOCK,
	UPDATE_POLICY,	    /* made when asked */
	UPDATE_UNREACHABLE, /* also */
	UPDATE_OTHER,
	UPDATE_CAUSES
};

struct agent_update_row {
	enum update_state state;
	enum update_cause cause;
	int64_t since_s;				    /* of this server's clock */
	const char *package, *version, *installed, *reason; /* "" none */
	const char *missing, *missing_kind, *missing_sha256;
	int64_t entry; /* of the catalogue; 0 none */
};
/* *changed_out false: it is as it was. One that is gone is no error. */
bool agent_row_update(struct store *s, const char *agent, const struct agent_update_row *r,
		      int64_t clock_skew_s, bool *changed_out, struct err *e) MUST_USE;

/* What the two causes made when asked depend on. */
struct update_view {
	int64_t policy_on;    /* the server's is, for agents that have none of their own */
	int64_t seen_since_s; /* seen before that: offline */
	int64_t stalled_s;    /* under way since before that: it hangs */
};

bool agent_updates_tally(struct store *s, int64_t out[UPDATE_STATES], struct err *e) MUST_USE;

/* Those that failed or hang, alike together, most first. */
struct update_group {
	enum update_cause cause; /* never NONE */
	const char *missing, *missing_sha256;
	int64_t entry, n, failed; /* failed: so many of n */
};
typedef bool (*update_group_fn)(void *arg, const struct update_group *g, struct err *e);
bool agent_update_groups(struct store *s, const struct update_view *v, int limit,
			 update_group_fn fn, void *arg, struct err *e) MUST_USE;

/* The same by cause alone, all of them. */
bool agent_updates_tally_causes(struct store *s, const struct update_view *v,
				int64_t out[UPDATE_CAUSES], struct err *e) MUST_USE;

struct agent_update_item {
	int64_t rowid;
	const char *id, *name, *states; /* JSON */
	int64_t last_seen_s;
	struct agent_update_row update; /* with the cause made */
};
typedef bool (*agent_update_fn)(void *arg, const struct agent_update_item *i, struct err *e);
/* Of one agent; fn is not called where it told of no update. */
bool agent_update_one(struct store *s, const struct update_view *v, const char *id,
		      agent_update_fn fn, void *arg, struct err *e) MUST_USE;
/* state, cause: -1 any; by row, after the one given. Agents without a state are not listed. */
bool agent_update_list(struct store *s, const struct update_view *v, int state, int cause,
		       int64_t after, int limit, agent_update_fn fn, void *arg,
		       struct err *e) MUST_USE;
bool agent_updates_matching(struct store *s, const struct update_view *v, int state, int cause,
			    int64_t *n_out, struct err *e) MUST_USE;

/* The distinct certificates that agents lack, most wanted first; and their entry, when the catalogue moved. */
typedef bool (*update_missing_fn)(void *arg, const char *missing, const char *kind,
				  const char *sha256, struct err *e);
bool agent_update_missing(struct store *s, int limit, update_missing_fn fn, void *arg,
			  struct err *e) MUST_USE;
bool agent_update_missing_is(struct store *s, const char *missing, const char *kind,
			     const char *sha256, int64_t entry, enum update_cause cause,
			     struct err *e) MUST_USE;

/* A certificate of the stores with this subject, as text: its SHA-256 and whether it is self-signed. */
bool update_subject_find(struct store *s, const char *subject, char sha256_out[static 65],
			 bool *self_signed_out, bool *found_out, struct err *e) MUST_USE;
/* The entry of the catalogue: by digest where one is known, else by common name. is_root: of the store Root. */
bool update_entry_find(struct store *s, const char *name, const char *sha256, int64_t *entry_out,
		       bool *is_root_out, struct err *e) MUST_USE;
