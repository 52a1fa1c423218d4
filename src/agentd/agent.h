/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "agentd/options.h"
#include "wire/agent_identity.h"
#include "wire/agent_server.h"
#include "wire/agent_state.h"
#include "wire/agent_trust.h"

#include <pthread.h>

/*
 * The running agent: its state, and who may touch it when.
 *   lock   guards state and what is known of the link; held while the state is written, since what
 *	    is on disk must follow the same order
 *   turn   before lock: errands that move the publication, the registration or the server take
 *	    turns; held across the network. Who holds it may read those without lock.
 *   trust_turn  before lock and trust_lock: who fetches roots into the trust directory; held across the network
 *   trust_lock  guards trust and trust_error; held while the directory is read, never together with lock
 */
enum link_state { LINK_STARTING, LINK_CURRENT, LINK_UNREACHABLE, LINK_MISMATCHED, LINK_REFUSED };
const char *link_state_name(enum link_state s);

/* When the agent tries again, by itself, to fetch roots that did not come. */
struct trust_pace {
	unsigned failures;
	int64_t again_ms, revision;
	char digest[2 * SHA256_BYTES + 1]; /* of the directory then */
};

struct listener;
struct link;
struct updater;

struct agent {
	const char *dir; /* borrowed from the command line */
	char id[AGENT_ID_SIZE];
	char name[256]; /* of this machine */
	struct agent_identity identity;
	pthread_mutex_t turn, trust_turn, trust_lock, lock;
	struct agent_state state;
	enum link_state link_state;
	char link_error[200];
	int64_t contact_s;		/* last answer of the server; 0: none yet */
	struct agent_trust *trust;	/* as last read; NULL: not yet */
	char trust_error[ERR_TEXT_MAX]; /* why it cannot be read now; "" it can */
	struct trust_pace trust_pace;	/* the link's thread alone */
	struct listener *listener;
	struct link *link;
	struct updater *updater;
};

/* Reads or makes the state; the copies of what it holds are made again where they differ. */
bool agent_open(struct agent *a, const struct options *o, struct err *e) MUST_USE;
void agent_close(struct agent *a);

/* With lock held. */
bool agent_save(struct agent *a, struct err *e) MUST_USE;
/* With lock held, after a save that failed in the middle of something: what is on disk counts. */
void agent_reload(struct agent *a);

/* What a call to the server needs, as copies; takes lock. */
struct agent_reach {
	struct agent_place place;
	struct cert_list pins;
	struct secret secret;
};
bool agent_reach(struct agent *a, struct agent_reach *out, struct err *e) MUST_USE;
void agent_reach_clear(struct agent_reach *r);
#define AUTO_AGENT_REACH AUTO(agent_reach_clear)
struct agent_link agent_link_of(const struct agent *a, const struct agent_reach *r);
struct agent_self agent_self_of(const struct agent *a); /* with turn held */

/* The answer to "status", of the server or over agent.sock; NULL: no memory. Takes lock. */
json_t *agent_status(struct agent *a);
json_t *agent_heartbeat_body(struct agent *a);

/* Counts and logs a refusal; true when a report of refusals is due. Takes lock. */
bool agent_refuse(struct agent *a, const struct err *why);
