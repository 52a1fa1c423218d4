/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "core/core.h"
#include "core/page.h"

/*
 * Commands to agents: one of them (a notification), or many (a rollout). What is to be sent is kept
 * in the database, so that a restart goes on where it was; core/agents/rollout_engine.h says what is due.
 * A command keeps its jti over all attempts: an agent that has taken it once says
 * command.replayed to the second, which counts as done.
 * rollout  {id, kind, cmd, args, state: running|paused|cancelled|done, parallel, attempts,
 *	    jitter_ms, actor, created, ended, total, counts{pending, sending, done, refused, failed,
 *	    cancelled}, per_second, seconds_left}
 * Errors   rollout.not_found, rollout.state, rollout.command, agent.not_found
 */
#define ROLLOUT_PARALLEL_DEFAULT 50
#define ROLLOUT_PARALLEL_MAX 256 /* agents that one rollout talks to at a time */
#define ROLLOUT_ATTEMPTS_DEFAULT 5
#define ROLLOUT_ATTEMPTS_MAX 20	       /* attempts at one agent */
#define ROLLOUT_JITTER_MAX_MS 86400000 /* over which a rollout may spread itself */
#define ROLLOUT_ARGS_MAX 20000	       /* bytes of a command's arguments */
#define ROLLOUT_RUNNING_MAX 16	       /* running or paused at a time; notifications aside */
#define ROLLOUT_NOTIFIES_MAX 1000      /* notifications on their way at a time */
#define ROLLOUT_KEEP 500	       /* ended ones kept */
#define ROLLOUT_AGENTS_MAX 10000       /* that one request may name */

struct rollout_request {
	const char *cmd;
	const json_t *args;   /* object; NULL: none */
	const json_t *agents; /* ids; NULL: all of them */
	/* in place of agents: adds the work by itself, in the transaction */
	bool (*add)(struct core *c, int64_t rollout, void *arg, struct err *e);
	void *add_arg;
	int parallel, attempts, jitter_ms;
};
#define ROLLOUT_REQUEST_INIT                                                                       \
	{                                                                                          \
		.parallel = ROLLOUT_PARALLEL_DEFAULT, .attempts = ROLLOUT_ATTEMPTS_DEFAULT         \
	}

/* The command "roots" is core/roots/root_deploy.c's: whoever starts it here is told so. */
bool rollout_start(struct core *c, const struct actor *by, const struct rollout_request *r,
		   json_t **out, struct err *e) MUST_USE;
/* One command to one agent: a rollout of kind "notify". */
bool agent_notify(struct core *c, const struct actor *by, const char *agent, const char *cmd,
		  const json_t *args, json_t **out, struct err *e) MUST_USE;
/* kind: "rollout", "notify"; NULL: rollouts alone. */
bool rollouts_list(struct core *c, const struct page *p, const char *kind, json_t **out,
		   struct err *e) MUST_USE;
bool rollout_show(struct core *c, const char *id, json_t **out, struct err *e) MUST_USE;
/* {"items":[{id, name, state, attempts, code, detail, next, ended}]}; state NULL: any. */
bool rollout_agents(struct core *c, const char *id, const char *state, const struct page *p,
		    json_t **out, struct err *e) MUST_USE;

enum rollout_step { ROLLOUT_PAUSE, ROLLOUT_RESUME, ROLLOUT_CANCEL };
bool rollout_change(struct core *c, const struct actor *by, const char *id, enum rollout_step step,
		    json_t **out, struct err *e) MUST_USE;
