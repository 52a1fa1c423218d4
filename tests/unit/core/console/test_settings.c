/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/console/settings.h"

#include "lib/core_fixture.h"
#include "lib/unit.h"
#include "store/db.h"

#include <string.h>

static struct err e;

#define ADMIN (&fixture_admin)

static int64_t number(struct core *c, const char *name)
{
	int64_t n = -1;

	unit_assert_ok(settings_get_int(c, name, &n, &e), &e);
	return n;
}

static bool set(struct core *c, const char *name, json_t *value)
{
	json_t *v AUTO_JSON = value;

	return settings_set(c, ADMIN, name, v, &e);
}

static int64_t counter(struct core *c, enum core_counter which)
{
	int64_t n = 0;

	unit_assert_ok(core_counter(c, which, &n, &e), &e);
	return n;
}

static void has_a_default_for_each(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *o AUTO_JSON = NULL, *one;
	size_t i;

	(void)state;
	unit_assert_ok(settings_list(c, &o, &e), &e);
	assert_true(fixture_count(o, "items") >= 8);
	json_array_foreach(json_object_get(o, "items"), i, one)
	{
		assert_true(
			json_equal(json_object_get(one, "value"), json_object_get(one, "default")));
		assert_string_equal(fixture_at(one, "set"), "false");
		assert_true(strlen(fixture_at(one, "meaning")) > 10);
	}
	assert_int_equal(number(c, "trust_mode"), 0);
	assert_int_equal(number(c, "hsts"), 0);
}

static void keeps_what_is_set_and_forgets_on_null(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct buf name AUTO_BUF = BUF_INIT;
	json_t *o AUTO_JSON = NULL;

	(void)state;
	unit_assert_ok(set(c, "server_name", json_string("console.example")), &e);
	unit_assert_ok(settings_get_str(c, "server_name", &name, &e), &e);
	assert_string_equal(buf_str(&name), "console.example");
	unit_assert_ok(set(c, "hsts", json_true()), &e);
	assert_int_equal(number(c, "hsts"), 1);
	unit_assert_ok(settings_show(c, "hsts", &o, &e), &e);
	assert_string_equal(fixture_at(o, "value"), "true");
	assert_string_equal(fixture_at(o, "default"), "false");
	unit_assert_ok(set(c, "hsts", json_null()), &e);
	assert_int_equal(number(c, "hsts"), 0);
}

static void refuses_what_does_not_fit(void **state)
{
	struct core *c AUTO_CORE = fixture_open();

	(void)state;
	assert_false(set(c, "trust_mode", json_integer(3)));
	unit_assert_reason(&e, "request.member");
	assert_false(set(c, "trust_mode", json_string("1")));
	assert_false(set(c, "hsts", json_integer(1)));
	assert_false(set(c, "server_name", json_string("a b")));
	assert_false(set(c, "server_name", json_string("-x")));
	assert_false(set(c, "server_name", json_string("a..b")));
	unit_assert_ok(set(c, "server_name", json_string("2001:db8::1")), &e);
	assert_false(set(c, "no_such", json_true()));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_int_equal(number(c, "trust_mode"), 0);
}

static void moves_the_generation_that_it_changes(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	int64_t tls = counter(c, CORE_TLS_GENERATION), trust = counter(c, CORE_TRUST_GENERATION);
	int64_t changes;
	int published;

	(void)state;
	unit_assert_ok(set(c, "trust_mode", json_integer(1)), &e);
	assert_int_equal(counter(c, CORE_TRUST_GENERATION), trust + 1);
	assert_int_equal(counter(c, CORE_TLS_GENERATION), tls);
	changes = counter(c, CORE_CHANGE_SEQ); /* the mode goes by steps, each with its number */
	published = fixture_published();
	unit_assert_ok(set(c, "hsts", json_true()), &e);
	assert_int_equal(counter(c, CORE_TLS_GENERATION), tls + 1);
	assert_int_equal(fixture_published(), published + 1);
	unit_assert_ok(set(c, "hsts", json_true()), &e); /* nothing new */
	unit_assert_ok(set(c, "session_idle_s", json_integer(600)), &e);
	assert_int_equal(counter(c, CORE_TLS_GENERATION), tls + 1);
	assert_int_equal(counter(c, CORE_CHANGE_SEQ), changes + 2);
	assert_int_equal(fixture_published(), published + 1);
}

static void takes_an_administrator(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *v AUTO_JSON = json_true();

	(void)state;
	assert_false(settings_set(c, &fixture_operator, "hsts", v, &e));
	unit_assert_reason(&e, "auth.role");
}

static void stored_value_that_fits_no_more_is_the_default(void **state)
{
	struct core *c AUTO_CORE = fixture_open();

	(void)state;
	unit_assert_ok(db_run(core_store(c), "INSERT INTO settings VALUES ('trust_mode', '77', 0)",
			      DB_NO_ARGS, &e),
		       &e);
	assert_int_equal(number(c, "trust_mode"), 0);
}

static void damaged_value_is_no_default_and_may_be_set_anew(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct buf is AUTO_BUF = BUF_INIT;

	(void)state;
	unit_assert_ok(db_run(core_store(c),
			      "INSERT INTO settings VALUES ('ipc_signatures', '\"requi', 0)",
			      DB_NO_ARGS, &e),
		       &e);
	assert_false(settings_get_str(c, "ipc_signatures", &is, &e));
	unit_assert_reason(&e, "state.setting");
	assert_true(set(c, "ipc_signatures", json_string("off")));
	unit_assert_ok(settings_get_str(c, "ipc_signatures", &is, &e), &e);
	assert_string_equal(buf_str(&is), "off");
}

static void knows_what_the_machine_is_called(void **state)
{
	struct host_identity h AUTO(host_identity_clear) = {.n_addresses = 0};
	bool loopback = false;

	(void)state;
	unit_assert_ok(host_identity_read(&h, &e), &e);
	assert_true(strlen(h.host) > 0);
	for (size_t i = 0; i < h.n_addresses; i++)
		loopback = loopback || strcmp(h.addresses[i], "127.0.0.1") == 0;
	assert_true(loopback);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_a_default_for_each),
		cmocka_unit_test(keeps_what_is_set_and_forgets_on_null),
		cmocka_unit_test(refuses_what_does_not_fit),
		cmocka_unit_test(moves_the_generation_that_it_changes),
		cmocka_unit_test(takes_an_administrator),
		cmocka_unit_test(stored_value_that_fits_no_more_is_the_default),
		cmocka_unit_test(damaged_value_is_no_default_and_may_be_set_anew),
		cmocka_unit_test(knows_what_the_machine_is_called),
	};

	return unit_run("core/settings", tests, ARRAY_LEN(tests));
}
