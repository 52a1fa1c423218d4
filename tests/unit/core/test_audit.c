/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/audit.h"

#include "base/mem.h"
#include "base/text.h"
#include "core/audit_chain.h"
#include "core/certs/certs.h"
#include "core/tx.h"
#include "lib/core_fixture.h"
#include "lib/unit.h"
#include "store/db.h"

#include <string.h>
#include <unistd.h>

static struct err e;

static void add(struct core *c, const char *action, const char *object)
{
	struct tx tx AUTO(tx_end) = TX_INIT;

	unit_assert_ok(tx_begin(c, &tx, &e), &e);
	unit_assert_ok(audit_add(c, &fixture_admin, action, object,
				 json_pack("{s:s}", "after", "new"), &e),
		       &e);
	unit_assert_ok(tx_commit(&tx, &e), &e);
}

static struct core *with_rows(void)
{
	struct core *c = fixture_open();

	add(c, "cert.import", "a");
	add(c, "bind.commit", "b");
	add(c, "cert.move", "a");
	add(c, "key.export", "a");
	return c;
}

static void assert_first_bad(struct core *c, const char *seq)
{
	json_t *o AUTO_JSON = NULL;

	unit_assert_ok(audit_verify(c, &o, &e), &e);
	assert_string_equal(fixture_at(o, "intact"), seq[0] ? "false" : "true");
	assert_string_equal(fixture_at(o, "first_bad"), seq);
}

/* Whoever writes in the file is not held by our triggers. */
static void tamper(struct core *c, const char *sql)
{
	unit_assert_ok(db_script(core_store(c),
				 "DROP TRIGGER IF EXISTS audit_no_update;"
				 "DROP TRIGGER IF EXISTS audit_no_delete;",
				 &e),
		       &e);
	unit_assert_ok(db_script(core_store(c), sql, &e), &e);
}

static void chain_of_untouched_rows_is_intact(void **state)
{
	struct core *c AUTO_CORE = with_rows();
	json_t *o AUTO_JSON = NULL;

	(void)state;
	unit_assert_ok(audit_verify(c, &o, &e), &e);
	assert_string_equal(fixture_at(o, "rows"), "4");
	assert_string_equal(fixture_at(o, "intact"), "true");
	assert_int_equal(strlen(fixture_at(o, "head")), 64);
	assert_first_bad(c, "");
}

static void empty_trail_is_intact(void **state)
{
	struct core *c AUTO_CORE = fixture_open();

	(void)state;
	assert_first_bad(c, "");
}

static void changed_row_shows(void **state)
{
	static const char *const changes[] = {
		"UPDATE audit SET actor = 'mallory' WHERE seq = 2",
		"UPDATE audit SET at = at + 1 WHERE seq = 2",
		"UPDATE audit SET detail = '{}' WHERE seq = 2",
		"UPDATE audit SET object = 'bb' WHERE seq = 2",
		"UPDATE audit SET address = request_id || 'x' WHERE seq = 2",
		"UPDATE audit SET hash = zeroblob(32) WHERE seq = 2",
		"UPDATE audit SET prev = zeroblob(32) WHERE seq = 2",
		"DELETE FROM audit WHERE seq = 2",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		struct core *c AUTO_CORE = NULL;
		char path[4096];

		text_copy(path, sizeof(path), fixture_state_dir());
		c = with_rows();
		tamper(c, changes[i]);
		assert_first_bad(c, "2");
		core_close(c);
		c = NULL;
		unlink(unit_path("state/db.sqlite"));
		unlink(unit_path("state/db.sqlite-wal"));
		unlink(unit_path("state/db.sqlite-shm"));
	}
}

static void cut_tail_shows(void **state)
{
	struct core *c AUTO_CORE = with_rows();

	(void)state;
	tamper(c, "DELETE FROM audit WHERE seq > 2");
	assert_first_bad(c, "3");
}

static void forged_row_without_the_master_key_shows(void **state)
{
	struct core *c AUTO_CORE = with_rows();
	uint8_t prev[SHA256_BYTES], hash[SHA256_BYTES];
	struct store_audit r = {.seq = 5,
				.at_s = 1,
				.actor = "mallory",
				.via = "",
				.address = "",
				.request_id = "",
				.action = "nothing.happened",
				.object = "",
				.detail = "{}"};
	int64_t last;

	(void)state;
	unit_assert_ok(store_audit_head(core_store(c), &last, prev, &e), &e);
	r.prev = span_of(prev, sizeof(prev));
	unit_assert_ok(audit_row_hash(&r, hash, &e), &e);
	r.hash = span_of(hash, sizeof(hash));
	unit_assert_ok(store_audit_insert(core_store(c), &r, &e), &e);
	assert_first_bad(c, "5");
	tamper(c, "DELETE FROM meta WHERE name = 'audit_head'");
	assert_first_bad(c, "5");
}

