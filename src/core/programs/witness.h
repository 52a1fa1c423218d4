/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * The process that stands for this program on its local sockets, so that the other side can look at it (docs/IPC.md).
 *
 * Our programs hold secrets and let nobody look into them (base/harden.h); the kernel then does not show either which
 * program they are, and shows a root's process to root alone. So each forks, at its start and before there is a secret,
 * a process of the same program that holds nothing: no arguments, no environment, no files, no capabilities; it belongs
 * to the owner of the state directory and may be looked at. It connects and listens, and hands the sockets to its
 * maker; the kernel names it as the peer. And it says, on a connection that this program made or took, that it is ours:
 * a message whose sender the kernel names, which no other program can send in its name.
 *
 * Threads  any; started and stopped by the main thread alone
 */
#define WITNESS_NONCE_MAX 64 /* characters of what one side asks the other to repeat */

/* First thing in main(), after core/reading/reader.h's: its processes must not have ours. Wipes its own copy of the arguments
 * and the environment. Errors: ERR_IO */
bool witness_start(char **argv, struct err *e) MUST_USE;
void witness_stop(void); /* ends and awaits it; fine when there is none */
bool witness_stands(void);

/* As core/programs/control_socket.h, from that process. Root's becomes the owner of state_dir for good. */
bool witness_connect(const char *state_dir, const char *name, int *fd_out, struct err *e) MUST_USE;
bool witness_listen(const char *state_dir, const char *name, int *fd_out, struct err *e) MUST_USE;
/* Sends {"proof": nonce} and a descriptor on the connection fd. */
bool witness_vouch(int fd, const char *nonce, struct err *e) MUST_USE;
/* Opens the program that process pid runs, with that process's rights. */
bool witness_look(pid_t pid, int *fd_out, struct err *e) MUST_USE;
