/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The W3C extended log, exactly IIS's 15 default columns, one file a day (UTC) named u_exYYMMDD.log
 * in the folder given. Lines are put together on the workers and written by one thread of its own
 * within W3C_DELAY_MS; a worker never waits for the disk. When the disk cannot follow, lines are
 * dropped and counted, and the count is told in the diagnostic log.
 */
#define W3C_DELAY_MS 250
#define W3C_BACKLOG_MAX ((size_t)8 << 20) /* bytes that wait for the disk */
#define W3C_FIELD_MAX 2048		  /* bytes of one column, cut off behind */

struct w3c_line {
	int64_t time_s;
	const char *server_ip, *client_ip, *method, *path, *query, *user, *user_agent, *referer;
	uint16_t port;
	int status, substatus;
	uint32_t win32;
	int64_t took_ms;
};

struct w3c_log;
bool w3c_open(const char *dir, struct w3c_log **out, struct err *e) MUST_USE;
void w3c_add(struct w3c_log *log, const struct w3c_line *line); /* any thread */
void w3c_close(struct w3c_log *log);				/* writes what is left */

/* One column: printable ASCII and UTF-8 as it is, a space '+', anything else '+'; empty is '-'.
 * Returns the length; out has room for W3C_FIELD_MAX + 1. */
size_t w3c_field(const char *value, char *out);
