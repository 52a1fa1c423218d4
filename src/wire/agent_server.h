/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/json.h"
#include "wire/agent_identity.h"
#include "wire/agent_state.h"
#include "wire/walk.h"

#include <stdbool.h>

/*
 * What an agent asks of its server: docs/AGENTS.md. All of it but publications goes over pinned
 * connections alone.
 * Errors   agent.unreachable, agent.unproved (nothing was sent), agent.unknown, agent.clone, what
 *	    else the server says by its public code, and ERR_NOMEM
 * Threads  any; every call has its own connection
 */
#define AGENT_API "/officescan/agent/v1"
#define AGENT_PUBLICATIONS "/officescan/hotfix_pccnt/Common/publications/"
#define AGENT_UPDATE_FILES "/officescan/hotfix_pccnt/Common/updates/"
#define AGENT_REGISTER_TYP "cb-reg+jwt"

/* What is needed to speak with a server as an agent. All borrowed for the call. */
struct agent_link {
	const struct agent_place *place;
	const struct cert_list *pins;
	const char *id;
	const struct secret *secret; /* NULL or empty: no Authorization */
};

/* Who registers. All borrowed for the call. */
struct agent_self {
	const char *id, *name;
	const struct agent_identity *identity;
	uint16_t port; /* of the listener */
};

struct agent_registration {
	struct secret secret;
	int64_t heartbeat_s, publication;
};

struct agent_heartbeat {
	int64_t publication, heartbeat_s, revision;
	int64_t catalogue; /* of roots; 0: none */
	bool wants_inventory;
	int64_t updates; /* revision of the offer; -1: not said */
};

bool agent_register(const struct agent_place *place, const struct publication *held,
		    const struct agent_self *self, int64_t now_s, struct agent_registration *out,
		    struct err *e) MUST_USE;
/* What a heartbeat says; also the result of the command "status". NULL: no memory. */
json_t *agent_heartbeat_json(const struct publication *held, const char *name, uint16_t port);
bool agent_heartbeat(const struct agent_link *l, const json_t *body, struct agent_heartbeat *out,
		     struct err *e) MUST_USE;
bool agent_configuration_get(const struct agent_link *l, struct agent_configuration *out,
			     struct err *e) MUST_USE;
/* What is offered now, for agent_updates_offer(). */
bool agent_updates_get(const struct agent_link *l, json_t **out, struct err *e) MUST_USE;
/* "/refusals", "/results", "/inventory", "/unregister": what is said is all. An agent that the server does not know
 * is unregistered already. */
bool agent_say(const struct agent_link *l, const char *path, const json_t *body,
	       struct err *e) MUST_USE;
bool agent_unregister(const struct agent_link *l, struct err *e) MUST_USE;

/*
 * Takes held as far as the server's publications go: over a pinned connection, else over any, else
 * over plain HTTP. *n_out: steps made, also on failure; held is sound in any case.
 */
bool agent_follow(const struct agent_place *place, struct publication *held, int *n_out,
		  struct err *e) MUST_USE;
/* The same where nothing is held but the certificate of an authentication key. */
bool agent_follow_from(const struct agent_place *place, const struct cert *key,
		       struct publication *out, struct err *e) MUST_USE;