static void rows_are_neither_rewritten_nor_shortened(void **state)
{
	struct core *c AUTO_CORE = with_rows();

	(void)state;
	assert_false(db_script(core_store(c), "UPDATE audit SET actor = 'x'", &e));
	assert_false(db_script(core_store(c), "DELETE FROM audit", &e));
	assert_first_bad(c, "");
}

static void lists_newest_first_with_filters_and_pages(void **state)
{
	struct core *c AUTO_CORE = with_rows();
	struct audit_query q = {.page = {.limit = 3}};
	json_t *o AUTO_JSON = NULL, *two AUTO_JSON = NULL, *some AUTO_JSON = NULL,
		  *b AUTO_JSON = NULL;

	(void)state;
	unit_assert_ok(audit_list(c, &q, &o, &e), &e);
	assert_string_equal(fixture_at(o, "total"), "4");
	assert_string_equal(fixture_at(o, "items.0.action"), "key.export");
	assert_string_equal(fixture_at(o, "items.0.detail.after"), "new");
	q.page.token = fixture_at(o, "next_page_token");
	unit_assert_ok(audit_list(c, &q, &two, &e), &e);
	assert_int_equal(fixture_count(two, "items"), 1);
	assert_string_equal(fixture_at(two, "items.0.seq"), "1");
	assert_string_equal(fixture_at(two, "next_page_token"), "");
	q = (struct audit_query){.action = "cert.*"};
	unit_assert_ok(audit_list(c, &q, &some, &e), &e);
	assert_string_equal(fixture_at(some, "total"), "2");
	q = (struct audit_query){.object = "b", .action = "bind.commit", .actor = "alice"};
	unit_assert_ok(audit_list(c, &q, &b, &e), &e);
	assert_string_equal(fixture_at(b, "total"), "1");
}

static void row_goes_back_with_its_change(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct tx tx AUTO(tx_end) = TX_INIT;
	int64_t n = -1;

	(void)state;
	unit_assert_ok(tx_begin(c, &tx, &e), &e);
	unit_assert_ok(audit_add(c, &fixture_admin, "x.y", "", NULL, &e), &e);
	tx_end(&tx);
	unit_assert_ok(core_counter(c, CORE_CHANGE_SEQ, &n, &e), &e);
	assert_int_equal(n, 0);
	assert_first_bad(c, "");
}

static bool add_or_not(struct core *c)
{
	struct tx tx AUTO(tx_end) = TX_INIT;

	return tx_begin(c, &tx, &e) && audit_add(c, &fixture_admin, "cert.remove", "a", NULL, &e) &&
	       tx_commit(&tx, &e);
}

/* A row that is written has its whole anchor: half a one would tell of a forgery for ever. */
static void is_intact_whatever_allocation_fails(void **state)
{
	struct core *c AUTO_CORE = with_rows();
	unsigned long left = 0;

	(void)state;
	for (unsigned long n = 1; left == 0; n++) {
		bool good;

		mem_fail_at(n);
		good = add_or_not(c);
		left = mem_fail_left();
		mem_fail_at(0);
		assert_true(good || e.code == ERR_NOMEM || e.code == ERR_DB);
		assert_first_bad(c, "");
	}
}

static void looks_forged_to_nobody_who_is_short_of_memory(void **state)
{
	struct core *c AUTO_CORE = with_rows();
	unsigned long left = 0;

	(void)state;
	for (unsigned long n = 1; left == 0; n++) {
		json_t *o AUTO_JSON = NULL;
		bool good;

		mem_fail_at(n);
		good = audit_verify(c, &o, &e);
		left = mem_fail_left();
		mem_fail_at(0);
		assert_true(good || e.code == ERR_NOMEM || e.code == ERR_DB);
		if (good)
			assert_string_equal(fixture_at(o, "intact"), "true");
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(chain_of_untouched_rows_is_intact),
		cmocka_unit_test(is_intact_whatever_allocation_fails),
		cmocka_unit_test(looks_forged_to_nobody_who_is_short_of_memory),
		cmocka_unit_test(empty_trail_is_intact),
		cmocka_unit_test(changed_row_shows),
		cmocka_unit_test(cut_tail_shows),
		cmocka_unit_test(forged_row_without_the_master_key_shows),
		cmocka_unit_test(rows_are_neither_rewritten_nor_shortened),
		cmocka_unit_test(lists_newest_first_with_filters_and_pages),
		cmocka_unit_test(row_goes_back_with_its_change),
	};

	return unit_run("core/audit", tests, ARRAY_LEN(tests));
}
