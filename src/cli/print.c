/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/cli.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/problem.h"
#include "base/reason.h"
#include "base/text.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

void cli_json(struct cli *c, const json_t *v)
{
	struct buf text AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;

	text.secret = true; /* a token goes this way */
	if (!json_write_pretty(v, &text, &e)) {
		fprintf(c->env->err, "%s: %s\n", c->env->program, e.text);
		return;
	}
	fwrite(text.data, 1, text.len, c->env->out);
	if (text.len == 0 || text.data[text.len - 1] != '\n')
		fputc('\n', c->env->out);
}

static const json_t *member_of(const json_t *o, const char *path)
{
	const char *dot = strchr(path, '.');

	if (!dot)
		return json_object_get(o, path);
	return member_of(json_object_getn(o, path, (size_t)(dot - path)), dot + 1);
}

const char *cli_member(const json_t *o, const char *member)
{
	const char *text = json_string_value(member_of(o, member));

	return text ? text : "";
}

/* A value as people read it: lists by comma, true as "yes". */
static void add_value(struct buf *out, const json_t *v);

/* "kind binding, name www": what stands inside another value. */
static void add_members(struct buf *out, const json_t *o)
{
	const char *key, *between = "";
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)o, key, value)
	{
		buf_add_str(out, between);
		text_escape(out, span_str(key));
		buf_add_char(out, ' ');
		add_value(out, value);
		between = ", ";
	}
}

static bool holds_objects(const json_t *v)
{
	return json_is_array(v) && json_is_object(json_array_get(v, 0));
}

static void add_value(struct buf *out, const json_t *v)
{
	size_t i;
	const json_t *item;

	switch (v ? json_typeof(v) : JSON_NULL) {
	case JSON_STRING:
		text_escape(out, span_of(json_string_value(v), json_string_length(v)));
		break;
	case JSON_INTEGER:
		buf_printf(out, "%lld", (long long)json_integer_value(v));
		break;
	case JSON_TRUE:
		buf_add_str(out, "yes");
		break;
	case JSON_FALSE:
		buf_add_str(out, "no");
		break;
	case JSON_ARRAY:
		json_array_foreach((json_t *)(uintptr_t)v, i, item)
		{
			buf_add_str(out, i ? ", " : "");
			add_value(out, item);
		}
		break;
	case JSON_OBJECT:
		add_members(out, v);
		break;
	default:
		buf_add_char(out, '-');
	}
}

/* Characters, not bytes: continuation bytes take no room. */
static size_t width_of(const struct buf *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->len; i++)
		n += (text->data[i] & 0xC0) != 0x80;
	return n;
}

static void cut(struct buf *text, int width_max)
{
	size_t n = 0;

	for (size_t i = 0; width_max > 3 && i < text->len; i++) {
		if ((text->data[i] & 0xC0) == 0x80)
			continue;
		if (++n > (size_t)width_max) {
			text->len = i;
			while (text->len > 0 && (text->data[text->len - 1] & 0xC0) == 0x80)
				text->len--;
			buf_add_str(text, "~");
			return;
		}
	}
}

static void cell(struct buf *out, const json_t *item, const struct cli_column *column)
{
	buf_reset(out);
	add_value(out, member_of(item, column->member));
	cut(out, column->width_max);
}

#define COLUMNS_MAX 12

static void print_row(struct cli *c, const json_t *item, const struct cli_column *columns, size_t n,
		      const size_t *widths)
{
	struct buf text AUTO_BUF = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		if (item)
			cell(&text, item, &columns[i]);
		else
			buf_reset(&text), buf_add_str(&text, columns[i].title);
		fputs(buf_str(&text), c->env->out);
		if (i + 1 < n)
			fprintf(c->env->out, "%*s", (int)(widths[i] + 2 - width_of(&text)), "");
	}
	fputc('\n', c->env->out);
}

