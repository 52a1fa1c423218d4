/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "base/span.h"
#include "core/core.h"

/*
 * What agents ask of the server (docs/AGENTS.md). An agent is its key: it proves it once, at
 * registration, and gets a secret of which only the hash is kept; everything later carries it. What
 * agents tell of themselves is telemetry: it waits in memory and is written in groups by
 * agent_desk_flush(), and moves no generation.
 * Errors   agent.rate, agent.full, agent.clone, agent.token, agent.port, agent.unknown
 * Threads  a desk is shared by all
 */
#define AGENT_REGISTER_TYP "cb-reg+jwt"
#define AGENT_ROWS_MAX 200000		  /* agents in all */
#define AGENT_NAME_MAX 255		  /* bytes of an agent's name */
#define AGENT_VERSIONS_MAX 1024		  /* bytes of what it says of its versions */
#define AGENT_STATES_MAX 8192		  /* bytes of what it says of its states */
#define AGENT_IPCER_MAX 4		  /* host certificates that an agent accepts */
#define AGENT_REFUSALS_MAX 32		  /* kinds of refusals in one report */
#define AGENT_TEXT_MAX 300		  /* bytes of a refusal or result that are kept */
#define AGENT_PORT_MIN 1024		  /* ports below are others' services */
#define AGENT_UNPROVED_KEEP_S 86400	  /* who never used the secret given is forgotten */
#define AGENT_REGISTER_ADDRESSES_MAX 4096 /* whose registrations are counted at a time */
#define AGENT_HEARTBEATS_MAX 65536	  /* heartbeats waiting for the database */
#define AGENT_HEARTBEATS_GROUP 2000	  /* written in one transaction */

struct agent_desk;
bool agent_desk_new(struct agent_desk **out, struct err *e) MUST_USE;
void agent_desk_free(struct agent_desk *d);
/* From a thread with a core of its own, once a second. */
bool agent_desk_flush(struct core *c, struct agent_desk *d, struct err *e) MUST_USE;

/* Whoever asks: the connection's address, the Host it named, the Authorization header (or NULL). */
struct agent_caller {
	const char *address, *host, *authorization;
};

bool agent_desk_register(struct core *c, struct agent_desk *d, const struct agent_caller *who,
			 const json_t *body, json_t **out, struct err *e) MUST_USE;
bool agent_desk_heartbeat(struct core *c, struct agent_desk *d, const struct agent_caller *who,
			  const json_t *body, json_t **out, struct err *e) MUST_USE;
bool agent_refusals(struct core *c, struct agent_desk *d, const struct agent_caller *who,
		    const json_t *body, struct err *e) MUST_USE;
bool agent_result(struct core *c, struct agent_desk *d, const struct agent_caller *who,
		  const json_t *body, struct err *e) MUST_USE;
bool agent_configuration(struct core *c, struct agent_desk *d, const struct agent_caller *who,
			 json_t **out, struct err *e) MUST_USE;
bool agent_desk_unregister(struct core *c, struct agent_desk *d, const struct agent_caller *who,
			   struct err *e) MUST_USE;
