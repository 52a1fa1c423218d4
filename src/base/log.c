/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/log.h"

#include "base/clock.h"
#include "base/text.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_LINE_MAX                                                                               \
	4096 /* bytes of a line; longer ones are cut, so that write(2) takes it in one piece */
#define LOG_DOMAINS_MAX 256

/* Set once by log_init() before threads start; the sink also by tests. */
static struct {
	char program[32];
	char debug[LOG_DOMAINS_MAX + 2]; /* ",tls,trust," */
	enum log_level level;
	bool to_journal;
	pthread_mutex_t sink_lock;
	log_sink_fn sink;
	void *sink_arg;
} state = {.level = LOG_INFO, .sink_lock = PTHREAD_MUTEX_INITIALIZER};

void log_init(const char *program, enum log_level level)
{
	const char *debug = secure_getenv("CERTBINDER_DEBUG");
	const char *journal = secure_getenv("JOURNAL_STREAM");

	text_copy(state.program, sizeof(state.program), program);
	state.level = level;
	state.to_journal = journal && *journal && !isatty(STDERR_FILENO);
	state.debug[0] = '\0';
	if (debug && *debug && strlen(debug) < LOG_DOMAINS_MAX)
		(void)snprintf(state.debug, sizeof(state.debug), ",%s,", debug); /* measured */
}

static bool debug_on(const char *domain, size_t len)
{
	const char *p = state.debug;

	if (state.level >= LOG_DEBUG || strcmp(p, ",all,") == 0)
		return true;
	for (; (p = strchr(p, ',')); p++)
		if (strncmp(p + 1, domain, len) == 0 && p[1 + len] == ',')
			return true;
	return false;
}

bool log_debug_on(const char *domain)
{
	return debug_on(domain, strlen(domain));
}

static const char *level_name(enum log_level level)
{
	static const char *const names[] = {
		[LOG_ERROR] = "error", [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice",
		[LOG_INFO] = "info",   [LOG_DEBUG] = "debug",
	};
	return names[level];
}

/* The last guard: whatever a caller forgot to escape, one call makes one line. */
static void flatten(char *line)
{
	for (; *line; line++)
		if ((unsigned char)*line < ' ' || *line == 0x7f)
			*line = '?';
}

static bool hand_to_sink(enum log_level level, const char *event, const char *text)
{
	log_sink_fn fn;
	void *arg;

	pthread_mutex_lock(&state.sink_lock);
	fn = state.sink;
	arg = state.sink_arg;
	pthread_mutex_unlock(&state.sink_lock);
	if (fn)
		fn(arg, level, event, text);
	return fn != NULL;
}

void log_write(enum log_level level, const char *event, const char *fmt, ...)
{
	char text[LOG_LINE_MAX - 128], line[LOG_LINE_MAX], when[RFC3339_SIZE];
	va_list args;
	int n;

	if (level == LOG_DEBUG ? !debug_on(event, strcspn(event, ".")) : level > state.level)
		return;
	va_start(args, fmt);
	n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (n < 0)
		return;
	flatten(text);
	if (hand_to_sink(level, event, text))
		return;
	time_rfc3339(clock_now_s(), when);
	if (state.to_journal)
		n = snprintf(line, sizeof(line), "<%d>%s %s\n", (int)level, event, text);
	else
		n = snprintf(line, sizeof(line), "%s %s %s: %s %s\n", when, state.program,
			     level_name(level), event, text);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof(line)) {
		n = sizeof(line) - 1;
		line[n - 1] = '\n';
	}
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return; /* nowhere left to say it */
}

void log_redirect(log_sink_fn fn, void *arg)
{
	pthread_mutex_lock(&state.sink_lock);
	state.sink = fn;
	state.sink_arg = arg;
	pthread_mutex_unlock(&state.sink_lock);
}
