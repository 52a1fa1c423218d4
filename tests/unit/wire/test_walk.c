/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/walk.h"

#include "lib/signer.h"
#include "lib/unit.h"

#include <string.h>

#define KEYS 3
#define NUMBERS 8

static struct signer keys[KEYS], evil;
static struct buf shelf[NUMBERS + 1]; /* by number; empty: there is none */

static void shelf_clear(void)
{
	for (size_t i = 0; i <= NUMBERS; i++)
		buf_clear(&shelf[i]);
}

/* 1 by key 0, 2 hands over to key 1, 3 by key 1, 4 hands over to key 2, 5 by key 2 */
static void shelf_fill(const char *second)
{
	shelf_clear();
	signer_publish(&keys[0], 1, "first", keys[0].cert, evil.cert, &shelf[1]);
	signer_publish(&keys[0], 2, second, keys[1].cert, evil.cert, &shelf[2]);
	signer_publish(&keys[1], 3, "renewed", keys[1].cert, evil.cert, &shelf[3]);
	signer_publish(&keys[1], 4, "rebound", keys[2].cert, evil.cert, &shelf[4]);
	signer_publish(&keys[2], 5, "restored", keys[2].cert, evil.cert, &shelf[5]);
}

static bool fetch(void *arg, int64_t number, struct buf *token_out, bool *found_out, struct err *e)
{
	int64_t n = number;

	(void)e;
	if (number == WALK_LATEST)
		for (n = NUMBERS; n > 0 && shelf[n].len == 0; n--)
			;
	*found_out = n > 0 && n <= NUMBERS && shelf[n].len > 0;
	if (*found_out)
		buf_add_span(token_out, buf_span(&shelf[n]));
	if (arg)
		++*(int *)arg;
	return true;
}

static const struct walk_source anybody = {.fetch = fetch},
				proved = {.fetch = fetch, .pinned = true};

static void begin(struct publication *p, size_t key)
{
	struct err e = ERR_INIT;

	unit_assert_ok(publication_begin(keys[key].cert, buf_span(&shelf[1]), p, &e), &e);
}

static void goes_to_the_last_one(void **state)
{
	struct publication p AUTO_PUBLICATION = PUBLICATION_INIT;
	struct err e = ERR_INIT;
	int n = 0;

	(void)state;
	shelf_fill("renewed");
	begin(&p, 0);
	unit_assert_ok(walk_on(&p, &anybody, &n, &e), &e);
	assert_int_equal(n, 4);
	assert_int_equal(p.number, 5);
	assert_true(cert_equal(p.ntcer, keys[2].cert));
	unit_assert_ok(walk_on(&p, &anybody, &n, &e), &e);
	assert_int_equal(n, 0);
}

static void stops_at_the_last_good_one(struct buf *bad, const char *code, int64_t wanted)
{
	struct publication p AUTO_PUBLICATION = PUBLICATION_INIT;
	struct err e = ERR_INIT;
	int n = 0;

	begin(&p, 0);
	buf_reset(&shelf[wanted + 1]);
	buf_add_span(&shelf[wanted + 1], buf_span(bad));
	assert_false(walk_on(&p, &anybody, &n, &e));
	unit_assert_reason(&e, code);
	assert_int_equal(p.number, wanted);
	assert_int_equal(n, wanted - 1);
	shelf_fill("renewed");
}

static void refuses_what_does_not_follow(void **state)
{
	struct buf bad AUTO_BUF = BUF_INIT;

	(void)state;
	shelf_fill("renewed");
	signer_publish(&evil, 3, "renewed", evil.cert, evil.cert, &bad);
	stops_at_the_last_good_one(&bad, "jws.kid", 2);
	signer_publish(&keys[0], 3, "renewed", evil.cert, evil.cert, &bad); /* a key of the past */
	stops_at_the_last_good_one(&bad, "jws.kid", 2);
	signer_publish(&keys[1], 4, "renewed", keys[1].cert, evil.cert, &bad); /* one is left out */
	stops_at_the_last_good_one(&bad, "publication.step", 2);
	signer_publish(&keys[1], 2, "renewed", keys[1].cert, evil.cert, &bad); /* backwards */
	stops_at_the_last_good_one(&bad, "publication.step", 2);
	signer_sign(&keys[1], "cb-cmd+jwt", json_object(), &bad);
	stops_at_the_last_good_one(&bad, "jws.corrupt", 2);
	signer_sign(&keys[1], "cb-pub+jwt", json_object(), &bad);
	stops_at_the_last_good_one(&bad, "jws.corrupt", 2);
}