void cli_table(struct cli *c, const json_t *items, const struct cli_column *columns, size_t n)
{
	struct buf text AUTO_BUF = BUF_INIT;
	size_t widths[COLUMNS_MAX] = {0};
	size_t row;
	const json_t *item;

	for (size_t i = 0; i < n; i++) {
		widths[i] = strlen(columns[i].title);
		json_array_foreach((json_t *)(uintptr_t)items, row, item)
		{
			cell(&text, item, &columns[i]);
			if (width_of(&text) > widths[i])
				widths[i] = width_of(&text);
		}
	}
	print_row(c, NULL, columns, n, widths);
	json_array_foreach((json_t *)(uintptr_t)items, row, item)
	{
		print_row(c, item, columns, n, widths);
	}
}

/* A line for each; the name stands before the first. */
static void object_lines(struct cli *c, const char *key, const json_t *items)
{
	struct buf text AUTO_BUF = BUF_INIT;
	size_t i;
	const json_t *item;

	json_array_foreach((json_t *)(uintptr_t)items, i, item)
	{
		buf_reset(&text);
		add_value(&text, item);
		fprintf(c->env->out, "%-20s %s\n", i == 0 ? key : "", buf_str(&text));
	}
}

void cli_object(struct cli *c, const json_t *o)
{
	const char *key;
	json_t *value;
	struct buf text AUTO_BUF = BUF_INIT;

	json_object_foreach((json_t *)(uintptr_t)o, key, value)
	{
		const char *string = json_string_value(value);

		if (string && strchr(string, '\n')) { /* PEM */
			fprintf(c->env->out, "%s:\n%s", key, string);
			continue;
		}
		if (holds_objects(value)) {
			object_lines(c, key, value);
			continue;
		}
		buf_reset(&text);
		add_value(&text, value);
		fprintf(c->env->out, "%-20s %s\n", key, buf_str(&text));
	}
}

void cli_say(struct cli *c, const char *fmt, ...)
{
	va_list args;

	if (c->json)
		return;
	va_start(args, fmt);
	vfprintf(c->env->out, fmt, args);
	va_end(args);
	fputc('\n', c->env->out);
}

void cli_note(struct cli *c, const char *fmt, ...)
{
	va_list args;

	if (c->quiet)
		return;
	va_start(args, fmt);
	vfprintf(c->env->err, fmt, args);
	va_end(args);
	fputc('\n', c->env->err);
}

bool cli_list(struct cli *c, json_t *v, const struct cli_column *columns, size_t n,
	      const char *empty)
{
	json_t *owned AUTO_JSON = v;
	const json_t *items = json_is_array(v) ? v : json_object_get(v, "items");

	if (c->json)
		cli_json(c, v);
	else if (json_array_size(items) == 0)
		fprintf(c->env->out, "%s\n", empty);
	else
		cli_table(c, items, columns, n);
	return true;
}

/* What REST says of its requests is not what helps with a command line. */
static void add_remedy(const struct cli *c, const struct reason *r, struct buf *out)
{
	bool at_request =
		strcmp(r->code, "request.member") == 0 || strcmp(r->code, "request.parameter") == 0;

	if (at_request && c->command && *c->command->words)
		buf_printf(out, "'%s %s --help' says what it takes.", c->env->program,
			   c->command->words);
	else
		buf_add_str(out, r->remedy);
}

static json_t *problem(const struct err *e, const char *remedy, json_t *more)
{
	json_t *o = problem_of(e, remedy);

	if (o && more)
		(void)json_object_update_missing(o, more); /* short of memory: without them */
	return o;
}

int cli_fail(struct cli *c, const struct err *e)
{
	const struct reason *r = err_public(e);
	struct buf text AUTO_BUF = BUF_INIT, remedy AUTO_BUF = BUF_INIT;

	add_remedy(c, r, &remedy);
	if (c->json) {
		json_t *o AUTO_JSON = problem(e, buf_str(&remedy), c->more);

		cli_json(c, o);
	}
	text_escape(&text, span_str(e->text));
	fprintf(c->env->err, "%s: %s\n", c->env->program, buf_str(&text));
	if (e->code != ERR_CANCELLED)
		fprintf(c->env->err, "%s\n", buf_str(&remedy));
	return r->exit;
}
