/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/roots/reg_file.h"

#include "base/buf.h"
#include "base/text.h"
#include "core/roots/pol_file.h"

#include <string.h>

static const char schannel[] = "\\Control\\SecurityProviders\\SCHANNEL";

/* UTF-16 to ASCII: what we look for is ASCII, so everything else becomes '?'. */
static void from_utf16(struct span in, bool big, struct buf *out)
{
	for (size_t i = 0; i + 1 < in.len; i += 2) {
		unsigned unit = big ? (unsigned)in.p[i] << 8 | in.p[i + 1]
				    : (unsigned)in.p[i + 1] << 8 | in.p[i];

		buf_add_char(out, unit < 0x80 ? (char)unit : '?');
	}
}

static void to_ascii(struct span in, struct buf *out)
{
	if (in.len >= 2 && in.p[0] == 0xff && in.p[1] == 0xfe)
		from_utf16(span_of(in.p + 2, in.len - 2), false, out);
	else if (in.len >= 2 && in.p[0] == 0xfe && in.p[1] == 0xff)
		from_utf16(span_of(in.p + 2, in.len - 2), true, out);
	else if (in.len >= 3 && in.p[0] == 0xef && in.p[1] == 0xbb && in.p[2] == 0xbf)
		buf_add_span(out, span_of(in.p + 3, in.len - 3));
	else if (in.len >= 2 && in.p[0] != 0 && in.p[1] == 0) /* UTF-16 without its mark */
		from_utf16(in, false, out);
	else if (in.len >= 2 && in.p[0] == 0 && in.p[1] != 0)
		from_utf16(in, true, out);
	else
		buf_add_span(out, in);
}

static struct span trim(struct span s)
{
	while (s.len > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_of(s.p + 1, s.len - 1);
	while (s.len > 0 &&
	       (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t' || s.p[s.len - 1] == '\r'))
		s.len--;
	return s;
}

static bool starts(struct span s, const char *with)
{
	size_t n = strlen(with);

	return s.len >= n && span_equal_nocase(span_of(s.p, n), span_str(with));
}

static bool ends(struct span s, const char *with)
{
	size_t n = strlen(with);

	return s.len >= n && span_equal_nocase(span_of(s.p + s.len - n, n), span_str(with));
}

/* [HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL], or a numbered set. */
static bool is_schannel(struct span line)
{
	struct span key = span_of(line.p + 1, line.len - 2);

	return (starts(key, "HKEY_LOCAL_MACHINE\\SYSTEM\\") || starts(key, "HKLM\\SYSTEM\\")) &&
	       ends(key, schannel);
}

/* The key of the policy; with "-" in front all of it is deleted. */
static bool is_policy(struct span line, bool *deleted)
{
	struct span key = span_of(line.p + 1, line.len - 2);
	static const char *const roots[] = {"HKEY_LOCAL_MACHINE\\", "HKLM\\"};

	*deleted = starts(key, "-");
	if (*deleted)
		key = span_of(key.p + 1, key.len - 1);
	for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
		size_t n = strlen(roots[i]);

		if (starts(key, roots[i]) &&
		    span_equal_nocase(span_of(key.p + n, key.len - n), span_str(REG_POLICY_KEY)))
			return true;
	}
	return false;
}

/* dword: and one to eight hexadecimal digits. */
static bool dword(struct span s, int64_t *out)
{
	static const char prefix[] = "dword:";
	int64_t n = 0;

	if (!starts(s, prefix))
		return false;
	s = span_of(s.p + strlen(prefix), s.len - strlen(prefix));
	if (s.len == 0 || s.len > 8)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = ascii_lower((char)s.p[i]);

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
		n = n << 4 | (c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*out = n;
	return true;
}

static void schannel_take(struct span name, int64_t n, struct reg_settings *out)
{
	if (span_equal_nocase(name, span_str("ClientAuthTrustMode")))
		out->mode = n;
	else if (span_equal_nocase(name, span_str("SendTrustedIssuerList")))
		out->send = n;
	else if (span_equal_nocase(name, span_str("SendTrustedIssuers")))
		out->misspelled = true;
}

enum inside { INSIDE_OTHERS, INSIDE_SCHANNEL, INSIDE_POLICY };

/* Of the values that count none has a semicolon in it. */
static struct span without_comment(struct span value)
{
	const uint8_t *comment = value.len ? memchr(value.p, ';', value.len) : NULL;

	return comment ? trim(span_of(value.p, (size_t)(comment - value.p))) : value;
}

/* "Name"=value; with "-" for the value it is deleted. */
static void value_read(struct span line, enum inside inside, struct reg_settings *out)
{
	const uint8_t *quote = line.len > 1 ? memchr(line.p + 1, '"', line.len - 1) : NULL;
	struct span name, value;
	int64_t n = -1;

	if (line.p[0] != '"' || !quote)
		return;
	name = span_of(line.p + 1, (size_t)(quote - line.p) - 1);
	value = trim(span_of(quote + 1, line.len - (size_t)(quote + 1 - line.p)));
	if (value.len == 0 || value.p[0] != '=')
		return;
	value = without_comment(trim(span_of(value.p + 1, value.len - 1)));
	if (!dword(value, &n) && !span_equal(value, span_str("-")))
		return;
	if (inside == INSIDE_SCHANNEL)
		schannel_take(name, n, out);
	else if (span_equal_nocase(name, span_str(REG_POLICY_VALUE)))
		out->root_update = n < 0 ? REG_DELETED : n;
}

static enum inside key_read(struct span line, struct reg_settings *out)
{
	bool deleted;

	if (is_schannel(line)) {
		out->found_key = true;
		return INSIDE_SCHANNEL;
	}
	if (!is_policy(line, &deleted))
		return INSIDE_OTHERS;
	out->found_policy_key = true;
	if (deleted)
		out->root_update = REG_DELETED;
	return deleted ? INSIDE_OTHERS : INSIDE_POLICY;
}

/* The line at *at, without its end; moves on. */
static struct span line_next(struct span text, size_t *at)
{
	const uint8_t *start = text.p + *at;
	const uint8_t *end = memchr(start, '\n', text.len - *at);
	size_t n = end ? (size_t)(end - start) : text.len - *at;

	*at += n + (end != NULL);
	return trim(span_of(start, n));
}

static bool is_head(struct span line)
{
	return starts(line, "Windows Registry Editor Version ") ||
	       span_equal_nocase(line, span_str("REGEDIT4"));
}

bool reg_file_read(struct span in, struct reg_settings *out, struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;
	struct reg_settings found = REG_SETTINGS_INIT;
	enum inside inside = INSIDE_OTHERS;
	size_t at = 0;

	if (in.len > REG_FILE_MAX)
		return err_set(e, ERR_LIMIT, "a .reg file of %zu bytes, at most %zu", in.len,
			       REG_FILE_MAX);
	if (pol_file_is(in))
		return pol_file_read(in, out, e);
	to_ascii(in, &text);
	if (!buf_ok(&text))
		return err_nomem(e);
	if (text.len == 0 || !is_head(line_next(buf_span(&text), &at)))
		return err_reason(e, "reg.format", "the file does not begin as a .reg file does");
	while (at < text.len) {
		struct span line = line_next(buf_span(&text), &at);

		if (line.len == 0 || line.p[0] == ';')
			continue;
		if (line.len > 2 && line.p[0] == '[' && line.p[line.len - 1] == ']') {
			inside = key_read(line, &found);
		} else if (inside != INSIDE_OTHERS) {
			value_read(line, inside, &found);
		}
	}
	*out = found;
	return true;
}
