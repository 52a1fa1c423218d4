/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/buf.h"
#include "tls/hello.h"

#include <string.h>

static void add16(struct buf *b, size_t v)
{
	buf_add_char(b, (char)(v >> 8));
	buf_add_char(b, (char)v);
}

/* A ClientHello with these extensions in a record of its own. */
static void make(struct buf *out, const struct buf *extensions)
{
	size_t body = 2 + 32 + 1 + 2 + 2 + 2 + 2 + extensions->len;

	buf_add(out, "\x16\x03\x01", 3);
	add16(out, body + 4);
	buf_add(out, "\x01\x00", 2);
	add16(out, body);
	add16(out, 0x0303);
	for (int i = 0; i < 32; i++)
		buf_add_char(out, (char)i);
	buf_add_char(out, 0);
	add16(out, 2);
	add16(out, 0x1301);
	buf_add(out, "\x01\x00", 2);
	add16(out, extensions->len);
	buf_add_span(out, buf_span(extensions));
}

static void add_name(struct buf *b, const char *name, size_t len)
{
	add16(b, 0);
	add16(b, len + 5);
	add16(b, len + 3);
	buf_add_char(b, 0);
	add16(b, len);
	buf_add(b, name, len);
}

static void add_share(struct buf *b, unsigned group)
{
	add16(b, 51);
	add16(b, 2 + 4 + 1);
	add16(b, 4 + 1);
	add16(b, group);
	add16(b, 1);
	buf_add_char(b, 4);
}

static void reads_name_and_share(void **state)
{
	struct buf x AUTO(buf_clear) = BUF_INIT, all AUTO(buf_clear) = BUF_INIT;
	struct hello h;

	(void)state;
	add_share(&x, 29);
	add_name(&x, "WWW.Example.Org.", 16);
	make(&all, &x);
	assert_int_equal(hello_look(buf_span(&all), &h), HELLO_READ);
	assert_string_equal(h.sni, "www.example.org");
	assert_false(h.has_p256_share);
	buf_reset(&x);
	buf_reset(&all);
	add_share(&x, 23);
	make(&all, &x);
	assert_int_equal(hello_look(buf_span(&all), &h), HELLO_READ);
	assert_string_equal(h.sni, "");
	assert_true(h.has_p256_share);
}

static void waits_for_the_whole_record_and_reads_nothing_past_it(void **state)
{
	struct buf x AUTO(buf_clear) = BUF_INIT, all AUTO(buf_clear) = BUF_INIT;
	struct hello h;

	(void)state;
	add_name(&x, "a.example", 9);
	make(&all, &x);
	for (size_t n = 0; n < all.len; n++) {
		/* its own memory, so that a byte too far is seen */
		struct buf part AUTO(buf_clear) = BUF_INIT;

		buf_add(&part, all.data, n);
		assert_int_equal(hello_look(buf_span(&part), &h), HELLO_MORE);
	}
}

static void waits_for_no_record_that_is_too_long(void **state)
{
	struct hello h;

	(void)state;
	for (unsigned more = 0; more < 2; more++) {
		unsigned len = 16384 + 256 + more; /* RECORD_MAX */
		const uint8_t head[] = {22, 3, 1, (uint8_t)(len >> 8), (uint8_t)len};

		assert_int_equal(hello_look(span_of(head, sizeof head), &h),
				 more == 0 ? HELLO_MORE : HELLO_ODD);
	}
}

static void leaves_what_is_odd_to_the_library(void **state)
{
	struct buf x AUTO(buf_clear) = BUF_INIT, all AUTO(buf_clear) = BUF_INIT;
	char long_name[300];
	struct hello h;

	(void)state;
	assert_int_equal(hello_look(span_str("GET / HTTP/1.1"), &h), HELLO_ODD);
	assert_int_equal(hello_look(span_of("\x16\x03\x01\xff\xff", 5), &h), HELLO_ODD);
	assert_int_equal(hello_look(span_of("\x16\x03\x01\x00\x00", 5), &h), HELLO_ODD);
	assert_int_equal(hello_look(span_of("\x16\x03\x01\x00\x04\x02\x00\x00\x00", 9), &h),
			 HELLO_ODD);
	memset(long_name, 'a', sizeof(long_name));
	add_name(&x, long_name, sizeof(long_name));
	make(&all, &x);
	assert_int_equal(hello_look(buf_span(&all), &h), HELLO_READ);
	assert_string_equal(h.sni, "");
}

