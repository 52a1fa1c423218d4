/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "wire/agent_server.h"

/*
 * Moving an agent to another server, or mending it on the same one. All that can fail happens before
 * anything of the agent's changes: the new server is proved and the agent registered there; then one
 * write of the state moves it; then the former server is told. A kill before the write leaves the
 * agent whole with the old server, one after it with the new, which is then told later.
 * Threads  any
 */
struct transfer_order {
	struct agent_place to;
	struct cert *key;    /* certificate of -e; borrowed */
	uint16_t agent_port; /* 0: stays */
};

struct transfer {
	struct agent_place to;
	struct publication held;
	struct agent_registration registration;
	int64_t revision;
	bool keeps_sequence; /* same server, same key: its numbers go on */
	uint16_t port;
};
#define TRANSFER_INIT                                                                              \
	{                                                                                          \
		.revision = 0                                                                      \
	}
void transfer_clear(struct transfer *t);
#define AUTO_TRANSFER AUTO(transfer_clear)

/* True where there is no unload password, too. */
bool transfer_password_fits(const struct agent_state *s, const struct secret *password,
			    struct err *e) MUST_USE;
/* The network's part. s is only read. Errors: agent.unreachable, agent.unproved, jws.*, agent.clone */
bool transfer_prepare(const struct agent_state *s, const struct agent_self *self,
		      const struct transfer_order *o, int64_t now_s, struct transfer *out,
		      struct err *e) MUST_USE;
/* Moves *t into s; the caller saves it. *s is unchanged on failure. */
bool transfer_apply(struct agent_state *s, struct transfer *t, int64_t now_s,
		    struct err *e) MUST_USE;
/* Tells the former server, over a connection pinned to it. */
bool former_unregister(const char *agent_id, const struct agent_former *f, struct err *e) MUST_USE;
void former_clear(struct agent_former *f);
bool former_copy(const struct agent_former *from, struct agent_former *out, struct err *e) MUST_USE;
