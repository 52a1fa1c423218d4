/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/changes.h"

#include "lib/unit.h"
#include "store/db.h"
#include "store/ipcer.h"

#include <stdio.h>
#include <string.h>

#define CERT_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define CERT_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define CERT_GONE "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static struct err e;
#define OK(call) unit_assert_ok((call), &e)

static void cert_insert(struct store *s, const char *sha256)
{
	OK(db_run(s,
		  "INSERT INTO certificates (sha256, sha1, spki_sha256, der, subject, issuer,"
		  " search, not_before, not_after, is_ca, self_signed, for_server, for_client,"
		  " added_at) VALUES (?1, '', '', x'00', '', '', '', 0, 0, 0, 0, 1, 0, 0)",
		  DB_ARGS(db_t(sha256)), &e));
}

static struct store *open_with_two(void)
{
	struct store *s = NULL;

	OK(store_open(unit_dir(), true, &s, &e));
	OK(store_begin(s, &e));
	cert_insert(s, CERT_A);
	cert_insert(s, CERT_B);
	return s;
}

static struct binding_row binding_make(struct store *s, const char *host)
{
	struct binding_row b = {.ip = "*", .port = 443, .version = 1};

	memcpy(b.state.cert, CERT_A, sizeof CERT_A);
	(void)snprintf(b.host, sizeof b.host, "%s", host);
	OK(binding_row_put(s, &b, &e));
	return b;
}

static void change_fill(struct change_row *r, const struct binding_row *b, const char *id,
			int64_t seq)
{
	*r = (struct change_row){.seq = seq, .version = seq, .has_before = true};
	(void)snprintf(r->id, sizeof r->id, "%s", id);
	(void)snprintf(r->endpoint, sizeof r->endpoint, "*:443:%s", b->host);
	(void)snprintf(r->actor, sizeof r->actor, "ann");
	(void)snprintf(r->via, sizeof r->via, "cli");
	r->binding_id = b->id;
	r->before = b->state;
	r->after = b->state;
	memcpy(r->after.cert, CERT_B, sizeof CERT_B);
	r->after.client_certs = 2;
}

static void binding_comes_back_as_it_was_put(void **state)
{
	struct store *s AUTO_STORE = open_with_two();
	struct binding_row b, got;
	bool found = false;

	(void)state;
	b = binding_make(s, "www");
	b.state.client_certs = 1;
	b.state.revocation = 2;
	b.state.check_usage = true;
	b.state.agents = true;
	memcpy(b.state.issuer_store, "CA", 3);
	OK(binding_row_put(s, &b, &e));
	OK(binding_row_by_key(s, "*", 443, "www", &got, &found, &e));
	assert_true(found);
	assert_memory_equal(&got, &b, sizeof b);
	OK(binding_row_agents(s, &got, &found, &e));
	assert_int_equal(got.id, b.id);
	OK(binding_row_by_id(s, b.id + 1, &got, &found, &e));
	assert_false(found);
	memcpy(b.state.issuer_store, "No", 3);
	assert_false(binding_row_put(s, &b, &e));
	unit_assert_reason(&e, "store.not_found");
}

static void what_is_bound_cannot_be_deleted(void **state)
{
	struct store *s AUTO_STORE = open_with_two();
	struct binding_row b = binding_make(s, "");
	int64_t n = 0;

	(void)state;
	assert_false(
		db_run(s, "DELETE FROM certificates WHERE sha256 = ?1", DB_ARGS(db_t(CERT_A)), &e));
	assert_int_equal(e.code, ERR_IN_USE);
	OK(db_get_int(s, "SELECT count(*) FROM cert_uses WHERE kind = 'binding'", DB_NO_ARGS, &n,
		      NULL, &e));
	assert_int_equal(n, 1);
	OK(binding_row_delete(s, b.id, &e));
	OK(db_run(s, "DELETE FROM certificates WHERE sha256 = ?1", DB_ARGS(db_t(CERT_A)), &e));
}

static void an_open_change_holds_both_certificates(void **state)
{
	struct store *s AUTO_STORE = open_with_two();
	struct binding_row b = binding_make(s, "");
	struct change_row r;

	(void)state;
	change_fill(&r, &b, "one", 1);
	OK(change_row_insert(s, &r, &e));
	assert_false(
		db_run(s, "DELETE FROM certificates WHERE sha256 = ?1", DB_ARGS(db_t(CERT_B)), &e));
	assert_int_equal(e.code, ERR_IN_USE);
	r.state = CHANGE_ABORTED;
	OK(change_row_update(s, &r, &e));
	OK(db_run(s, "DELETE FROM certificates WHERE sha256 = ?1", DB_ARGS(db_t(CERT_B)), &e));
}

static void a_change_may_leave_a_certificate_that_is_gone(void **state)
{
	struct store *s AUTO_STORE = open_with_two();
	struct binding_row b = binding_make(s, "");
	struct change_row r;

	(void)state;
	change_fill(&r, &b, "one", 1);
	memcpy(r.before.cert, CERT_GONE, sizeof CERT_GONE);
	OK(change_row_insert(s, &r, &e));
}

