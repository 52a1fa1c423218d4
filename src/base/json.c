/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/json.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whatever jansson gives back may have been a password: the whole block is wiped. */
static void free_wiped(void *p)
{
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

void json_wipe_on_free(void)
{
	json_set_alloc_funcs(mem_alloc, free_wiped);
}

/* jansson's own limit on depth (2048) is fixed when it is built and too high for our stacks: looked
 * at beforehand. */
static bool depth_fits(struct span in)
{
	unsigned depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < in.len; i++) {
		uint8_t c = in.p[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '{' || c == '[') && ++depth > JSON_MAX_DEPTH)
			return false;
		else if (!in_string && (c == '}' || c == ']') && depth > 0)
			depth--;
	}
	return true;
}

bool json_read(struct span in, json_t **out, struct err *e)
{
	json_error_t why;
	json_t *v;

	if (in.len > JSON_MAX_BYTES)
		return err_reason(e, "limit.body", "JSON of %zu bytes, at most %zu", in.len,
				  JSON_MAX_BYTES);
	if (!depth_fits(in))
		return err_reason(e, "request.json", "JSON nested deeper than %d", JSON_MAX_DEPTH);
	v = json_loadb((const char *)in.p, in.len, JSON_REJECT_DUPLICATES, &why);
	if (v) {
		*out = v;
		return true;
	}
	if (json_error_code(&why) == json_error_out_of_memory)
		return err_nomem(e);
	/* jansson's text may quote the input, which may be a password: only the place is told */
	return err_reason(
		e, "request.json", "not JSON: line %d, column %d%s", why.line, why.column,
		json_error_code(&why) == json_error_duplicate_key ? ", a member given twice" : "");
}

/* The member called key; where there is none and key has dots, the one at that path. */
static json_t *find(const json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);
	const char *dot = v ? NULL : strchr(key, '.');

	while (dot && json_is_object(o)) {
		o = json_object_getn(o, key, (size_t)(dot - key));
		key = dot + 1;
		v = json_object_get(o, key);
		dot = v ? NULL : strchr(key, '.');
	}
	return v;
}

/* Too long: none, rather than another. */
static void pointer_set(struct err *e, const struct buf *pointer)
{
	e->pointer[0] = '\0';
	if (buf_ok(pointer) && pointer->len < sizeof(e->pointer))
		text_copy(e->pointer, sizeof(e->pointer), buf_str(pointer));
}

/* dot is what stands for '.' in key. */
static void point_at(struct err *e, const char *key, char dot)
{
	struct buf pointer AUTO_BUF = BUF_INIT;

	buf_add_char(&pointer, '/');
	for (; *key; key++)
		if (*key == '~' || *key == '/')
			buf_add_str(&pointer, *key == '~' ? "~0" : "~1");
		else
			buf_add_char(&pointer, *key == '.' ? dot : *key);
	pointer_set(e, &pointer);
}

