/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/json.h"
#include "wire/replay.h"
#include "x509/cert.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Commands from server to agent: compact JWS, typ "cb-cmd+jwt", over {iss, aud, iat, exp, jti, seq,
 * cmd, args}. This file only judges; it acts on nothing, looks at no clock and writes nothing.
 * Threads  any
 */
#define COMMAND_TYP "cb-cmd+jwt"
#define COMMAND_MAX_BYTES ((size_t)64 << 10) /* of one command on its way */
#define COMMAND_SKEW_MAX_S 86400	     /* clocks may differ by this at most */
#define COMMAND_LIFE_MAX_S 86400	     /* from iat to exp, at most */
#define COMMAND_NAME_SIZE 32

struct command {
	char jti[REPLAY_ID_SIZE], cmd[COMMAND_NAME_SIZE], iss[256];
	int64_t iat_s, exp_s, seq;
	json_t *args; /* an object, or NULL; owned */
};
#define COMMAND_INIT                                                                               \
	{                                                                                          \
		.args = NULL                                                                       \
	}
void command_clear(struct command *c);
#define AUTO_COMMAND AUTO(command_clear)

/* What a command is held against. */
struct command_judge {
	const struct cert
		*key; /* that of OfcNTCer.dat; its dates are not looked at: it is the pin */
	const char *agent_id;
	const struct replay *seen;
	int64_t now_s, skew_s; /* more than COMMAND_SKEW_MAX_S counts as that */
};

/*
 * Errors   command.signature (another key, algorithm or a bad signature), command.corrupt (not of
 *	    this form or type), command.audience, command.expired, command.early, command.replayed,
 *	    command.sequence; *out untouched
 */
bool command_verify(const struct command_judge *j, struct span token, struct command *out,
		    struct err *e) MUST_USE;

/* Until when its id must be remembered. */
int64_t command_remember_s(const struct command *c);
