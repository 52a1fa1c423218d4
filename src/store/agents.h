/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/digest.h"
#include "base/span.h"
#include "store/store.h"

/*
 * Rows of agents. Their standing, what their two files are worth against what is current here, is
 * kept beside them: written with each report and by agent_rows_restate() when this server's files
 * change. Whether one is offline follows from last_seen_s and is not kept.
 */
enum agent_standing {
	STANDING_CURRENT,
	STANDING_NTCER_OLD, /* a former key of ours: it walks the publications */
	STANDING_IPCER_OLD, /* the key is current, the host certificate is not */
	STANDING_UNKNOWN,   /* a key that is none of ours */
	STANDING_LEAKED,    /* behind a leaked key, without a pin that fits */
	STANDING_AHEAD,	    /* holds a later publication than the newest here */
};

struct agent_row {
	int64_t rowid;
	const char *id, *name, *address, *pinned_address; /* "" none */
	uint16_t port;
	const char *versions, *states; /* JSON */
	const char *listener_sha256;   /* hex, of its public key */
	const char *ntcer_sha256, *ipcer_sha256,
		*ipcer_next; /* hex; "" none; next: more, by blank */
	int64_t publication, refusals, clones, registered_s, last_seen_s, token_s;
	const char *last_refusal, *token_jti;
	enum agent_standing standing;
	const char *inventory_digest; /* of its trust directory, hex; "" none */
	struct span standings; /* of that inventory, one letter an entry; empty without one */
	int64_t inventory_s, root_policy;     /* since when; 0 the server's, 1 on, 2 off */
	struct span secret_hash, secret_next; /* SHA-256; the second may be empty */
	bool is_proved;			      /* it used its secret */
	int64_t clock_skew_s;		      /* its clock less ours, as it last told */
};

/* The strings are borrowed for the call. */
typedef bool (*agent_fn)(void *arg, const struct agent_row *row, struct err *e);

bool agent_row_find(struct store *s, const char *id, agent_fn fn, void *arg, bool *found_out,
		    struct err *e) MUST_USE;
/* name, address, port, versions, listener, files, publication, secret_hash, token_* and times. */
bool agent_row_insert(struct store *s, const struct agent_row *r, struct err *e) MUST_USE;
/* The same agent registered again: as reported, with secret_next. */
bool agent_row_again(struct store *s, const struct agent_row *r, struct err *e) MUST_USE;
/* What a heartbeat tells, and its standing. One that is gone is no error. */
bool agent_row_report(struct store *s, const struct agent_row *r, struct err *e) MUST_USE;
bool agent_row_touch(struct store *s, const char *id, const char *address, int64_t now_s,
		     struct err *e) MUST_USE;
/* The one in secret_next has been used: from now on it is the only one. */
bool agent_row_secret_taken(struct store *s, const char *id, struct span hash,
			    struct err *e) MUST_USE;
bool agent_row_refused(struct store *s, const char *id, int64_t count, const char *last,
		       struct err *e) MUST_USE;
bool agent_row_cloned(struct store *s, const char *id, struct err *e) MUST_USE;
bool agent_row_pin(struct store *s, const char *id, const char *address /* NULL: none */,
		   struct err *e) MUST_USE;
bool agent_row_delete(struct store *s, const char *id, bool *was_there, struct err *e) MUST_USE;
/* Those that never used the secret they were given. */
bool agent_rows_drop_unproved(struct store *s, int64_t before_s, struct err *e) MUST_USE;
/* Of all: after this server's keys, publications or host certificate changed. */
bool agent_rows_restate(struct store *s, struct err *e) MUST_USE;
bool agent_rows_at(struct store *s, const char *address, int64_t *n_out, struct err *e) MUST_USE;
bool agent_rows_count(struct store *s, int64_t *n_out, struct err *e) MUST_USE;

/* agent_list.c. Ends included. */
struct agent_filter {
	int standing_min, standing_max;
	int64_t seen_min_s, seen_max_s;
	const char *like; /* of name, id or address, "\" before a literal % _ \; NULL: any */
};
/* By name, after the row given (0: from the first), at most limit. */
bool agent_row_list(struct store *s, const struct agent_filter *f, int64_t after, int limit,
		    agent_fn fn, void *arg, struct err *e) MUST_USE;
bool agent_rows_matching(struct store *s, const struct agent_filter *f, int64_t *n_out,
			 struct err *e) MUST_USE;
/* Those whose OfcNTCer.dat or OfcIPCer.dat is not the current one, by name. */
bool agent_row_mismatched(struct store *s, agent_fn fn, void *arg, struct err *e) MUST_USE;

struct agent_tally {
	int64_t current, recoverable, mismatched, offline; /* offline: not among the first two */
	int64_t files_differ;				   /* what agent_row_mismatched() gives */
};
bool agent_rows_tally(struct store *s, int64_t seen_since_s, struct agent_tally *out,
		      struct err *e) MUST_USE;
/* How many hold this host certificate, of those seen since; and of all those seen since. */
bool agent_rows_holding(struct store *s, const char *ipcer_sha256, int64_t seen_since_s,
			int64_t *holding_out, int64_t *all_out, struct err *e) MUST_USE;