bool json_refuse_at(struct err *e, const char *key, const char *file, int line, const char *fmt,
		    ...)
{
	char what[ERR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	(void)err_reason_at(e, "request.member", file, line, "member '%s' %s", key, what);
	point_at(e, key, '/');
	return false;
}

bool json_refuse_unknown(struct err *e, const char *name)
{
	struct buf shown AUTO_BUF = BUF_INIT;

	text_escape(&shown, span_str(name));
	(void)err_reason(e, "request.member", "no member '%s' here", buf_str(&shown));
	point_at(e, name, '.');
	return false;
}

bool json_refuse_in(struct err *e, const char *list, size_t i)
{
	struct buf pointer AUTO_BUF = BUF_INIT;

	if (!e->pointer[0])
		return false;
	buf_printf(&pointer, "/%s/%zu%s", list, i, e->pointer);
	pointer_set(e, &pointer);
	return false;
}

static bool wrong_type(struct err *e, const char *key, const char *type)
{
	return json_refuse(e, key, "must be %s", type);
}

bool json_get_str(const json_t *o, const char *key, const char **out, struct err *e)
{
	const json_t *v = find(o, key);

	if (!v)
		return json_refuse(e, key, "is missing: a string");
	if (!json_is_string(v))
		return wrong_type(e, key, "a string");
	*out = json_string_value(v);
	return true;
}

static bool is_absent(const json_t *o, const char *key)
{
	const json_t *v = find(o, key);

	return !v || json_is_null(v);
}

bool json_get_str_opt(const json_t *o, const char *key, const char **out, struct err *e)
{
	return is_absent(o, key) || json_get_str(o, key, out, e);
}

bool json_get_int(const json_t *o, const char *key, int64_t min, int64_t max, int64_t *out,
		  struct err *e)
{
	const json_t *v = find(o, key);

	if (!v)
		return json_refuse(e, key, "is missing: a whole number");
	if (!json_is_integer(v) || json_integer_value(v) < min || json_integer_value(v) > max)
		return json_refuse(e, key, "must be a whole number from %lld to %lld",
				   (long long)min, (long long)max);
	*out = json_integer_value(v);
	return true;
}

bool json_get_int_opt(const json_t *o, const char *key, int64_t min, int64_t max, int64_t *out,
		      struct err *e)
{
	return is_absent(o, key) || json_get_int(o, key, min, max, out, e);
}

bool json_get_bool_opt(const json_t *o, const char *key, bool *out, struct err *e)
{
	const json_t *v = find(o, key);

	if (is_absent(o, key))
		return true;
	if (!json_is_boolean(v))
		return wrong_type(e, key, "true or false");
	*out = json_is_true(v);
	return true;
}

bool json_get_object(const json_t *o, const char *key, json_t **out, struct err *e)
{
	json_t *v = find(o, key);

	if (!json_is_object(v))
		return wrong_type(e, key, "an object");
	*out = v;
	return true;
}

bool json_get_array_opt(const json_t *o, const char *key, json_t **out, struct err *e)
{
	json_t *v = find(o, key);

	if (is_absent(o, key))
		return true;
	if (!json_is_array(v))
		return wrong_type(e, key, "an array");
	*out = v;
	return true;
}

static int add_to_buf(const char *p, size_t len, void *arg)
{
	struct buf *out = arg;

	buf_add(out, p, len);
	return buf_ok(out) ? 0 : -1;
}

static bool write_with(const json_t *v, size_t flags, struct buf *out, struct err *e)
{
	if (json_dump_callback(v, add_to_buf, out, flags | JSON_ENCODE_ANY) != 0 || !buf_ok(out))
		return err_set(e, buf_ok(out) ? ERR_BUG : ERR_NOMEM, "cannot write JSON");
	return true;
}

bool json_write(const json_t *v, struct buf *out, struct err *e)
{
	return write_with(v, JSON_COMPACT, out, e);
}

bool json_write_pretty(const json_t *v, struct buf *out, struct err *e)
{
	return write_with(v, JSON_INDENT(2), out, e);
}

/* Longest well-formed start of s. */
static size_t good_len(struct span s)
{
	size_t n = 0;

	for (size_t step = 1; n < s.len; n += step) {
		step = 1;
		while (step <= 4 && n + step <= s.len && !text_is_utf8(span_of(s.p + n, step)))
			step++;
		if (step > 4 || n + step > s.len)
			break;
	}
	return n;
}

json_t *json_text(struct span s)
{
	struct buf clean AUTO_BUF = BUF_INIT;

	if (text_is_utf8(s))
		return json_stringn(s.len ? (const char *)s.p : "", s.len);
	while (s.len > 0) {
		size_t n = good_len(s);

		buf_add(&clean, s.p, n);
		s = span_of(s.p + n, s.len - n);
		if (s.len > 0) {
			buf_add_str(&clean, "\xef\xbf\xbd");
			s = span_of(s.p + 1, s.len - 1);
		}
	}
	return buf_ok(&clean) ? json_stringn(buf_str(&clean), clean.len) : NULL;
}

json_t *json_time(int64_t t_s)
{
	char text[RFC3339_SIZE];

	time_rfc3339(t_s, text);
	return json_string(text);
}

json_t *json_hex(struct span s)
{
	char *text AUTO_MEM = mem_array(2, s.len + 1);

	if (!text)
		return NULL;
	hex_lower(s, text);
	return json_string(text);
}
