/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "core/programs/witness.h"

#include <limits.h>

/* core/programs/witness.c's two sides, over a socket of messages; either may carry one descriptor. */
enum witness_op { WITNESS_CONNECT, WITNESS_LISTEN, WITNESS_VOUCH, WITNESS_LOOK };

struct witness_request {
	enum witness_op op;
	pid_t pid;
	char dir[PATH_MAX], name[32], nonce[WITNESS_NONCE_MAX + 1];
};

struct witness_reply {
	enum err_code code;
	char reason[48], text[ERR_TEXT_MAX]; /* reason "": that of the class */
};

/* One message with fd (-1: none) beside it. */
bool witness_send(int socket, const void *message, size_t len, int fd);
/* False: no such message came whole. *fd_out -1 or yours. */
bool witness_receive(int socket, void *message, size_t len, int *fd_out);

/* Answers until the other end is closed. */
_Noreturn void witness_serve(int socket);
