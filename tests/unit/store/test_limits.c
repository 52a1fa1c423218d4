/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/buf.h"
#include "base/mem.h"
#include "lib/unit.h"
#include "store/accounts.h"
#include "store/agent_events.h"
#include "store/bindings.h"
#include "store/changes.h"
#include "store/crl_points.h"
#include "store/db.h"
#include "store/sessions.h"

#include <stdio.h>
#include <string.h>

/* Limits of tables: the last row that fits goes in, the next is refused or makes the oldest go. */

#define CERT "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static struct err e;
#define OK(call) unit_assert_ok((call), &e)

/* n rows at once: insert names the columns, select takes i from n(i), which counts from 1. */
static void fill(struct store *s, int64_t n, const char *insert, const char *select)
{
	struct buf sql AUTO_BUF = BUF_INIT;

	buf_printf(&sql,
		   "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)"
		   " INSERT INTO %s SELECT %s FROM n",
		   insert, select);
	OK(db_run(s, buf_str(&sql), DB_ARGS(db_i(n)), &e));
}

static int64_t count(struct store *s, const char *table)
{
	char sql[80];
	int64_t n = -1;

	(void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
	OK(db_get_int(s, sql, DB_NO_ARGS, &n, NULL, &e));
	return n;
}

static int64_t there(struct store *s, const char *sql)
{
	int64_t n = -1;

	OK(db_get_int(s, sql, DB_NO_ARGS, &n, NULL, &e));
	return n;
}

static struct store *opened(void)
{
	struct store *s = NULL;

	e = (struct err)ERR_INIT;
	OK(store_open(unit_dir(), true, &s, &e));
	OK(store_begin(s, &e));
	OK(db_run(s,
		  "INSERT INTO certificates (sha256, sha1, spki_sha256, der, subject, issuer,"
		  " search, not_before, not_after, is_ca, self_signed, for_server, for_client,"
		  " added_at) VALUES (?1, '', '', x'00', '', '', '', 0, 0, 0, 0, 1, 0, 0)",
		  DB_ARGS(db_t(CERT)), &e));
	return s;
}

static struct binding_row binding(const char *host, const char *rules)
{
	struct binding_row b = {.ip = "*", .port = 443, .version = 1};

	memcpy(b.state.cert, CERT, sizeof CERT);
	(void)snprintf(b.host, sizeof b.host, "%s", host);
	(void)snprintf(b.state.path_rules, sizeof b.state.path_rules, "%s", rules);
	return b;
}

static void bindings_of_one_console(void **state)
{
	struct store *s = opened();
	struct binding_row last = binding("last.test", ""), more = binding("more.test", "");
	struct binding_rows all AUTO_BINDING_ROWS = {.n = 0};

	(void)state;
	fill(s, BINDINGS_MAX - 1, "bindings (ip, port, host, cert, version)",
	     "'*', 443, 'h' || i, '" CERT "', 1");
	OK(binding_row_put(s, &last, &e));
	assert_false(binding_row_put(s, &more, &e));
	unit_assert_reason(&e, "limit.rows");
	OK(binding_row_list(s, &all, &e));
	assert_int_equal(all.n, BINDINGS_MAX);
	store_close(s);
}

/* A rule that is not served leaves its path open: none is cut off, one too many is refused. */
static void path_rules_over_all_bindings(void **state)
{
	struct store *s = opened();
	struct binding_row first = binding("first.test", ""), last = binding("last.test", "/x 2"),
			   more = binding("more.test", "/x 2");
	struct path_rule_row *rules = NULL;
	size_t n = 0;

	(void)state;
	OK(binding_row_put(s, &first, &e));
	fill(s, PATH_RULES_MAX - 1, "path_rules (binding_id, prefix, client_certs)",
	     "(SELECT min(id) FROM bindings), '/p' || i, 2");
	OK(binding_row_put(s, &last, &e));
	OK(path_rule_list(s, &rules, &n, &e));
	assert_int_equal(n, PATH_RULES_MAX);
	mem_free(rules);
	rules = NULL;
	assert_false(binding_row_put(s, &more, &e));
	unit_assert_reason(&e, "limit.rows");
	/* as another program may have left it */
	assert_int_equal(count(s, "path_rules"), PATH_RULES_MAX + 1);
	assert_false(path_rule_list(s, &rules, &n, &e));
	unit_assert_reason(&e, "limit.rows");
	store_close(s);
}

/* The one that is opened stays, whatever the clock says; of the others the one goes that was used longest ago. */
static void sessions_of_one_account(void **state)
{
	struct store *s = opened();

	(void)state;
	fill(s, 2, "accounts (id, name, role, password, created_at, changed_at)",
	     "i, 'n' || i, 1, '', 0, 0");
	fill(s, SESSIONS_MAX - 1,
	     "sessions (id, hash, account_id, address, created_at, seen_at, expires_at)",
	     "'s' || i, randomblob(32), 1, '', 0, 10000 - i, 20000");
	for (int i = 0; i < 3; i++) {
		struct store_session n = {.account_id = i == 0 ? 2 : 1, .seen_at_s = 1};

		(void)snprintf(n.id, sizeof n.id, "new%d", i);
		n.hash[0] = (uint8_t)i;
		OK(store_session_insert(s, &n, &e));
		assert_int_equal(there(s, "SELECT count(*) FROM sessions WHERE account_id = 2"), 1);
		assert_int_equal(there(s, "SELECT count(*) FROM sessions WHERE account_id = 1"),
				 SESSIONS_MAX - (i == 0));
	}
	assert_int_equal(there(s, "SELECT count(*) FROM sessions WHERE id = 'new1'"), 0);
	assert_int_equal(there(s, "SELECT count(*) FROM sessions WHERE id = 'new2'"), 1);
	store_close(s);
}

static bool stage(struct store *s, int i)
{
	struct change_row c = {.seq = i, .version = i, .checks = NULL};

	memcpy(c.after.cert, CERT, sizeof CERT);
	(void)snprintf(c.id, sizeof c.id, "c%d", i);
	(void)snprintf(c.endpoint, sizeof c.endpoint, "*:443:h%d.test", i);
	(void)snprintf(c.actor, sizeof c.actor, "ann");
	(void)snprintf(c.via, sizeof c.via, "cli");
	return change_row_insert(s, &c, &e);
}

static void changes_that_are_open(void **state)
{
	struct store *s = opened();
	struct change_rows open AUTO_CHANGE_ROWS = {.n = 0};

	(void)state;
	for (int i = 1; i <= CHANGES_OPEN_MAX; i++)
		OK(stage(s, i));
	OK(change_rows_open(s, &open, &e));
	assert_int_equal(open.n, CHANGES_OPEN_MAX);
	assert_false(stage(s, CHANGES_OPEN_MAX + 1));
	unit_assert_reason(&e, "limit.rows");
	OK(db_run(s, "UPDATE changes SET state = 'aborted' WHERE id = 'c1'", DB_NO_ARGS, &e));
	OK(stage(s, CHANGES_OPEN_MAX + 1));
	store_close(s);
}

static void subjects_of_failed_logins(void **state)
{
	struct store *s = opened();

	(void)state;
	fill(s, LOGIN_FAILURES_MAX - 1, "login_failures (subject, n, last_at)",
	     "'s' || i, 1, 100 + i");
	OK(store_failures_add(s, "last", 90000, &e));
	assert_int_equal(count(s, "login_failures"), LOGIN_FAILURES_MAX);
	assert_int_equal(there(s, "SELECT count(*) FROM login_failures WHERE subject = 's1'"), 1);
	OK(store_failures_add(s, "more", 90001, &e));
	assert_int_equal(count(s, "login_failures"), LOGIN_FAILURES_MAX);
	assert_int_equal(there(s, "SELECT count(*) FROM login_failures WHERE subject = 's1'"), 0);
	assert_int_equal(there(s, "SELECT count(*) FROM login_failures WHERE subject = 'more'"), 1);
	store_close(s);
}

static void events_of_one_agent(void **state)
{
	struct store *s = opened();

	(void)state;
	fill(s, 2,
	     "agents (id, name, address, port, listener_sha256, secret_hash, ntcer_sha256, "
	     "ipcer_sha256, registered_at, last_seen_at)",
	     "'a' || i, '', '127.0.0.1', 2000, '', x'00', '', '', 0, 0");
	for (int i = 0; i <= AGENT_EVENTS_MAX; i++) {
		struct agent_event_row r = {.at_s = i, .kind = "k", .text = "t"};

		OK(agent_event_add(s, "a1", &r, &e));
		assert_int_equal(count(s, "agent_events"),
				 i < AGENT_EVENTS_MAX ? i + 1 : AGENT_EVENTS_MAX);
	}
	assert_int_equal(there(s, "SELECT min(at) FROM agent_events"), 1); /* the oldest is gone */
	OK(agent_event_add(s, "a2", &(struct agent_event_row){.kind = "k", .text = "t"}, &e));
	assert_int_equal(count(s, "agent_events"), AGENT_EVENTS_MAX + 1);
	store_close(s);
}

static void known_distribution_points(void **state)
{
	struct store *s = opened();
	struct store_crl_point p = {.url = "http://last.test/",
				    .issuer = "X",
				    .issuer_der = span_str("x"),
				    .origin = "client",
				    .seen_at_s = 100000};

	(void)state;
	fill(s, CRL_POINTS_MAX - 1,
	     "crl_points (url, issuer, issuer_der, is_delta, origin, seen_at, next_at)",
	     "'http://p' || i, '', x'00', 0, 'store', 0, 0");
	OK(store_crl_point_note(s, &p, &e));
	assert_int_equal(count(s, "crl_points"), CRL_POINTS_MAX);
	p.url = "http://more.test/";
	OK(store_crl_point_note(s, &p, &e)); /* passed over: it may be named again later */
	assert_int_equal(count(s, "crl_points"), CRL_POINTS_MAX);
	p.url = "http://p7";
	OK(store_crl_point_note(s, &p, &e)); /* a known one is seen again */
	assert_int_equal(there(s, "SELECT seen_at FROM crl_points WHERE url = 'http://p7'"),
			 100000);
	store_close(s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bindings_of_one_console),
		cmocka_unit_test(path_rules_over_all_bindings),
		cmocka_unit_test(sessions_of_one_account),
		cmocka_unit_test(changes_that_are_open),
		cmocka_unit_test(subjects_of_failed_logins),
		cmocka_unit_test(events_of_one_agent),
		cmocka_unit_test(known_distribution_points),
	};

	return unit_run("store/limits", tests, ARRAY_LEN(tests));
}
