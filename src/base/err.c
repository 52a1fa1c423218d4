/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/err.h"

#include "base/reason.h"
#include "base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Cuts what vsnprintf had no room for at a character, so that the text stays UTF-8. */
static void text_trim(char *text, size_t len)
{
	while (len > 0 && !text_is_utf8(span_of(text, len)))
		len--;
	text[len] = '\0';
}

static void text_format(char *text, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0)));

static void text_format(char *text, const char *fmt, va_list args)
{
	int n = vsnprintf(text, ERR_TEXT_MAX, fmt, args);

	if (n < 0)
		text[0] = '\0';
	else if (n >= ERR_TEXT_MAX)
		text_trim(text, ERR_TEXT_MAX - 1);
}

static void text_append(char *text, const char *more)
{
	size_t len = strlen(text);
	size_t room = ERR_TEXT_MAX - len;
	int n = snprintf(text + len, room, "%s", more);

	if (n >= 0 && (size_t)n >= room)
		text_trim(text, ERR_TEXT_MAX - 1);
}

static bool set_v(struct err *e, enum err_code code, const struct reason *reason, int sys,
		  const char *file, int line, const char *fmt, va_list args)
	__attribute__((format(printf, 7, 0)));

static bool set_v(struct err *e, enum err_code code, const struct reason *reason, int sys,
		  const char *file, int line, const char *fmt, va_list args)
{
	char text[ERR_TEXT_MAX]; /* an argument may point into e->text */

	text_format(text, fmt, args);
	e->code = code;
	e->reason = reason;
	e->sys = sys;
	e->wait_s = 0;
	e->file = file;
	e->line = line;
	e->pointer[0] = '\0';
	memcpy(e->text, text, sizeof(text));
	return false;
}

bool err_set_at(struct err *e, enum err_code code, const struct reason *reason, int sys,
		const char *file, int line, const char *fmt, ...)
{
	va_list args;

	assert(e && code > ERR_OK && code < ERR_N_CODES);
	va_start(args, fmt);
	set_v(e, code, reason, sys, file, line, fmt, args);
	va_end(args);
	if (sys != 0) {
		const char *what = strerrordesc_np(sys);

		text_append(e->text, ": ");
		text_append(e->text, what ? what : "unknown system error");
	}
	return false;
}

bool err_reason_at(struct err *e, const char *dotted, const char *file, int line, const char *fmt,
		   ...)
{
	const struct reason *reason = reason_find(dotted);
	va_list args;

	assert(e && reason);
	va_start(args, fmt);
	set_v(e, reason->class, reason, 0, file, line, fmt, args);
	va_end(args);
	return false;
}

bool err_wrap(struct err *e, const char *fmt, ...)
{
	char inner[ERR_TEXT_MAX], outer[ERR_TEXT_MAX];
	va_list args;

	assert(e && e->code != ERR_OK);
	memcpy(inner, e->text, sizeof(inner));
	va_start(args, fmt);
	text_format(outer, fmt, args);
	va_end(args);
	memcpy(e->text, outer, sizeof(outer));
	text_append(e->text, ": ");
	text_append(e->text, inner);
	return false;
}

const struct reason *err_public(const struct err *e)
{
	return e->reason ? e->reason : reason_of_class(e->code);
}

bool err_is(const struct err *e, const char *dotted)
{
	return e->code != ERR_OK && strcmp(err_public(e)->code, dotted) == 0;
}
