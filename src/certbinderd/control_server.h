/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "certbinderd/console.h"

/*
 * The console's end of the control socket (core/programs/control.h): one thread accepts, a few answer, so
 * that a slow caller keeps nobody waiting, least of all a worker.
 * Threads  made, stopped and freed by the main thread
 */
#define CONTROL_THREADS 3
#define CONTROL_QUEUE_MAX 64 /* connections to the control socket that wait for their turn */
#define CONTROL_READ_TIMEOUT_MS 2000 /* for a caller to say what it wants */

struct control_server;

bool control_server_start(struct console *k, struct control_server **out, struct err *e) MUST_USE;
void control_server_stop(struct control_server *s); /* NULL is fine; joins and frees */
