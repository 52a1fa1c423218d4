/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/text.h"

#include <string.h>

char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool ascii_is_alpha(char c)
{
	char lower = ascii_lower(c);

	return lower >= 'a' && lower <= 'z';
}

bool ascii_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool text_equal_nocase(const char *a, const char *b)
{
	return span_equal_nocase(span_str(a), span_str(b));
}

bool span_equal_nocase(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower((char)a.p[i]) != ascii_lower((char)b.p[i]))
			return false;
	return true;
}

bool text_starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool text_ends_with(const char *s, const char *suffix)
{
	size_t len = strlen(s), n = strlen(suffix);

	return len >= n && memcmp(s + len - n, suffix, n) == 0;
}

/* Length of the well-formed character at p (Unicode 15, table 3-7), its code point in *code; 0 when
 * there is none. */
static size_t utf8_next(const uint8_t *p, size_t len, uint32_t *code)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t n;

	if (len == 0)
		return 0;
	*code = p[0];
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (len < n)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0; /* no overlong form */
	if (p[0] == 0xed)
		high = 0x9f; /* no surrogate */
	if (p[0] == 0xf0)
		low = 0x90;
	if (p[0] == 0xf4)
		high = 0x8f; /* nothing above U+10FFFF */
	if (p[1] < low || p[1] > high)
		return 0;
	*code = p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3fu);
	}
	return n;
}

bool text_is_utf8(struct span s)
{
	uint32_t code;

	for (size_t i = 0; i < s.len;) {
		size_t n = utf8_next(s.p + i, s.len - i, &code);

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

void text_copy(char *dst, size_t size, const char *src)
{
	size_t len = strlen(src);

	if (size == 0)
		return;
	if (len >= size) {
		len = size - 1;
		while (len > 0 && ((uint8_t)src[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(dst, src, len);
	dst[len] = '\0';
}

/* What a terminal or a log reader would hide, turn round or obey. First and last code point of each
 * range. */
static const uint32_t unprintable[][2] = {
	{0x0000, 0x001f}, {0x005c, 0x005c}, {0x007f, 0x00a0}, {0x00ad, 0x00ad},	   {0x0300, 0x036f},
	{0x061c, 0x061c}, {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f},	   {0x2000, 0x200f},
	{0x2028, 0x202f}, {0x205f, 0x206f}, {0x3164, 0x3164}, {0xe000, 0xf8ff},	   {0xfe00, 0xfe0f},
	{0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xffff}, {0xe0000, 0x10ffff},
};

static bool is_printable(uint32_t code)
{
	for (size_t i = 0; i < ARRAY_LEN(unprintable); i++)
		if (code >= unprintable[i][0] && code <= unprintable[i][1])
			return false;
	return true;
}

void text_escape(struct buf *out, struct span s)
{
	uint32_t code;

	for (size_t i = 0; i < s.len;) {
		size_t n = utf8_next(s.p + i, s.len - i, &code);

		if (n > 0 && is_printable(code)) {
			buf_add(out, s.p + i, n);
			i += n;
			continue;
		}
		for (size_t end = i + (n > 0 ? n : 1); i < end; i++)
			buf_printf(out, "\\x%02x", s.p[i]);
	}
}
