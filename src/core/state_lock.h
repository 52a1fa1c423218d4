/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

/*
 * One daemon per state directory (the console, or an agent): a lock on state_dir/daemon.lock that the kernel drops with the
 * process, however it ends. The file holds the process id, for the message to a second one.
 */
#define STATE_LOCK_FILE "daemon.lock"

/* *fd_out: the lock; closing it gives the lock back. Errors: ERR_CONFLICT daemon.running. */
bool state_lock(const char *state_dir, int *fd_out, struct err *e) MUST_USE;
