/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "core/agents/agents.h"
#include "core/core.h"

/*
 * What of the rollouts is due, signed and ready to be sent, and what came of it. Knows no network:
 * the roof sends.
 * Threads  one, with a core of its own
 */
#define ROLLOUT_COMMAND_TYP "cb-cmd+jwt"
#define ROLLOUT_COMMAND_LIFE_S 600    /* from iat to exp, besides the skew */
#define ROLLOUT_BACKOFF_MS 2000	      /* before the second attempt; doubles */
#define ROLLOUT_BACKOFF_MAX_MS 600000 /* between two attempts at an agent, give or take a quarter */
#define ROLLOUT_BATCH_MAX 256	      /* taken, or recorded, in one transaction */

struct rollout_engine;
/* After a start: what was on its way is due again. */
bool rollout_engine_new(struct core *c, struct rollout_engine **out, struct err *e) MUST_USE;
void rollout_engine_free(struct rollout_engine *x);

struct dispatch {
	int64_t rollout, attempts, jitter_ms;
	int64_t attempts_max;
	char cmd[32], agent[AGENT_ID_SIZE], address[48], listener_sha256[65], jti[33];
	char ntcer_sha256[65]; /* the key that the agent reported last */
	uint16_t port;
	int64_t seq;
	struct buf token; /* compact JWS */
};
void dispatch_free(struct dispatch *d);

/* At most max (and ROLLOUT_BATCH_MAX) that are due, each yours. Those that may not be sent are
 * recorded right away. */
bool rollout_engine_take(struct rollout_engine *x, struct core *c, size_t max,
			 struct dispatch **out, size_t *n_out, struct err *e) MUST_USE;

struct dispatch_result {
	struct dispatch *dispatch;
	int status;	   /* of HTTP; 0: no answer */
	const char *error; /* then: why */
	struct span body;  /* of the answer */
};
bool rollout_engine_record(struct rollout_engine *x, struct core *c,
			   const struct dispatch_result *results, size_t n, struct err *e) MUST_USE;
