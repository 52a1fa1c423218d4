/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/buf.h"
#include "base/text.h"

#include <string.h>

static void writes_and_reads_hex(void **state)
{
	static const uint8_t bytes[] = {0x00, 0x1f, 0xab, 0xff};
	uint8_t back[4];
	char text[9];
	size_t n;

	(void)state;
	hex_lower(span_of(bytes, 4), text);
	assert_string_equal(text, "001fabff");
	hex_upper(span_of(bytes, 4), text);
	assert_string_equal(text, "001FABFF");
	assert_true(hex_decode("001fABff", 8, back, sizeof(back), &n));
	assert_int_equal(n, 4);
	assert_memory_equal(back, bytes, 4);
	assert_true(hex_decode("", 0, back, sizeof(back), &n));
	assert_int_equal(n, 0);
}

static void refuses_what_is_no_hex(void **state)
{
	uint8_t out[4];
	size_t n = 9;

	(void)state;
	assert_false(hex_decode("abc", 3, out, sizeof(out), &n));
	assert_false(hex_decode("xx", 2, out, sizeof(out), &n));
	assert_false(hex_decode("a ", 2, out, sizeof(out), &n));
	assert_false(hex_decode("0001020304", 10, out, sizeof(out), &n));
	assert_int_equal(n, 9);
}

static void takes_fingerprints_as_people_paste_them(void **state)
{
	static const char *const same[] = {
		"0a1b2c",
		"0A1B2C",
		"0a:1b:2c",
		"0a 1b 2c",
		" 0A-1B-2C\r\n",
		"\xe2\x80\x8e"
		"0a 1b 2c", /* the mark that Windows' dialog adds */
		"\xef\xbb\xbf"
		"0a1b2c\xe2\x80\x8f",
		"0a\xc2\xa0"
		"1b\xc2\xa0"
		"2c",
	};
	char out[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		assert_true(fingerprint_normalise(same[i], out, sizeof(out)));
		assert_string_equal(out, "0a1b2c");
	}
}

static void refuses_what_is_no_fingerprint(void **state)
{
	char out[8] = "before", tight[4];

	(void)state;
	assert_false(fingerprint_normalise("", out, sizeof(out)));
	assert_false(fingerprint_normalise(" : ", out, sizeof(out)));
	assert_false(fingerprint_normalise("0g", out, sizeof(out)));
	assert_false(fingerprint_normalise("\xe2\x80\x8b"
					   "0a",
					   out, sizeof(out)));
	assert_false(fingerprint_normalise("00112233", out, sizeof(out)));
	assert_true(fingerprint_normalise("abc", tight, sizeof(tight)));
}

static void assert_base64(const char *plain, const char *wanted)
{
	struct buf out AUTO_BUF = BUF_INIT, back AUTO_BUF = BUF_INIT;

	base64_encode(span_str(plain), &out);
	assert_string_equal(buf_str(&out), wanted);
	assert_true(base64_decode(buf_span(&out), &back));
	assert_string_equal(buf_str(&back), plain);
}

/* RFC 4648, section 10. */
static void agrees_with_rfc_4648(void **state)
{
	(void)state;
	assert_base64("", "");
	assert_base64("f", "Zg==");
	assert_base64("fo", "Zm8=");
	assert_base64("foo", "Zm9v");
	assert_base64("foob", "Zm9vYg==");
	assert_base64("fooba", "Zm9vYmE=");
	assert_base64("foobar", "Zm9vYmFy");
}

static void skips_white_space_and_nothing_else(void **state)
{
	struct buf out AUTO_BUF = BUF_INIT;

	(void)state;
	assert_true(base64_decode(span_str(" Zm9v\r\nYmFy\n\t"), &out));
	assert_string_equal(buf_str(&out), "foobar");
	assert_true(base64_decode(span_str("Zg=\n=\n"), &out));
	assert_string_equal(buf_str(&out), "foobarf"); /* appends */
}

static void refuses_what_is_no_base64(void **state)
{
	static const char *const bad[] = {"Zg",	  "Zg=", "Zg===", "Z",	  "Zm9v!",   "Zm-_",
					  "Zh==", "=",	 "====",  "Zm9=", "Zg==Zg=="};
	struct buf out AUTO_BUF = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (base64_decode(span_str(bad[i]), &out))
			fail_msg("took '%s'", bad[i]);
	assert_false(base64_decode(span_of("Zm9v\0", 5), &out));
	assert_false(base64_decode(span_of("Zm\0v", 4), &out));
	assert_int_equal(out.len, 0);
}

static void url_form_is_canonical_and_without_padding(void **state)
{
	struct buf out AUTO_BUF = BUF_INIT, back AUTO_BUF = BUF_INIT;

	(void)state;
	base64url_encode(span_of("\xfb\xff\xfe\x00", 4), &out);
	assert_string_equal(buf_str(&out), "-__-AA");
	assert_true(base64url_decode(buf_span(&out), &back));
	unit_assert_span(buf_span(&back), span_of("\xfb\xff\xfe\x00", 4));
	assert_false(base64url_decode(span_str("-__-AB"), &back)); /* bits that nobody sees */
	assert_false(base64url_decode(span_str("-__-AA=="), &back));
	assert_false(base64url_decode(span_str("-__-A"), &back));
	assert_false(base64url_decode(span_str("+//+AA"), &back));
	assert_false(base64url_decode(span_str("-_ _-AA"), &back));
}

static void breaks_lines_where_told(void **state)
{
	struct buf out AUTO_BUF = BUF_INIT, back AUTO_BUF = BUF_INIT;
	uint8_t bytes[100];

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	base64_lines(span_of(bytes, 100), 64, &out);
	assert_int_equal(out.len, 64 + 1 + 64 + 1 + 8 + 1);
	assert_int_equal(out.data[64], '\n');
	assert_int_equal(out.data[out.len - 1], '\n');
	assert_true(base64_decode(buf_span(&out), &back));
	unit_assert_span(buf_span(&back), span_of(bytes, 100));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_and_reads_hex),
		cmocka_unit_test(refuses_what_is_no_hex),
		cmocka_unit_test(takes_fingerprints_as_people_paste_them),
		cmocka_unit_test(refuses_what_is_no_fingerprint),
		cmocka_unit_test(agrees_with_rfc_4648),
		cmocka_unit_test(skips_white_space_and_nothing_else),
		cmocka_unit_test(refuses_what_is_no_base64),
		cmocka_unit_test(url_form_is_canonical_and_without_padding),
		cmocka_unit_test(breaks_lines_where_told),
	};
	return unit_run("base/codec", tests, ARRAY_LEN(tests));
}