/* Every byte of a hello turned over: an answer, and no byte read outside (the sanitizers see). */
static void survives_every_changed_byte(void **state)
{
	struct buf x AUTO(buf_clear) = BUF_INIT, all AUTO(buf_clear) = BUF_INIT;
	struct hello h;

	(void)state;
	add_name(&x, "a.example", 9);
	add_share(&x, 23);
	make(&all, &x);
	for (size_t i = 0; i < all.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			all.data[i] ^= (uint8_t)(1 << bit);
			assert_in_range(hello_look(buf_span(&all), &h), HELLO_MORE, HELLO_ODD);
			assert_true(strlen(h.sni) < sizeof(h.sni));
			all.data[i] ^= (uint8_t)(1 << bit);
		}
}

static unsigned char alert_for(const struct buf *extensions)
{
	struct buf all AUTO(buf_clear) = BUF_INIT;
	struct hello h;

	make(&all, extensions);
	assert_int_equal(hello_look(buf_span(&all), &h), HELLO_READ);
	return h.alert;
}

static unsigned char alert_for_one(unsigned type, const char *data, size_t len)
{
	struct buf x AUTO(buf_clear) = BUF_INIT;

	add16(&x, type);
	add16(&x, len);
	buf_add(&x, data, len);
	return alert_for(&x);
}

static void refuses_what_comes_twice(void **state)
{
	struct buf x AUTO(buf_clear) = BUF_INIT;

	(void)state;
	add_name(&x, "a.example", 9);
	add_share(&x, 23);
	assert_int_equal(alert_for(&x), 0);
	add_name(&x, "b.example", 9);
	assert_int_equal(alert_for(&x), ALERT_ILLEGAL_PARAMETER);
}

static void holds_extensions_to_their_shape(void **state)
{
	(void)state;
	assert_int_equal(alert_for_one(10, "\0\2\0\x17", 4), 0);
	assert_int_equal(alert_for_one(10, "\0\2\0\x17\0", 5), ALERT_DECODE_ERROR);
	assert_int_equal(alert_for_one(10, "\0\3\0\x17\0", 5), ALERT_DECODE_ERROR);
	assert_int_equal(alert_for_one(10, "\0\0", 2), ALERT_DECODE_ERROR);
	assert_int_equal(alert_for_one(16, "\0\3\2h2", 5), 0);
	assert_int_equal(alert_for_one(16, "\0\3\3h2", 5), ALERT_DECODE_ERROR);
	assert_int_equal(alert_for_one(1, "\4", 1), 0);
	assert_int_equal(alert_for_one(1, "\5", 1), ALERT_ILLEGAL_PARAMETER);
	assert_int_equal(alert_for_one(28, "\0\x40", 2), 0);
	assert_int_equal(alert_for_one(28, "\0\x3f", 2), ALERT_ILLEGAL_PARAMETER);
	assert_int_equal(alert_for_one(65281, "\0", 1), 0);
	assert_int_equal(alert_for_one(65281, "\1x", 2), ALERT_HANDSHAKE_FAILURE);
	assert_int_equal(alert_for_one(0x7777, "anything", 8), 0);
}

static void two_shares_of_a_group_are_one_too_many(void **state)
{
	(void)state;
	assert_int_equal(alert_for_one(51, "\0\x0a\0\x17\0\1a\0\x1d\0\1a", 12), 0);
	assert_int_equal(alert_for_one(51, "\0\x0a\0\x17\0\1a\0\x17\0\1a", 12),
			 ALERT_ILLEGAL_PARAMETER);
	assert_int_equal(alert_for_one(51, "\0\4\0\x17\0\0", 6), ALERT_DECODE_ERROR);
}

static void shares_have_their_number(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct buf x AUTO(buf_clear) = BUF_INIT;
		size_t n = 32 + more; /* HELLO_SHARES_MAX */

		add16(&x, 5 * n);
		for (size_t i = 0; i < n; i++) {
			add16(&x, 0x1000 + i);
			buf_add(&x, "\0\1k", 3);
		}
		assert_int_equal(alert_for_one(51, (const char *)x.data, x.len),
				 more == 0 ? 0 : ALERT_ILLEGAL_PARAMETER);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_name_and_share),
		cmocka_unit_test(waits_for_the_whole_record_and_reads_nothing_past_it),
		cmocka_unit_test(waits_for_no_record_that_is_too_long),
		cmocka_unit_test(leaves_what_is_odd_to_the_library),
		cmocka_unit_test(survives_every_changed_byte),
		cmocka_unit_test(refuses_what_comes_twice),
		cmocka_unit_test(holds_extensions_to_their_shape),
		cmocka_unit_test(two_shares_of_a_group_are_one_too_many),
		cmocka_unit_test(shares_have_their_number),
	};

	return unit_run("tls/hello", tests, ARRAY_LEN(tests));
}
