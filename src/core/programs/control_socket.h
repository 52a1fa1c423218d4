/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

/*
 * Local sockets by folder and name, which may be longer than a socket's address holds. For core/programs/control.c and
 * core/programs/witness.c, which does the same in another process.
 */

/* O_PATH. */
bool control_dir_open(const char *state_dir, int *out, struct err *e) MUST_USE;
/* Errors: ERR_UNREACHABLE daemon.down */
bool control_dir_connect(int dir, const char *name, int *fd_out, struct err *e) MUST_USE;
/* Binds anew (0600) and listens; nothing blocks on it. */
bool control_dir_listen(int dir, const char *name, int *fd_out, struct err *e) MUST_USE;
