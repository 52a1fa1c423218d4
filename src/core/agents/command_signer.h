/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/authentication/authentication_impl.h"

/*
 * For core/ alone: with which key a command is signed. An agent that was away, or is about to be told
 * of a new key, knows a former one: what is signed with that it recognises, and then fetches the new
 * one. So replaced keys are kept. A leaked one signs nothing any more.
 */
#define COMMAND_SIGNERS_MAX 8 /* keys of one batch; agents of further ones get the current key */

struct command_signers {
	struct authentication_pair pairs[COMMAND_SIGNERS_MAX]; /* the current one first */
	size_t n;
};
#define COMMAND_SIGNERS_INIT                                                                       \
	{                                                                                          \
		.n = 0                                                                             \
	}

/* Errors: authentication_key.none */
bool command_signers_open(struct core *c, struct command_signers *out, struct err *e) MUST_USE;
void command_signers_clear(struct command_signers *s);
#define AUTO_COMMAND_SIGNERS AUTO(command_signers_clear)

/* The key that an agent knows who reported ntcer_sha256; the current one where that is none of ours,
 * leaked or cannot be had. Borrowed from s. */
const struct authentication_pair *command_signer_for(struct core *c, struct command_signers *s,
						     const char *ntcer_sha256);