static void leaked_and_unknown_reasons_need_a_proved_connection(void **state)
{
	static const char *const reasons[] = {"leaked", "whatever comes later"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		struct publication p AUTO_PUBLICATION = PUBLICATION_INIT;
		struct err e = ERR_INIT;
		int n = 0;

		shelf_fill(reasons[i]);
		begin(&p, 0);
		assert_false(walk_on(&p, &anybody, &n, &e));
		unit_assert_reason(&e, "publication.leaked");
		assert_int_equal(p.number, 1);
		e = (struct err)ERR_INIT;
		unit_assert_ok(walk_on(&p, &proved, &n, &e), &e);
		assert_int_equal(p.number, 5);
	}
}

static void begins_at_the_newest_that_the_key_signed(void **state)
{
	static const int64_t wanted[KEYS] = {2, 4, 5};
	int asked = 0;
	struct walk_source counting = {.arg = &asked, .fetch = fetch};

	(void)state;
	shelf_fill("renewed");
	for (size_t i = 0; i < KEYS; i++) {
		struct publication p AUTO_PUBLICATION = PUBLICATION_INIT;
		struct err e = ERR_INIT;

		asked = 0;
		unit_assert_ok(walk_begin(keys[i].cert, &counting, &p, &e), &e);
		assert_int_equal(p.number, wanted[i]);
		assert_int_equal(asked, 6 - wanted[i]);
	}
}

static void begins_with_nothing_that_the_key_did_not_sign(void **state)
{
	struct publication p = PUBLICATION_INIT;
	struct err e = ERR_INIT;

	(void)state;
	shelf_fill("renewed");
	assert_false(walk_begin(evil.cert, &anybody, &p, &e));
	unit_assert_reason(&e, "agent.unproved");
	shelf_clear();
	assert_false(walk_begin(keys[0].cert, &anybody, &p, &e));
	unit_assert_reason(&e, "agent.unproved");
	buf_add_str(&shelf[1], "garbage");
	assert_false(walk_begin(keys[0].cert, &anybody, &p, &e));
	unit_assert_reason(&e, "agent.unproved");
	assert_null(p.ntcer);
}

static void a_server_that_counts_up_does_not_keep_the_walk_going(void **state)
{
	struct publication p = PUBLICATION_INIT;
	struct err e = ERR_INIT;

	(void)state;
	shelf_fill("renewed");
	buf_reset(&shelf[4]); /* asked for 4 it gives 5 again */
	buf_add_span(&shelf[4], buf_span(&shelf[5]));
	assert_false(walk_begin(keys[0].cert, &anybody, &p, &e));
	unit_assert_reason(&e, "agent.unproved");
}

static void a_copy_stands_on_its_own(void **state)
{
	struct publication p AUTO_PUBLICATION = PUBLICATION_INIT,
			     copy AUTO_PUBLICATION = PUBLICATION_INIT,
			     loaded AUTO_PUBLICATION = PUBLICATION_INIT;
	struct err e = ERR_INIT;

	(void)state;
	shelf_fill("renewed");
	begin(&p, 0);
	unit_assert_ok(publication_copy(&p, &copy, &e), &e);
	publication_clear(&p);
	assert_int_equal(copy.number, 1);
	unit_assert_ok(publication_load(buf_span(&copy.token), &loaded, &e), &e);
	assert_true(cert_equal(loaded.ntcer, keys[0].cert) && loaded.ipcer.n == 1);
	assert_string_equal(loaded.reason, "first");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_to_the_last_one),
		cmocka_unit_test(refuses_what_does_not_follow),
		cmocka_unit_test(leaked_and_unknown_reasons_need_a_proved_connection),
		cmocka_unit_test(begins_at_the_newest_that_the_key_signed),
		cmocka_unit_test(begins_with_nothing_that_the_key_did_not_sign),
		cmocka_unit_test(a_server_that_counts_up_does_not_keep_the_walk_going),
		cmocka_unit_test(a_copy_stands_on_its_own),
	};
	int failed;

	for (size_t i = 0; i < KEYS; i++)
		signer_make(&keys[i], "key");
	signer_make(&evil, "evil");
	failed = unit_run("wire/walk", tests, ARRAY_LEN(tests));
	shelf_clear();
	for (size_t i = 0; i < KEYS; i++)
		signer_clear(&keys[i]);
	signer_clear(&evil);
	return failed;
}
