/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/buf.h"
#include "http/strict.h"

#include <string.h>

#define HOST "Host: localhost\r\n"
#define STAND_IN "GET / HTTP/1.1\r\nHost: refused.invalid\r\nConnection: close\r\n\r\n"

/* What the HTTP library would get, when the bytes come in pieces of this size. */
static void feed(struct strict *s, struct span all, size_t piece, struct buf *out)
{
	size_t begin = 0, end = 0;
	bool stop = false;

	while (!stop && (end < all.len || begin < end)) {
		end = end + piece < all.len ? end + piece : all.len;
		while (begin < end && !stop) {
			struct stream_step step = {.take = 0};

			strict_bytes(s, span_of(all.p + begin, end - begin), &step);
			if (step.take + step.drop + step.insert.len == 0 && !step.stop)
				break; /* held */
			assert_true(step.take + step.drop <= end - begin);
			buf_add(out, all.p + begin, step.take);
			buf_add_span(out, step.insert);
			begin += step.take + step.drop;
			stop = step.stop;
		}
		if (end == all.len)
			break;
	}
}

static void check(const char *in, size_t len, const char *wanted, int status, unsigned heads)
{
	for (size_t piece = 1; piece <= len; piece++) {
		struct buf out AUTO(buf_clear) = BUF_INIT;
		struct strict s;

		strict_init(&s, NULL, NULL);
		feed(&s, span_of(in, len), piece, &out);
		assert_int_equal(s.refused, status);
		assert_int_equal(s.n_heads, heads);
		assert_string_equal(buf_str(&out), wanted);
	}
}

static void passes(const char *in, const char *wanted, unsigned heads)
{
	check(in, strlen(in), wanted, 0, heads);
}

static void refuses(const char *in, const char *wanted, int status, unsigned heads)
{
	check(in, strlen(in), wanted, status, heads);
}

