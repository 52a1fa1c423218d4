/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/agents/agent_desk.h"
#include "core/agents/agents.h"
#include "store/agents.h"

/*
 * What the files of the agents' desk share; for them alone.
 */
#define AGENT_SECRET_CHARS 43 /* base64url of 32 random bytes */

/* What an agent says of itself, read and held to the limits; texts borrowed from the body, but for
 * the JSON ones. */
struct agent_report {
	const char *name, *ntcer, *ipcer;
	const char *roots; /* digest of its inventory; "" not told */
	uint16_t port;
	int64_t publication;
	int64_t skew_s; /* its clock less ours */
	struct buf next /* host certificates after the first, by blank */, versions, states;
};
#define AGENT_REPORT_INIT                                                                          \
	{                                                                                          \
		.name = NULL                                                                       \
	}
bool agent_report_read(const json_t *body, int64_t now_s, struct agent_report *out,
		       struct err *e) MUST_USE;
void agent_report_clear(struct agent_report *r);
#define AUTO_REPORT AUTO(agent_report_clear)
/* agent_report_roots.c */
bool agent_report_roots_read(const json_t *states, const char **digest_out, struct err *e) MUST_USE;
void agent_report_row(const struct agent_report *r, struct agent_row *out);

/* agent_rate.c: registrations, a bucket for each address (IPv6: each /64). */
struct agent_rate;
bool agent_rate_new(struct agent_rate **out, struct err *e) MUST_USE;
void agent_rate_free(struct agent_rate *r);
/* ERR_BUSY agent.rate with the seconds to wait. */
bool agent_rate_take(struct agent_rate *r, const char *address, int64_t per_minute, int64_t now_ms,
		     struct err *e) MUST_USE;

/* heartbeat_queue.c: the newest report of each agent, until it is written. */
struct heartbeat_queue;
bool heartbeat_queue_new(struct heartbeat_queue **out, struct err *e) MUST_USE;
void heartbeat_queue_free(struct heartbeat_queue *q);
/* same: its row says the same already; r is needed where another report waits. A full queue drops
 * it: the next one comes. */
void heartbeat_put(struct heartbeat_queue *q, const char *id, const char *address, int64_t now_s,
		   const struct agent_report *r, bool same);
/* In the transaction that takes its inventory: what it said before of its trust directory is over. */
void heartbeat_inventory_told(struct heartbeat_queue *q, const char *id);
/* On one thread at a time. */
bool heartbeats_write(struct core *c, struct heartbeat_queue *q, struct err *e) MUST_USE;

struct agent_desk {
	struct agent_rate *rate;
	struct heartbeat_queue *heartbeats;
};

/* Whether id is 32 lower-case hex digits. */
bool agent_id_is_sound(const char *id);
/* "Agent ID.SECRET" is right: fills id. ERR_AUTH agent.unknown. An agent's first use of a new secret
 * makes it the only one. fn (or NULL) sees the row. */
bool agent_known(struct core *c, const struct agent_caller *who, char id[static AGENT_ID_SIZE],
		 agent_fn fn, void *arg, struct err *e) MUST_USE;
