/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/json.h"
#include "base/password.h"
#include "base/secret.h"
#include "wire/agent_updates.h"
#include "wire/catalogue.h"
#include "wire/publication.h"
#include "wire/replay.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What an agent knows, and how it is kept: one file, replaced whole, is the truth; OfcNTCer.dat,
 * OfcIPCer.dat and publication.jws beside it are copies for people and programs, made again where
 * they differ. So a kill at any moment leaves the old state or the new one.
 * Threads  any; one state belongs to one thread at a time
 */
#define AGENT_STATE_FILE "agent.json"
#define AGENT_STATE_MAX_BYTES ((size_t)4 << 20) /* of the file with an agent's state */
#define AGENT_NTCER_FILE "OfcNTCer.dat"
#define AGENT_IPCER_FILE "OfcIPCer.dat"
#define AGENT_PUBLICATION_FILE "publication.jws"
#define AGENT_ID_SIZE 33 /* 128 bits in hex, with terminator */
#define AGENT_PORT_DEFAULT 21112
#define AGENT_HEARTBEAT_DEFAULT_S 60
#define AGENT_HEARTBEAT_MAX_S 86400 /* that a server may put between heartbeats */
#define AGENT_REPORT_S 3600	    /* between two reports of refusals, at least */
#define REFUSAL_KINDS_MAX 32	    /* kinds of refusals that an agent counts apart */

struct agent_place { /* of a server */
	char host[256];
	uint16_t https_port, http_port; /* http_port 0: none */
};
bool agent_place_equal(const struct agent_place *a, const struct agent_place *b);
/* A name or an address, and nothing that means more inside a URL. */
bool agent_place_is_sound(const struct agent_place *p);

struct agent_refusal {
	char reason[40], detail[200];
	int64_t last_s;
	int64_t unreported, total;
};

/* A server that is still to be told that the agent left. host "": none. */
struct agent_former {
	struct agent_place place;
	struct secret secret;
	struct cert_list pins;
	int64_t since_s;
};

/* "Turn off Automatic Root Certificates Update": only "on" keeps the agent from fetching roots by itself. */
enum agent_root_policy { ROOT_POLICY_NOT_CONFIGURED, ROOT_POLICY_ON, ROOT_POLICY_OFF };
const char *agent_root_policy_name(enum agent_root_policy p);
/* A word that is not known counts as "on". */
enum agent_root_policy agent_root_policy_of(const char *word);

struct agent_configuration {
	int64_t revision, heartbeat_s, skew_s;
	enum agent_root_policy root_policy;
	bool ipc_signatures; /* who talks over agent.sock must be signed */
};

struct agent_state {
	char id[AGENT_ID_SIZE];
	struct agent_place server;
	struct secret secret; /* empty: not registered */
	struct cert *root;    /* certificate given at the start; NULL once a publication is held */
	struct publication held;
	struct agent_former former;
	char listen_ip[48], listen_given[64]; /* given: on the command line of the last start */
	uint16_t port;
	struct replay replay;
	struct agent_configuration configuration;
	struct catalogue catalogue; /* of roots */
	struct agent_refusal refusals[REFUSAL_KINDS_MAX];
	size_t n_refusals;
	int64_t refusals_reported_s;
	char unload_hash[PASSWORD_HASH_SIZE]; /* "": no unload password */
	struct agent_updates updates;
};
void agent_state_init(struct agent_state *s); /* defaults; no id yet */
void agent_state_clear(struct agent_state *s);
#define AUTO_AGENT_STATE AUTO(agent_state_clear)

/* *found_out false: there is none yet, *out has the defaults and a new id. */
bool agent_state_load(const char *dir, struct agent_state *out, bool *found_out,
		      struct err *e) MUST_USE;
bool agent_state_save(const char *dir, const struct agent_state *s, struct err *e) MUST_USE;
/* The copies; after a save, or at the start. */
bool agent_state_copies(const char *dir, const struct agent_state *s, struct err *e) MUST_USE;

/* Counts a refusal. */
void agent_state_refused(struct agent_state *s, const char *reason, const char *detail,
			 int64_t now_s);

/* Whether there is something to report, and an hour since the last report. */
bool agent_state_report_due(const struct agent_state *s, int64_t now_s);

/* agent_state_json.c */
json_t *agent_state_json(const struct agent_state *s); /* NULL: no memory */
bool agent_state_read(const json_t *v, struct agent_state *out, struct err *e) MUST_USE;
