/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/text.h"

#include <sodium.h>
#include <string.h>

/*
 * Bytes as text: hex and base64. libsodium's codecs are used because they take the same time for
 * all values, so that keys may pass through them.
 */
static void hex_with(const char *digits, struct span in, char *out)
{
	for (size_t i = 0; i < in.len; i++) {
		out[2 * i] = digits[in.p[i] >> 4];
		out[2 * i + 1] = digits[in.p[i] & 15];
	}
	out[2 * in.len] = '\0';
}

void hex_lower(struct span in, char *out)
{
	hex_with("0123456789abcdef", in, out);
}

void hex_upper(struct span in, char *out)
{
	hex_with("0123456789ABCDEF", in, out);
}

bool hex_is_lower(const char *s, size_t digits)
{
	return strspn(s, "0123456789abcdef") == digits && s[digits] == '\0';
}

bool hex_decode(const char *s, size_t len, uint8_t *out, size_t out_size, size_t *n_out)
{
	size_t n;

	if (len % 2 != 0 || len / 2 > out_size)
		return false;
	if (len == 0) {
		*n_out = 0;
		return true;
	}
	if (sodium_hex2bin(out, out_size, s, len, NULL, &n, NULL) != 0 || n != len / 2)
		return false;
	*n_out = n;
	return true;
}

/* Bytes at s that people paste along with a fingerprint and that mean nothing; 0 when there are
 * none. */
static size_t filler_len(const char *s)
{
	static const char *const marks[] = {"\xe2\x80\x8e", "\xe2\x80\x8f", "\xef\xbb\xbf",
					    "\xc2\xa0"};

	if (ascii_is_space(*s) || *s == ':' || *s == '-')
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		if (text_starts_with(s, marks[i]))
			return strlen(marks[i]);
	return 0;
}

bool fingerprint_normalise(const char *in, char *out, size_t out_size)
{
	size_t n = 0, skip;

	while (*in) {
		char c = ascii_lower(*in);

		skip = filler_len(in);
		if (skip > 0) {
			in += skip;
			continue;
		}
		if (!ascii_is_digit(c) && (c < 'a' || c > 'f'))
			return false;
		if (n + 1 >= out_size)
			return false;
		out[n++] = c;
		in++;
	}
	if (n == 0)
		return false;
	out[n] = '\0';
	return true;
}

static void encode(struct span in, int variant, struct buf *out)
{
	size_t size = sodium_base64_encoded_len(in.len, variant); /* with terminator */
	uint8_t *to = buf_space(out, size - 1);

	if (!to || in.len == 0)
		return;
	(void)sodium_bin2base64((char *)to, size, in.p, in.len, variant); /* the size is right */
	buf_took(out, size - 1);
}

void base64_encode(struct span in, struct buf *out)
{
	encode(in, sodium_base64_VARIANT_ORIGINAL, out);
}

void base64url_encode(struct span in, struct buf *out)
{
	encode(in, sodium_base64_VARIANT_URLSAFE_NO_PADDING, out);
}

void base64_lines(struct span in, size_t columns, struct buf *out)
{
	size_t step = columns / 4 * 3;

	for (size_t i = 0; i < in.len; i += step) {
		size_t n = in.len - i < step ? in.len - i : step;

		base64_encode(span_of(in.p + i, n), out);
		buf_add_char(out, '\n');
	}
}

/* libsodium takes a NUL for one of the characters to ignore, hence the look before. */
static bool decode(struct span in, int variant, const char *ignore, struct buf *out)
{
	size_t room = in.len / 4 * 3 + 3, n = 0;
	uint8_t *to;

	if (in.len == 0)
		return true;
	if (memchr(in.p, '\0', in.len))
		return false;
	to = buf_space(out, room);
	if (!to)
		return false;
	if (sodium_base642bin(to, room, (const char *)in.p, in.len, ignore, &n, NULL, variant) != 0)
		return false;
	buf_took(out, n);
	return true;
}

bool base64_decode(struct span in, struct buf *out)
{
	return decode(in, sodium_base64_VARIANT_ORIGINAL, " \t\r\n\v\f", out);
}

bool base64url_decode(struct span in, struct buf *out)
{
	return decode(in, sodium_base64_VARIANT_URLSAFE_NO_PADDING, NULL, out);
}