static void one_open_change_of_a_binding(void **state)
{
	struct store *s AUTO_STORE = open_with_two();
	struct binding_row b = binding_make(s, ""), other = binding_make(s, "www");
	struct change_row r, got AUTO_CHANGE_ROW = CHANGE_ROW_INIT;
	bool found = false;

	(void)state;
	change_fill(&r, &b, "one", 1);
	OK(change_row_insert(s, &r, &e));
	change_fill(&r, &b, "two", 2);
	assert_false(change_row_insert(s, &r, &e));
	unit_assert_reason(&e, "change.open");
	change_fill(&r, &other, "three", 3);
	OK(change_row_insert(s, &r, &e));
	OK(change_row_open(s, b.id, &got, &found, &e));
	assert_true(found);
	assert_string_equal(got.id, "one");
	assert_int_equal(got.after.client_certs, 2);
	assert_string_equal(got.after.cert, CERT_B);
	assert_string_equal(got.before.cert, CERT_A);
	assert_string_equal(got.checks, "[]");
}

static void deadlines_are_found_in_their_order(void **state)
{
	struct store *s AUTO_STORE = open_with_two();
	struct binding_row b = binding_make(s, ""), other = binding_make(s, "www");
	struct change_row r, got AUTO_CHANGE_ROW = CHANGE_ROW_INIT;
	int64_t next = -1;
	bool found = true;

	(void)state;
	OK(change_next_deadline(s, &next, &e));
	assert_int_equal(next, 0);
	change_fill(&r, &b, "one", 1);
	OK(change_row_insert(s, &r, &e));
	r.state = CHANGE_COMMITTED;
	r.confirm_until_s = 200;
	OK(change_row_update(s, &r, &e));
	change_fill(&r, &other, "two", 2);
	OK(change_row_insert(s, &r, &e));
	r.state = CHANGE_COMMITTED;
	r.prove_until_s = 100;
	OK(change_row_update(s, &r, &e));
	OK(change_next_deadline(s, &next, &e));
	assert_int_equal(next, 100);
	OK(change_row_overdue(s, 99, 0, &got, &found, &e));
	assert_false(found);
	OK(change_row_overdue(s, 100, 0, &got, &found, &e));
	assert_true(found);
	assert_string_equal(got.id, "two");
	r.state = CHANGE_CONFIRMED;
	OK(change_row_update(s, &r, &e));
	OK(change_next_deadline(s, &next, &e));
	assert_int_equal(next, 200);
}

static void history_is_paged_newest_first(void **state)
{
	struct store *s AUTO_STORE = open_with_two();
	struct binding_row b = binding_make(s, "");
	struct change_rows rows AUTO_CHANGE_ROWS = {.n = 0};
	struct change_row r;
	int64_t total = 0;

	(void)state;
	for (int i = 1; i <= 5; i++) {
		char id[] = {(char)('0' + i), '\0'};

		change_fill(&r, &b, id, i);
		OK(change_row_insert(s, &r, &e));
		r.state = CHANGE_CONFIRMED;
		OK(change_row_update(s, &r, &e));
	}
	OK(change_row_history(s, b.id, 0, 2, &rows, &total, &e));
	assert_int_equal(total, 5);
	assert_int_equal(rows.n, 2);
	assert_int_equal(rows.items[0].seq, 5);
	change_rows_clear(&rows);
	OK(change_row_history(s, b.id, 4, 10, &rows, &total, &e));
	assert_int_equal(rows.n, 3);
	assert_int_equal(rows.items[0].seq, 3);
}

static void ipcer_numbers_go_up(void **state)
{
	struct store *s AUTO_STORE = open_with_two();
	struct ipcer_row a = {.reason = "bound", .trusted_by_us = true}, got;
	struct buf der AUTO_BUF = BUF_INIT;
	bool found = true;

	(void)state;
	OK(ipcer_row_latest(s, &got, NULL, &found, &e));
	assert_false(found);
	OK(ipcer_row_insert(s, &a, span_str("one"), &e));
	OK(ipcer_row_insert(s, &a, span_str("two"), &e));
	OK(ipcer_row_latest(s, &got, &der, &found, &e));
	assert_int_equal(got.number, 2);
	assert_string_equal(buf_str(&der), "two");
	assert_true(got.trusted_by_us);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(binding_comes_back_as_it_was_put),
		cmocka_unit_test(what_is_bound_cannot_be_deleted),
		cmocka_unit_test(an_open_change_holds_both_certificates),
		cmocka_unit_test(a_change_may_leave_a_certificate_that_is_gone),
		cmocka_unit_test(one_open_change_of_a_binding),
		cmocka_unit_test(deadlines_are_found_in_their_order),
		cmocka_unit_test(history_is_paged_newest_first),
		cmocka_unit_test(ipcer_numbers_go_up),
	};

	return unit_run("store/changes", tests, ARRAY_LEN(tests));
}
