/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/access/access.h"

#include "base/buf.h"
#include "base/files.h"
#include "base/password.h"
#include "base/text.h"
#include "core/access/throttle.h"
#include "core/permit.h"
#include "lib/core_fixture.h"
#include "lib/unit.h"
#include "store/settings.h"

#include <stdio.h>
#include <string.h>

static struct err e;

#define ADMIN (&fixture_admin)
static const struct actor stranger = {"", "rest", "198.51.100.9", "", ROLE_NONE};
static const struct actor neighbour = {"", "rest", "198.51.100.10", "", ROLE_NONE};
static const char good_password[] = "correct horse battery";

static struct secret secret_of(const char *text)
{
	struct secret s = SECRET_INIT;

	unit_assert_ok(secret_set(&s, text, strlen(text), &e), &e);
	return s;
}

static void make_account(struct core *c, const char *user, enum role role)
{
	struct secret pw AUTO_SECRET = secret_of(good_password);
	json_t *o AUTO_JSON = NULL;

	unit_assert_ok(account_create(c, ADMIN, user, role, &pw, &o, &e), &e);
	assert_string_equal(fixture_at(o, "user"), user);
	assert_string_equal(fixture_at(o, "role"), role_name(role));
}

static bool login(struct core *c, const struct actor *by, const char *user, const char *password,
		  struct secret *cookie, struct identity *out)
{
	struct secret pw AUTO_SECRET = secret_of(password);

	return session_open(c, by, user, &pw, cookie, out, &e);
}

static void setup_makes_the_first_admin_once(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct secret code AUTO_SECRET = SECRET_INIT, wrong AUTO_SECRET = secret_of("0000-0000"),
			   pw AUTO_SECRET = secret_of(good_password),
			   weak AUTO_SECRET = secret_of("12345678901");
	struct buf kept AUTO_BUF = BUF_INIT;
	bool needed = false;

	(void)state;
	unit_assert_ok(setup_needed(c, &needed, &e), &e);
	assert_true(needed);
	assert_false(setup_run(c, &stranger, &wrong, "alice", &pw, &e));
	unit_assert_reason(&e, "setup.code");
	assert_false(setup_code_new(c, &fixture_operator, &code, &e));
	unit_assert_ok(setup_code_new(c, ADMIN, &code, &e), &e);
	assert_int_equal(code.len, 39); /* 128 bits in hex, in eight groups */
	assert_false(setup_run(c, &stranger, &wrong, "alice", &pw, &e));
	assert_false(setup_run(c, &stranger, &code, "alice", &weak, &e));
	unit_assert_reason(&e, "account.weak_password");
	unit_assert_ok(setup_run(c, &stranger, &code, "alice", &pw, &e), &e);
	unit_assert_ok(setup_needed(c, &needed, &e), &e);
	assert_false(needed);
	needed = true; /* the code is gone with its use */
	unit_assert_ok(store_meta_get(core_store(c), "setup_code", &kept, &needed, &e), &e);
	assert_false(needed);
	assert_false(setup_run(c, &stranger, &code, "bob", &pw, &e));
	unit_assert_reason(&e, "setup.done");
	assert_false(setup_code_new(c, ADMIN, &code, &e));
	unit_assert_reason(&e, "setup.done");
}

static void setup_code_ends_after_a_day_and_with_the_next(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct secret first AUTO_SECRET = SECRET_INIT, code AUTO_SECRET = SECRET_INIT,
			    pw AUTO_SECRET = secret_of(good_password);
	int64_t now = core_now_s(c);

	(void)state;
	unit_assert_ok(setup_code_new(c, ADMIN, &first, &e), &e);
	unit_assert_ok(setup_code_new(c, ADMIN, &code, &e), &e);
	assert_false(setup_run(c, &stranger, &first, "alice", &pw, &e));
	unit_assert_reason(&e, "setup.code");
	fixture_set_now(now + SETUP_CODE_LIFE_S);
	assert_false(setup_run(c, &stranger, &code, "alice", &pw, &e));
	unit_assert_reason(&e, "setup.code");
	fixture_set_now(now + SETUP_CODE_LIFE_S - 1);
	unit_assert_ok(setup_run(c, &stranger, &code, "alice", &pw, &e), &e);
}

