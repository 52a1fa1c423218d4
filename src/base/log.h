/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"

#include <stdbool.h>

/*
 * The diagnostic log, on standard error: "<N>domain.event key=value ..." with journal priorities
 * when standard error is the journal, plain text otherwise. Floors base to store never log above
 * debug. Text from outside goes through text_escape() first. CERTBINDER_DEBUG=tls,trust switches
 * debug on by domain.
 * Threads  any; one write(2) a line
 */
enum log_level { LOG_ERROR = 3, LOG_WARNING = 4, LOG_NOTICE = 5, LOG_INFO = 6, LOG_DEBUG = 7 };

void log_init(const char *program, enum log_level level);
bool log_debug_on(const char *domain);
void log_write(enum log_level level, const char *event, const char *fmt, ...) PRINTF(3, 4);

#define log_error(event, ...) log_write(LOG_ERROR, (event), __VA_ARGS__)
#define log_warning(event, ...) log_write(LOG_WARNING, (event), __VA_ARGS__)
#define log_notice(event, ...) log_write(LOG_NOTICE, (event), __VA_ARGS__)
#define log_info(event, ...) log_write(LOG_INFO, (event), __VA_ARGS__)
#define log_debug(event, ...) log_write(LOG_DEBUG, (event), __VA_ARGS__)

/*
 * Sends lines to fn instead of standard error (NULL: back again). For tests, which fail on a
 * warning nobody expected, and for the daemon's own ring of recent lines. fn must not log.
 */
typedef void (*log_sink_fn)(void *arg, enum log_level level, const char *event, const char *text);
void log_redirect(log_sink_fn fn, void *arg);
