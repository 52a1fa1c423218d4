/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>

/*
 * What the service manager gives and wants to hear: sd_notify(3), sd_watchdog_enabled(3) and
 * sd_listen_fds(3), without its library. Without a service manager nothing is said.
 * Threads  main
 */
struct service_environment { /* texts of the environment, NULL: not there; NOTIFY_SOCKET is borrowed */
	const char *notify_socket, *watchdog_usec, *watchdog_pid, *listen_pid, *listen_fds;
};

/* *listen_fd_out: the one socket that was opened for us, -1 without. Errors: ERR_INVALID (more than one, or
 * no stream socket) */
bool service_begin(const struct service_environment *env, int *listen_fd_out,
		   struct err *e) MUST_USE;
/* "READY=1", "STOPPING=1", "WATCHDOG=1", with "STATUS=..." on a line of its own. */
void service_say(const char *text);
/* How often WATCHDOG=1 is due; -1: never. */
int service_watchdog_ms(void);