static void token_opens_until_it_ends(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct secret token AUTO_SECRET = SECRET_INIT, copy AUTO_SECRET = SECRET_INIT;
	json_t *o AUTO_JSON = NULL, *all AUTO_JSON = NULL;
	struct identity who;
	int64_t now = core_now_s(c);

	(void)state;
	unit_assert_ok(token_create(c, ADMIN, "ci", ROLE_OPERATOR, 1, &token, &o, &e), &e);
	assert_int_equal(token.len, 46);
	assert_true(text_starts_with((const char *)token.data, "cb_"));
	assert_null(json_object_get(o, "token"));
	unit_assert_ok(token_check(c, secret_span(&token), &who, &e), &e);
	assert_string_equal(who.name, "ci");
	assert_int_equal(who.role, ROLE_OPERATOR);
	assert_false(who.is_session);
	unit_assert_ok(secret_set(&copy, token.data, token.len, &e), &e);
	copy.data[20] ^= 1;
	assert_false(token_check(c, secret_span(&copy), &who, &e));
	unit_assert_reason(&e, "auth.token");
	assert_false(token_check(c, span_str("cb_"), &who, &e));
	fixture_set_now(now + 86400);
	assert_false(token_check(c, secret_span(&token), &who, &e));
	unit_assert_reason(&e, "auth.token_expired");
	fixture_set_now(now);
	unit_assert_ok(token_list(c, &all, &e), &e);
	assert_string_equal(fixture_at(all, "items.0.role"), "operator");
	assert_int_equal(strlen(fixture_at(all, "items.0.last_used")), 20);
	unit_assert_ok(token_revoke(c, ADMIN, fixture_at(all, "items.0.id"), &e), &e);
	assert_false(token_check(c, secret_span(&token), &who, &e));
	assert_false(token_revoke(c, ADMIN, "ci", &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void only_hashes_are_on_disk(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct secret token AUTO_SECRET = SECRET_INIT, cookie AUTO_SECRET = SECRET_INIT;
	json_t *o AUTO_JSON = NULL;
	struct identity who;
	static const char *const files[] = {"state/db.sqlite", "state/db.sqlite-wal"};

	(void)state;
	make_account(c, "alice", ROLE_ADMIN);
	unit_assert_ok(token_create(c, ADMIN, "ci", ROLE_ADMIN, 0, &token, &o, &e), &e);
	unit_assert_ok(login(c, &stranger, "alice", good_password, &cookie, &who), &e);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct buf b AUTO_BUF = BUF_INIT;

		unit_assert_ok(file_read(unit_path(files[i]), BUF_MAX_DEFAULT, &b, &e), &e);
		assert_null(memmem(b.data, b.len, token.data + 3, token.len - 3));
		assert_null(memmem(b.data, b.len, cookie.data, cookie.len));
		assert_null(memmem(b.data, b.len, good_password, strlen(good_password)));
		assert_null(memmem(b.data, b.len, who.csrf, strlen(who.csrf)));
	}
}

static void session_opens_ends_and_closes(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct secret cookie AUTO_SECRET = SECRET_INIT;
	struct identity who, again;
	int64_t now = core_now_s(c);

	(void)state;
	make_account(c, "alice", ROLE_ADMIN);
	unit_assert_ok(login(c, &stranger, "ALICE", good_password, &cookie, &who), &e);
	assert_string_equal(who.name, "alice");
	assert_int_equal(cookie.len, 43);
	assert_int_equal(strlen(who.csrf), 64);
	unit_assert_ok(session_check(c, secret_span(&cookie), &again, &e), &e);
	assert_string_equal(again.csrf, who.csrf);
	assert_true(again.is_session);
	assert_int_equal(again.role, ROLE_ADMIN);
	for (int i = 1; i <= 3; i++) { /* each use keeps it alive */
		fixture_set_now(now + i * 1700);
		unit_assert_ok(session_check(c, secret_span(&cookie), &again, &e), &e);
	}
	fixture_set_now(now + 3 * 1700 + 1800);
	assert_false(session_check(c, secret_span(&cookie), &again, &e));
	unit_assert_reason(&e, "auth.session_expired");
	fixture_set_now(now + 3 * 1700);
	unit_assert_ok(session_close(c, &stranger, secret_span(&cookie), &e), &e);
	assert_false(session_check(c, secret_span(&cookie), &again, &e));
	unit_assert_ok(session_close(c, &stranger, secret_span(&cookie), &e), &e);
}

static void wrong_password_and_unknown_user_look_the_same(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct secret cookie AUTO_SECRET = SECRET_INIT;
	struct identity who;
	char text[ERR_TEXT_MAX];

	(void)state;
	make_account(c, "alice", ROLE_VIEWER);
	assert_false(login(c, &stranger, "alice", "wrong password!", &cookie, &who));
	unit_assert_reason(&e, "auth.failed");
	text_copy(text, sizeof(text), e.text);
	assert_false(login(c, &stranger, "nobody", "wrong password!", &cookie, &who));
	unit_assert_reason(&e, "auth.failed");
	assert_string_equal(e.text, text);
	assert_int_equal(cookie.len, 0);
}

static void guessing_from_one_address_is_slowed_down(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct secret cookie AUTO_SECRET = SECRET_INIT;
	struct identity who;
	int64_t now = core_now_s(c);

	(void)state;
	make_account(c, "alice", ROLE_ADMIN);
	for (int i = 0; i < THROTTLE_ADDRESS_FREE; i++) {
		unit_assert_ok(throttle_check(c, "alice", stranger.address, &e), &e);
		unit_assert_ok(throttle_failed(c, "alice", stranger.address, &e), &e);
	}
	assert_false(login(c, &stranger, "alice", good_password, &cookie, &who));
	unit_assert_reason(&e, "auth.throttled");
	assert_non_null(strstr(e.text, "1 s"));
	unit_assert_ok(login(c, &neighbour, "alice", good_password, &cookie, &who), &e);
	fixture_set_now(now + 1);
	unit_assert_ok(login(c, &stranger, "alice", good_password, &cookie, &who), &e);
	unit_assert_ok(throttle_check(c, "alice", stranger.address, &e), &e); /* forgiven */
	for (int i = 0; i < THROTTLE_ADDRESS_FREE + 20; i++)
		unit_assert_ok(throttle_failed(c, NULL, stranger.address, &e), &e);
	fixture_set_now(now + 1 + THROTTLE_ADDRESS_MAX_S - 1);
	assert_false(throttle_check(c, NULL, stranger.address, &e));
	fixture_set_now(now + 1 + THROTTLE_ADDRESS_MAX_S);
	unit_assert_ok(throttle_check(c, NULL, stranger.address, &e), &e);
}

/* Who has one address of IPv6 has the 2^64 beside it. */
static void addresses_of_one_network_of_ipv6_are_one_guesser(void **state)
{
	struct core *c AUTO_CORE = fixture_open();

	(void)state;
	for (int i = 0; i < THROTTLE_ADDRESS_FREE; i++) {
		char address[32];

		snprintf(address, sizeof(address), "2001:db8:0:1::%d", i);
		unit_assert_ok(throttle_failed(c, NULL, address, &e), &e);
	}
	assert_false(throttle_check(c, NULL, "2001:db8:0:1:ffff::1", &e));
	unit_assert_reason(&e, "auth.throttled");
	unit_assert_ok(throttle_check(c, NULL, "2001:db8:0:2::1", &e), &e);
	unit_assert_ok(throttle_check(c, NULL, "192.0.2.1", &e), &e);
}

static void guessing_one_account_from_everywhere_is_slowed_down(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	int64_t now = core_now_s(c);

	(void)state;
	for (int i = 0; i < THROTTLE_ACCOUNT_FREE + 20; i++) {
		char address[32];

		snprintf(address, sizeof(address), "203.0.113.%d", i);
		assert_int_equal(throttle_check(c, "alice", "192.0.2.1", &e),
				 i < THROTTLE_ACCOUNT_FREE);
		unit_assert_ok(throttle_failed(c, "Alice", address, &e), &e);
	}
	assert_false(throttle_check(c, "alice", "192.0.2.1", &e));
	unit_assert_reason(&e, "auth.throttled");
	unit_assert_ok(throttle_check(c, "bob", "192.0.2.1", &e), &e);
	fixture_set_now(now + THROTTLE_ACCOUNT_MAX_S - 1);
	assert_false(throttle_check(c, "alice", "192.0.2.1", &e));
	fixture_set_now(now + THROTTLE_ACCOUNT_MAX_S);
	unit_assert_ok(throttle_check(c, "alice", "192.0.2.1", &e), &e);
}

static void new_password_or_role_ends_the_sessions(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct secret cookie AUTO_SECRET = SECRET_INIT,
			     fresh AUTO_SECRET = secret_of("another long password");
	struct identity who;
	const enum role operator_role = ROLE_OPERATOR;

	(void)state;
	make_account(c, "alice", ROLE_ADMIN);
	make_account(c, "bob", ROLE_ADMIN);
	unit_assert_ok(login(c, &stranger, "bob", good_password, &cookie, &who), &e);
	unit_assert_ok(account_change(c, ADMIN, "bob", &operator_role, NULL, &e), &e);
	assert_false(session_check(c, secret_span(&cookie), &who, &e));
	unit_assert_ok(login(c, &stranger, "bob", good_password, &cookie, &who), &e);
	assert_int_equal(who.role, ROLE_OPERATOR);
	unit_assert_ok(account_change(c, ADMIN, "bob", &operator_role, NULL, &e), &e);
	unit_assert_ok(session_check(c, secret_span(&cookie), &who, &e), &e); /* the same again */
	unit_assert_ok(account_change(c, ADMIN, "bob", NULL, &fresh, &e), &e);
	assert_false(session_check(c, secret_span(&cookie), &who, &e));
	assert_false(login(c, &stranger, "bob", good_password, &cookie, &who));
}

static void last_admin_stays(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	const enum role viewer = ROLE_VIEWER;

	(void)state;
	make_account(c, "alice", ROLE_ADMIN);
	make_account(c, "bob", ROLE_OPERATOR);
	assert_false(account_remove(c, ADMIN, "alice", &e));
	unit_assert_reason(&e, "account.last_admin");
	assert_false(account_change(c, ADMIN, "alice", &viewer, NULL, &e));
	unit_assert_reason(&e, "account.last_admin");
	unit_assert_ok(account_remove(c, ADMIN, "BOB", &e), &e);
	assert_false(account_remove(c, ADMIN, "bob", &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void accounts_refuse_bad_names_and_doubles(void **state)
{
	static const char *const bad[] = {"", " x", "x ", "a\nb", "\xff\xfe"};
	struct core *c AUTO_CORE = fixture_open();
	struct secret pw AUTO_SECRET = secret_of(good_password);
	json_t *o = NULL;

	(void)state;
	make_account(c, "alice", ROLE_ADMIN);
	assert_false(account_create(c, ADMIN, "Alice", ROLE_ADMIN, &pw, &o, &e));
	unit_assert_reason(&e, "account.exists");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_false(account_create(c, ADMIN, bad[i], ROLE_ADMIN, &pw, &o, &e));
		assert_int_equal(e.code, ERR_INVALID);
	}
	assert_false(account_create(c, ADMIN, "zoe", ROLE_NONE, &pw, &o, &e));
	assert_false(account_create(c, &fixture_operator, "zoe", ROLE_VIEWER, &pw, &o, &e));
	unit_assert_reason(&e, "auth.role");
	assert_null(o);
}

static void password_hash_is_argon2id_and_checks(void **state)
{
	struct secret pw AUTO_SECRET = secret_of(good_password), no AUTO_SECRET = secret_of("no");
	char hash[PASSWORD_HASH_SIZE];

	(void)state;
	unit_assert_ok(password_hash(&pw, hash, &e), &e);
	assert_true(text_starts_with(hash, "$argon2id$"));
	assert_true(password_check(&pw, hash));
	assert_false(password_check(&no, hash));
	assert_false(password_check(&pw, "nonsense"));
	assert_false(password_is_old(hash));
}

static void every_permission_has_its_least_role(void **state)
{
	const struct actor roles[] = {{.role = ROLE_NONE},
				      {.role = ROLE_VIEWER},
				      {.role = ROLE_OPERATOR},
				      {.role = ROLE_ADMIN}};

	(void)state;
	for (int p = 0; p < PERM_N; p++) {
		assert_true(permission_role((enum permission)p) >= ROLE_VIEWER);
		assert_true(strlen(permission_text((enum permission)p)) > 5);
		for (size_t r = 0; r < ARRAY_LEN(roles); r++)
			assert_int_equal(permit(&roles[r], (enum permission)p, &e),
					 roles[r].role >= permission_role((enum permission)p));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(setup_makes_the_first_admin_once),
		cmocka_unit_test(setup_code_ends_after_a_day_and_with_the_next),
		cmocka_unit_test(token_opens_until_it_ends),
		cmocka_unit_test(only_hashes_are_on_disk),
		cmocka_unit_test(session_opens_ends_and_closes),
		cmocka_unit_test(wrong_password_and_unknown_user_look_the_same),
		cmocka_unit_test(guessing_from_one_address_is_slowed_down),
		cmocka_unit_test(addresses_of_one_network_of_ipv6_are_one_guesser),
		cmocka_unit_test(guessing_one_account_from_everywhere_is_slowed_down),
		cmocka_unit_test(new_password_or_role_ends_the_sessions),
		cmocka_unit_test(last_admin_stays),
		cmocka_unit_test(accounts_refuse_bad_names_and_doubles),
		cmocka_unit_test(password_hash_is_argon2id_and_checks),
		cmocka_unit_test(every_permission_has_its_least_role),
	};

	return unit_run("core/access", tests, ARRAY_LEN(tests));
}