static void lets_good_requests_through_unchanged(void **state)
{
	static const char *const good[] = {
		"GET / HTTP/1.1\r\n" HOST "\r\n",
		"GET /a?b=c HTTP/1.1\r\n" HOST "X-A: \t b\tc\r\nX-B:\r\n\r\n",
		"GET / HTTP/1.0\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\n" HOST "\r\n",
		"GET https://localhost/x HTTP/1.1\r\n" HOST "\r\n",
		"GET / HTTP/1.1\r\nHost: [::1]:4343\r\n\r\n",
		"POST / HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\n\r\n\r\n",
		"POST / HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\nContent-Length: 0\r\n\r\n",
		"POST / HTTP/1.1\r\n" HOST
		"Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		"GET / HTTP/1.1\r\n" HOST "X: \xc3\xa9\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		passes(good[i], good[i], 1);
}

static void follows_bodies_to_the_next_request(void **state)
{
	static const char in[] = "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"
				 "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
				 "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"
				 "GET / HTTP/1.1\r\n" HOST "\r\n";

	(void)state;
	passes(in, in, 3);
}

/* They are no part of a value, but libmicrohttpd reads "5 " as no length and "chunked " as no coding. */
static void drops_blanks_at_the_end_of_a_value(void **state)
{
	(void)state;
	passes("POST / HTTP/1.1\r\nHost:\tlocalhost \t\r\nX: \t \r\nContent-Length:\t3 \r\n\r\na \r"
	       "GET / HTTP/1.1\r\n" HOST "\r\n",
	       "POST / HTTP/1.1\r\nHost:\tlocalhost\r\nX:\r\nContent-Length:\t3\r\n\r\na \r"
	       "GET / HTTP/1.1\r\n" HOST "\r\n",
	       2);
	passes("POST / HTTP/1.1\r\n" HOST
	       "Transfer-Encoding: chunked\t\r\n\r\n3\r\na \r\r\n0\r\n\r\n",
	       "POST / HTTP/1.1\r\n" HOST
	       "Transfer-Encoding: chunked\r\n\r\n3\r\na \r\r\n0\r\n\r\n",
	       1);
}

static void drops_empty_lines_extensions_and_trailers(void **state)
{
	(void)state;
	passes("\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n",
	       "GET / HTTP/1.1\r\n" HOST "\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 2);
	passes("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
	       "0000000000000000000000005;a=\"b\\\";\" \t; c = d ;e\r\nhello\r\n00;d\r\nX-A: "
	       "b\r\nX-B: c\r\n\r\n",
	       "POST / HTTP/1.1\r\n" HOST
	       "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
	       1);
}

static void puts_its_own_request_in_place_of_a_wrong_head(void **state)
{
	(void)state;
	refuses("GET / HTTP/1.1\r\n\r\n", STAND_IN, 400, 1);
	refuses("GET / HTTP/1.1\r\n" HOST "\r\nGET /x HTTP/1.1\r\n" HOST HOST "\r\n",
		"GET / HTTP/1.1\r\n" HOST "\r\n" STAND_IN, 400, 2);
	refuses("GET / HTTP/3.0\r\n" HOST "\r\n", STAND_IN, 505, 1);
	refuses("TRACE / HTTP/1.1\r\n" HOST "\r\n", STAND_IN, 501, 1);
	refuses("HEAD / HTTP/1.1\r\n\r\n",
		"HEAD / HTTP/1.1\r\nHost: refused.invalid\r\nConnection: close\r\n\r\n", 400, 1);
}

static void ends_a_chunked_body_that_goes_wrong(void **state)
{
#define HEAD "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
	(void)state;
	refuses(HEAD "5\r\nhello\r\nzz\r\n", HEAD "5\r\nhello\r\n0\r\n\r\n", 400, 1);
	refuses(HEAD "5\r\nhelloX\r\n", HEAD "5\r\nhello\r\n0\r\n\r\n", 400, 1);
	refuses(HEAD "5\r\nhello\r\n0\r\nbad\r\n\r\n", HEAD "5\r\nhello\r\n0\r\n\r\n", 400, 1);
	refuses(HEAD "200000\r\n", HEAD "0\r\n\r\n", 413, 1);
	refuses(HEAD "5;\r\n", HEAD "0\r\n\r\n", 400, 1);
	refuses(HEAD "5;a=\r\n", HEAD "0\r\n\r\n", 400, 1);
	refuses(HEAD "5;a=\"b\\\"\r\n", HEAD "0\r\n\r\n", 400, 1);
	refuses(HEAD "5;a b\r\n", HEAD "0\r\n\r\n", 400, 1);
	refuses(HEAD "5;a \r\n", HEAD "0\r\n\r\n", 400, 1);
	refuses(HEAD "0\r\nA : b\r\n", HEAD "0\r\n\r\n", 400, 1);
	refuses(HEAD "0\r\n: b\r\n", HEAD "0\r\n\r\n", 400, 1);
	refuses(HEAD "0\r\nA: \x01\r\n", HEAD "0\r\n\r\n", 400, 1);
}

/* Bytes that will never be a request are refused before their line ends. */
static void does_not_wait_for_what_is_hopeless(void **state)
{
	(void)state;
	refuses("GET / HTTP/1.1\rX", STAND_IN, 400, 1);
	refuses("GET /\x01", STAND_IN, 400, 1);
	refuses("GET / HTTP/1.1\n", STAND_IN, 400, 1);
	check("GET /\0", 6, STAND_IN, 400, 1);
}

static size_t limit_of_seven(void *arg, struct span method, struct span target)
{
	(void)arg;
	assert_true(span_equal(method, span_str("POST")));
	assert_true(span_equal(target, span_str("/x?y")));
	return 7;
}

static void holds_bodies_to_the_limit_of_their_route(void **state)
{
	static const struct {
		const char *in;
		int status;
	} cases[] = {
		{"POST /x?y HTTP/1.1\r\n" HOST "Content-Length: 7\r\n\r\n", 0},
		{"POST /x?y HTTP/1.1\r\n" HOST "Content-Length: 8\r\n\r\n", 413},
		{"POST /x?y HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n7\r\n", 0},
		{"POST /x?y HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n8\r\n", 413},
		{"POST /x?y HTTP/1.1\r\n" HOST
		 "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n4\r\n",
		 413},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf out AUTO(buf_clear) = BUF_INIT;
		struct strict s;

		strict_init(&s, limit_of_seven, NULL);
		feed(&s, span_str(cases[i].in), 1000, &out);
		assert_int_equal(s.refused, cases[i].status);
	}
}

/* A request that is filled up: n_good times it passes, n_bad times it is refused. */
struct filled {
	const char *before, *filler, *after;
	size_t n_good, n_bad;
	int status;
};

static void ends_at_its_limit(const struct filled *f)
{
	for (int bad = 0; bad < 2; bad++) {
		struct buf in AUTO(buf_clear) = BUF_INIT, out AUTO(buf_clear) = BUF_INIT;
		struct strict s;

		buf_add_str(&in, f->before);
		for (size_t n = bad ? f->n_bad : f->n_good; n > 0; n--)
			buf_add_str(&in, f->filler);
		buf_add_str(&in, f->after);
		strict_init(&s, NULL, NULL);
		feed(&s, buf_span(&in), 777, &out);
		assert_int_equal(s.refused, bad ? f->status : 0);
		assert_int_equal(s.n_heads, 1);
	}
}

static void keeps_to_each_limit_of_size(void **state)
{
	static const struct filled cases[] = {
		{"GET /", "a", " HTTP/1.1\r\n" HOST "\r\n", HTTP_TARGET_MAX - 1, HTTP_TARGET_MAX,
		 414},
		{"GET / HTTP/1.1\r\n" HOST, "X:\r\n", "\r\n", HTTP_FIELDS_MAX - 1, HTTP_FIELDS_MAX,
		 431},
		{"GET / HTTP/1.1\r\n" HOST "X: ", "a", "\r\n\r\n", 8000, HTTP_HEADER_MAX, 431},
		{"", "\r\n", "GET / HTTP/1.1\r\n" HOST "\r\n", HTTP_EMPTY_LINES_MAX,
		 HTTP_EMPTY_LINES_MAX + 1, 400},
		{"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1;", "a",
		 "\r\na\r\n0\r\n\r\n", HTTP_CHUNK_LINE_MAX - 3, HTTP_CHUNK_LINE_MAX, 400},
		{"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n",
		 "\r\n", HTTP_TRAILER_MAX / 6 - 1, HTTP_TRAILER_MAX / 6 + 1, 431},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		ends_at_its_limit(&cases[i]);
}

/* Few long fields and many short ones fit, but not many long ones: the HTTP library keeps them in one small pool. */
static void weighs_the_fields_of_a_head_with_its_bytes(void **state)
{
	static const char first[] = "GET / HTTP/1.1\r\n" HOST;
	const size_t n_fields = 60, bytes = HTTP_HEAD_COST_MAX - n_fields * HTTP_FIELD_COST;

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct buf in AUTO(buf_clear) = BUF_INIT, out AUTO(buf_clear) = BUF_INIT;
		struct strict s;

		buf_add_str(&in, first);
		for (size_t i = 0; i < n_fields - 2; i++)
			buf_add_str(&in, "X:\r\n");
		buf_add_str(&in, "Y:");
		while (in.len < bytes + more - 4)
			buf_add_char(&in, 'a');
		buf_add_str(&in, "\r\n\r\n");
		strict_init(&s, NULL, NULL);
		feed(&s, buf_span(&in), 777, &out);
		assert_int_equal(s.n_heads, 1);
		assert_int_equal(s.refused, more == 0 ? 0 : 431);
	}
}

/* The library makes a second copy of cookies and a node for each, and a node for each parameter. */
static void weighs_cookies_and_parameters(void **state)
{
	static const struct filled cases[] = {
		{"GET / HTTP/1.1\r\n" HOST "Cookie: ", "a=b;", "\r\n\r\n", 90, 110, 431},
		{"GET / HTTP/1.1\r\n" HOST "Cookie: ", "a=b,", "\r\n\r\n", 90, 110, 431},
		{"GET / HTTP/1.1\r\n" HOST "Cookie: a=", "b", "\r\n\r\n", 4400, 4600, 431},
		{"GET / HTTP/1.1\r\n" HOST, "Cookie: a=b\r\n", "\r\n", 40, 60, 431},
		{"GET /?", "a&", " HTTP/1.1\r\n" HOST "\r\n", 100, 112, 414},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		ends_at_its_limit(&cases[i]);
}

static void keeps_the_request_line_of_what_it_refuses_for_the_log(void **state)
{
	struct buf out AUTO(buf_clear) = BUF_INIT;
	struct strict s;

	(void)state;
	strict_init(&s, NULL, NULL);
	feed(&s, span_str("DELETE /some/path HTTP/1.1\r\nBad\r\n\r\n"), 1000, &out);
	assert_string_equal(s.seen_method, "DELETE");
	assert_string_equal(s.seen_target, "/some/path");
	strict_init(&s, NULL, NULL);
	feed(&s, span_str("BREW /some/path HTTP/1.1\r\n\r\n"), 1000, &out);
	assert_string_equal(s.seen_method, "");
}

static void knows_when_a_request_is_under_way(void **state)
{
	struct buf out AUTO(buf_clear) = BUF_INIT;
	struct strict s;

	(void)state;
	strict_init(&s, NULL, NULL);
	assert_false(strict_is_reading(&s));
	feed(&s, span_str("GET"), 1000, &out);
	assert_true(strict_is_reading(&s));
	strict_init(&s, NULL, NULL);
	feed(&s, span_str("POST / HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\na"), 1000, &out);
	assert_true(strict_is_reading(&s));
	feed(&s, span_str("b"), 1000, &out);
	assert_false(strict_is_reading(&s));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lets_good_requests_through_unchanged),
		cmocka_unit_test(follows_bodies_to_the_next_request),
		cmocka_unit_test(drops_blanks_at_the_end_of_a_value),
		cmocka_unit_test(drops_empty_lines_extensions_and_trailers),
		cmocka_unit_test(puts_its_own_request_in_place_of_a_wrong_head),
		cmocka_unit_test(ends_a_chunked_body_that_goes_wrong),
		cmocka_unit_test(does_not_wait_for_what_is_hopeless),
		cmocka_unit_test(holds_bodies_to_the_limit_of_their_route),
		cmocka_unit_test(keeps_to_each_limit_of_size),
		cmocka_unit_test(weighs_the_fields_of_a_head_with_its_bytes),
		cmocka_unit_test(weighs_cookies_and_parameters),
		cmocka_unit_test(keeps_the_request_line_of_what_it_refuses_for_the_log),
		cmocka_unit_test(knows_when_a_request_is_under_way),
	};

	return unit_run("http/strict", tests, ARRAY_LEN(tests));
}
