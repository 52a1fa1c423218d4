/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/bindings.h"

#include "base/json.h"
#include "base/text.h"
#include "core/certs/certs.h"
#include "lib/fake_console.h"
#include "lib/unit.h"

#include <string.h>

#define DAY INT64_C(86400)

static struct fake_console con;
static char first[65], one[65], two[65];
static struct err e;
#define OK(call) unit_assert_ok((call), &e)

static int setup(void **state)
{
	(void)state;
	e = (struct err)ERR_INIT;
	fake_console_open(&con);
	text_copy(first, sizeof first, fake_shown(&con, "127.0.0.1", NULL));
	fake_cert(&con, "one.test", "one.test", con.now_s - DAY, con.now_s + 300 * DAY, one);
	fake_cert(&con, "two.test", "two.test", con.now_s - DAY, con.now_s + 300 * DAY, two);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_console_close(&con);
	return 0;
}

static struct bind_request to(const char *cert)
{
	return (struct bind_request){.endpoint = "default",
				     .cert = cert,
				     .client_certs = -1,
				     .agents = -1,
				     .revocation = -1};
}

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/* All four say the same: the console, the binding, TrustedPeople and the file. */
static void assert_all_show(const char *sha256)
{
	json_t *drift AUTO_JSON = NULL, *binding AUTO_JSON = NULL;

	assert_string_equal(fake_shown(&con, "127.0.0.1", NULL), sha256);
	OK(bindings_show(con.core, "default", &binding, &e));
	assert_string_equal(text(binding, "cert"), sha256);
	assert_string_equal(fake_ipcer(), sha256);
	OK(drift_show(con.core, &drift, &e));
	assert_true(json_is_true(json_object_get(drift, "trusted_people")));
}

static void bind_set_is_seen_before_it_is_done(void **state)
{
	struct bind_request r = to(one);
	json_t *out AUTO_JSON = NULL;

	(void)state;
	con.n_proved = 0;
	OK(bind_set(con.core, &fake_admin, &r, &out, &e));
	assert_string_equal(text(out, "state"), "confirmed");
	assert_true(json_is_true(json_object_get(out, "proved")));
	assert_int_equal(con.n_proved, 1);
	assert_string_equal(con.last_ip, "127.0.0.1");
	assert_all_show(one);
}

static void what_is_not_seen_goes_back_at_once(void **state)
{
	struct bind_request r = to(one);
	json_t *out AUTO_JSON = NULL;

	(void)state;
	con.serves_old = true;
	assert_false(bind_set(con.core, &fake_admin, &r, &out, &e));
	unit_assert_reason(&e, "change.not_seen");
	assert_int_equal(e.code, ERR_CHECK);
	assert_string_equal(text(out, "state"), "reverted");
	assert_non_null(strstr(text(out, "evidence"), "127.0.0.1:4343"));
	assert_all_show(first);
}

static void what_cannot_be_published_goes_back(void **state)
{
	struct bind_request r = to(one);
	json_t *out AUTO_JSON = NULL;

	(void)state;
	con.publish_fails = true;
	assert_false(bind_set(con.core, &fake_admin, &r, &out, &e));
	assert_all_show(first);
}

static void with_the_console_down_it_is_proved_at_the_next_start(void **state)
{
	struct bind_request r = to(one);
	json_t *out AUTO_JSON = NULL, *b AUTO_JSON = NULL;

	(void)state;
	con.is_down = true;
	OK(bind_set(con.core, &fake_admin, &r, &out, &e));
	assert_string_equal(text(out, "state"), "confirmed");
	assert_true(json_is_false(json_object_get(out, "proved")));
	con.is_down = false;
	fake_console_restart(&con, true);
	OK(bindings_show(con.core, "default", &b, &e));
	assert_true(json_is_true(json_object_get(b, "proved")));
	assert_all_show(one);
}

static void two_binds_with_the_console_down_leave_the_second(void **state)
{
	struct bind_request r = to(one), s = to(two);
	json_t *out AUTO_JSON = NULL, *again AUTO_JSON = NULL;

	(void)state;
	con.is_down = true;
	OK(bind_set(con.core, &fake_admin, &r, &out, &e));
	OK(bind_set(con.core, &fake_admin, &s, &again, &e));
	con.is_down = false;
	fake_console_restart(&con, true);
	assert_all_show(two);
}

static void one_change_at_a_time(void **state)
{
	struct bind_request r = to(one), s = to(two);
	json_t *out AUTO_JSON = NULL, *again = NULL;

	(void)state;
	r.confirm_within_s = 60;
	OK(bind_set(con.core, &fake_admin, &r, &out, &e));
	assert_string_equal(text(out, "state"), "committed");
	assert_false(bind_set(con.core, &fake_admin, &s, &again, &e));
	unit_assert_reason(&e, "change.open");
	assert_null(again);
	assert_all_show(one);
}

static void unconfirmed_it_returns_by_itself(void **state)
{
	struct bind_request r = to(one);
	json_t *out AUTO_JSON = NULL, *shown AUTO_JSON = NULL;
	int64_t next;

	(void)state;
	r.confirm_within_s = 60;
	OK(bind_set(con.core, &fake_admin, &r, &out, &e));
	con.now_s += 59;
	OK(changes_expire(con.core, &next, &e));
	assert_int_equal(next, con.now_s + 1);
	assert_all_show(one);
	con.now_s += 1;
	OK(changes_expire(con.core, &next, &e));
	assert_int_equal(next, 0);
	assert_all_show(first);
	OK(change_show(con.core, text(out, "id"), &shown, &e));
	assert_string_equal(text(shown, "state"), "reverted");
}

static void a_start_before_the_deadline_keeps_the_change(void **state)
{
	struct bind_request r = to(one);
	json_t *out AUTO_JSON = NULL, *shown AUTO_JSON = NULL;

	(void)state;
	r.confirm_within_s = 60;
	OK(bind_set(con.core, &fake_admin, &r, &out, &e));
	con.now_s += 30;
	fake_console_restart(&con, true);
	assert_all_show(one);
	OK(change_show(con.core, text(out, "id"), &shown, &e));
	assert_string_equal(text(shown, "state"), "committed");
}

static void a_start_after_the_deadline_serves_the_old_one(void **state)
{
	struct bind_request r = to(one);
	json_t *out AUTO_JSON = NULL;

	(void)state;
	r.confirm_within_s = 60;
	OK(bind_set(con.core, &fake_admin, &r, &out, &e));
	con.now_s += 61;
	fake_console_restart(&con, true);
	assert_all_show(first);
}

static void only_a_new_full_handshake_confirms(void **state)
{
	struct bind_request r = to(one);
	json_t *out AUTO_JSON = NULL, *done AUTO_JSON = NULL;
	const char *id;
	int64_t generation;

	(void)state;
	r.confirm_within_s = 60;
	OK(bind_set(con.core, &fake_admin, &r, &out, &e));
	id = text(out, "id");
	generation = json_integer_value(json_object_get(out, "tls_generation"));

	struct confirm_proof p = {
		.cert_sha256 = first, .full_handshake = true, .tls_generation = generation};

	assert_false(change_confirm(con.core, &fake_admin, id, &p, &done, &e));
	unit_assert_reason(&e, "change.wrong_connection");
	p.cert_sha256 = one;
	p.full_handshake = false;
	assert_false(change_confirm(con.core, &fake_admin, id, &p, &done, &e));
	unit_assert_reason(&e, "change.wrong_connection");
	p.full_handshake = true;
	p.tls_generation = generation - 1;
	assert_false(change_confirm(con.core, &fake_admin, id, &p, &done, &e));
	unit_assert_reason(&e, "change.wrong_connection");
	p.tls_generation = generation;
	OK(change_confirm(con.core, &fake_admin, id, &p, &done, &e));
	assert_string_equal(text(done, "state"), "confirmed");
	con.now_s += 61;
	fake_console_restart(&con, true);
	assert_all_show(one);
}

static void confirming_too_late_says_so_and_reverts(void **state)
{
	struct bind_request r = to(one);
	json_t *out AUTO_JSON = NULL, *done = NULL;

	(void)state;
	r.confirm_within_s = 60;
	OK(bind_set(con.core, &fake_admin, &r, &out, &e));
	con.now_s += 60;
	assert_false(change_confirm(con.core, &fake_admin, text(out, "id"), NULL, &done, &e));
	unit_assert_reason(&e, "change.not_confirmed");
	assert_null(done);
	assert_all_show(first);
}

static void an_orphaned_commit_is_proved_by_the_console(void **state)
{
	struct bind_request r = to(one);
	json_t *out AUTO_JSON = NULL, *done AUTO_JSON = NULL;
	int64_t next;

	(void)state;
	/* As if the command had died between commit and proof. */
	OK(bind_set(con.core, &fake_admin, &r, &out, &e));
	fake_sql(&con, "UPDATE changes SET state = 'committed', proved = 0,"
		       " prove_until = committed_at + 30 WHERE state = 'confirmed'");
	con.now_s += 29;
	OK(changes_expire(con.core, &next, &e));
	assert_int_equal(next, con.now_s + 1);
	con.now_s += 1;
	OK(changes_expire(con.core, &next, &e));
	OK(change_show(con.core, text(out, "id"), &done, &e));
	assert_string_equal(text(done, "state"), "confirmed");
	assert_true(json_is_true(json_object_get(done, "proved")));
}

static void what_nobody_commits_is_given_up(void **state)
{
	struct bind_request r = to(one), s = to(two);
	json_t *out AUTO_JSON = NULL, *shown AUTO_JSON = NULL, *again AUTO_JSON = NULL;

	(void)state;
	OK(change_stage(con.core, &fake_admin, &r, &out, &e));
	assert_string_equal(text(out, "state"), "staged");
	assert_all_show(first);
	assert_false(bind_set(con.core, &fake_admin, &s, &again, &e));
	unit_assert_reason(&e, "change.open");
	con.now_s += STAGED_KEEP_S + 1;
	OK(bind_set(con.core, &fake_admin, &s, &again, &e));
	OK(change_show(con.core, text(out, "id"), &shown, &e));
	assert_string_equal(text(shown, "state"), "aborted");
}

static void stage_commit_confirm_is_the_long_way(void **state)
{
	struct bind_request r = to(one);
	json_t *a AUTO_JSON = NULL, *b AUTO_JSON = NULL, *c AUTO_JSON = NULL;

	(void)state;
	r.confirm_within_s = 60;
	OK(change_stage(con.core, &fake_admin, &r, &a, &e));
	OK(change_commit(con.core, &fake_admin, text(a, "id"), &b, &e));
	assert_string_equal(text(b, "state"), "committed");
	assert_true(json_is_true(json_object_get(b, "proved")));
	assert_all_show(one);
	OK(change_confirm(con.core, &fake_admin, text(a, "id"), NULL, &c, &e));
	assert_string_equal(text(c, "state"), "confirmed");
	json_decref(b);
	b = NULL;
	assert_false(change_commit(con.core, &fake_admin, text(a, "id"), &b, &e));
	unit_assert_reason(&e, "change.state");
}

static void settings_stay_on_a_rebind(void **state)
{
	struct bind_request r = to(one), s = to(two);
	json_t *out AUTO_JSON = NULL, *again AUTO_JSON = NULL, *b AUTO_JSON = NULL;

	(void)state;
	r.client_certs = CLIENT_CERTS_REQUIRE;
	r.issuer_store = "CA";
	r.revocation = REVOCATION_SOFT;
	OK(bind_set(con.core, &fake_admin, &r, &out, &e));
	OK(bind_set(con.core, &fake_admin, &s, &again, &e));
	OK(bindings_show(con.core, "default", &b, &e));
	assert_string_equal(text(b, "cert"), two);
	assert_string_equal(text(b, "client_certs"), "require");
	assert_string_equal(text(b, "issuer_store"), "CA");
	assert_string_equal(text(b, "revocation"), "soft");
	assert_true(con.served->bindings[0].asks_client_cert);
}

static void a_changed_rule_makes_verdicts_anew(void **state)
{
	struct bind_request r = to(NULL), s = to(one);
	json_t *a AUTO_JSON = NULL, *b AUTO_JSON = NULL, *c AUTO_JSON = NULL;
	int64_t before = con.served->trust_generation;

	(void)state;
	r.issuer_store = "CA";
	OK(bind_set(con.core, &fake_admin, &r, &a, &e));
	assert_int_equal(con.served->trust_generation, before + 1);
	OK(bind_rollback(con.core, &fake_admin, "default", NULL, &b, &e));
	assert_int_equal(con.served->trust_generation, before + 2);
	s.endpoint = "127.0.0.1:4343:one.test"; /* touches no store that is trusted */
	OK(bind_set(con.core, &fake_admin, &s, &c, &e));
	assert_int_equal(con.served->trust_generation, before + 2);
}

static void rollback_brings_back_any_earlier_state(void **state)
{
	struct bind_request r = to(one), s = to(two);
	json_t *a AUTO_JSON = NULL, *b AUTO_JSON = NULL, *c AUTO_JSON = NULL, *d AUTO_JSON = NULL;

	(void)state;
	s.client_certs = CLIENT_CERTS_ACCEPT;
	OK(bind_set(con.core, &fake_admin, &r, &a, &e));
	OK(bind_set(con.core, &fake_admin, &s, &b, &e));
	OK(bind_rollback(con.core, &fake_operator, "default", NULL, &c, &e));
	assert_all_show(one);
	assert_int_equal(con.served->bindings[0].client_certs, CLIENT_CERTS_IGNORE);
	OK(bind_rollback(con.core, &fake_operator, "default", text(a, "id"), &d, &e));
	assert_all_show(first);
}

static void rollback_of_an_unconfirmed_change_reverts_it(void **state)
{
	struct bind_request r = to(one);
	json_t *a AUTO_JSON = NULL, *b AUTO_JSON = NULL;

	(void)state;
	r.confirm_within_s = 60;
	OK(bind_set(con.core, &fake_admin, &r, &a, &e));
	OK(bind_rollback(con.core, &fake_admin, "default", NULL, &b, &e));
	assert_string_equal(text(b, "id"), text(a, "id"));
	assert_string_equal(text(b, "state"), "reverted");
	assert_all_show(first);
}

static void history_says_who_when_old_and_new(void **state)
{
	struct bind_request r = to(one);
	const struct page page = {.limit = 1};
	json_t *a AUTO_JSON = NULL, *h AUTO_JSON = NULL;
	const json_t *item;

	(void)state;
	OK(bind_set(con.core, &fake_operator, &r, &a, &e));
	OK(bindings_history(con.core, "default", &page, &h, &e));
	item = json_array_get(json_object_get(h, "items"), 0);
	assert_string_equal(text(item, "by"), "otto");
	assert_string_equal(text(item, "via"), "rest");
	assert_string_equal(text(json_object_get(item, "before"), "cert"), first);
	assert_string_equal(text(json_object_get(item, "after"), "cert"), one);
	assert_int_equal(strlen(text(item, "committed")), 20);
}

static void a_new_binding_is_made_proved_and_removed(void **state)
{
	struct bind_request r = to(one);
	json_t *out AUTO_JSON = NULL, *list AUTO_JSON = NULL;

	(void)state;
	r.endpoint = "127.0.0.1:4343:one.test";
	OK(bind_set(con.core, &fake_admin, &r, &out, &e));
	assert_string_equal(con.last_sni, "one.test");
	assert_string_equal(fake_shown(&con, "127.0.0.1", "one.test"), one);
	assert_string_equal(fake_shown(&con, "127.0.0.1", NULL), first);
	assert_string_equal(fake_ipcer(), first); /* not the agents' binding */
	OK(bindings_remove(con.core, &fake_admin, r.endpoint, &e));
	assert_string_equal(fake_shown(&con, "127.0.0.1", "one.test"), first);
	OK(bindings_list(con.core, &list, &e));
	assert_int_equal(json_integer_value(json_object_get(list, "total")), 1);
}

static void a_new_binding_that_is_not_seen_is_gone(void **state)
{
	struct bind_request r = to(one);
	json_t *out AUTO_JSON = NULL, *list AUTO_JSON = NULL;

	(void)state;
	r.endpoint = "127.0.0.1:4343:one.test";
	con.serves_old = true;
	assert_false(bind_set(con.core, &fake_admin, &r, &out, &e));
	OK(bindings_list(con.core, &list, &e));
	assert_int_equal(json_integer_value(json_object_get(list, "total")), 1);
}

static void the_agents_mark_moves_and_comes_back(void **state)
{
	struct bind_request r = to(one);
	json_t *out AUTO_JSON = NULL, *b AUTO_JSON = NULL;

	(void)state;
	r.endpoint = "127.0.0.1:4343:one.test";
	r.agents = 1;
	r.confirm_within_s = 60;
	OK(bind_set(con.core, &fake_admin, &r, &out, &e));
	assert_string_equal(fake_ipcer(), one);
	OK(change_abort(con.core, &fake_admin, text(out, "id"), &b, &e));
	assert_string_equal(fake_ipcer(), first);
	assert_all_show(first);
	r = to(NULL);
	r.agents = 0;
	json_decref(b);
	b = NULL;
	assert_false(bind_set(con.core, &fake_admin, &r, &b, &e));
	assert_int_equal(e.code, ERR_INVALID);
}

static void the_default_binding_stays(void **state)
{
	(void)state;
	assert_false(bindings_remove(con.core, &fake_admin, "default", &e));
	unit_assert_reason(&e, "binding.last");
}

static void what_is_bound_or_held_cannot_be_removed(void **state)
{
	struct bind_request r = to(one);
	json_t *out AUTO_JSON = NULL;

	(void)state;
	r.confirm_within_s = 60;
	OK(bind_set(con.core, &fake_admin, &r, &out, &e));
	assert_false(certs_remove(con.core, &fake_admin, one, NULL, &e));
	assert_int_equal(e.code, ERR_IN_USE);
	assert_false(certs_remove(con.core, &fake_admin, first, NULL, &e));
	assert_int_equal(e.code, ERR_IN_USE);
}

static void roles_are_asked(void **state)
{
	struct bind_request r = to(one);
	json_t *out AUTO_JSON = NULL;

	(void)state;
	assert_false(bind_set(con.core, &fake_viewer, &r, &out, &e));
	assert_int_equal(e.code, ERR_DENIED);
	r.override_reason = "because";
	assert_false(bind_set(con.core, &fake_operator, &r, &out, &e));
	assert_int_equal(e.code, ERR_DENIED);
	r = to(one);
	OK(bind_set(con.core, &fake_operator, &r, &out, &e));
}

static void a_dry_run_changes_nothing(void **state)
{
	struct bind_request r = to(one);
	json_t *out AUTO_JSON = NULL;

	(void)state;
	r.dry_run = true;
	OK(bind_set(con.core, &fake_admin, &r, &out, &e));
	assert_true(json_is_null(json_object_get(out, "id")));
	assert_true(json_array_size(json_object_get(out, "checks")) > 10);
	assert_all_show(first);
}

static void binding_the_same_again_is_no_change(void **state)
{
	struct bind_request r = to(first);
	json_t *out AUTO_JSON = NULL, *h AUTO_JSON = NULL;

	(void)state;
	OK(bind_set(con.core, &fake_admin, &r, &out, &e));
	assert_true(json_is_true(json_object_get(out, "unchanged")));
	assert_true(json_is_true(json_object_get(out, "proved")));
	OK(bindings_history(con.core, "default", NULL, &h, &e));
	assert_int_equal(json_integer_value(json_object_get(h, "total")), 0);
}

static void the_default_binding_follows_the_first_listener(void **state)
{
	(void)state;
	OK(served_first_start(con.core, "::1", 4343, &e));
	fake_console_restart(&con, true); /* follows back to 127.0.0.1 */
	assert_string_equal(fake_shown(&con, "127.0.0.1", NULL), first);
	assert_string_equal(fake_shown(&con, "::1", NULL), "");
}

static void further_listeners_carry_the_default_binding(void **state)
{
	const struct endpoint more[] = {{"::1", 4343, ""}, {"127.0.0.2", 4343, ""}};
	struct bind_request r = to(one);
	json_t *out AUTO_JSON = NULL;

	(void)state;
	OK(served_listeners(con.core, more, ARRAY_LEN(more), &e));
	con.n_proved = 0;
	OK(bind_set(con.core, &fake_admin, &r, &out, &e));
	assert_int_equal(con.n_proved, 3);
	assert_string_equal(fake_shown(&con, "::1", NULL), one);
	assert_string_equal(fake_shown(&con, "127.0.0.2", "x.test"), one);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(bind_set_is_seen_before_it_is_done),
		T(what_is_not_seen_goes_back_at_once),
		T(what_cannot_be_published_goes_back),
		T(with_the_console_down_it_is_proved_at_the_next_start),
		T(two_binds_with_the_console_down_leave_the_second),
		T(one_change_at_a_time),
		T(unconfirmed_it_returns_by_itself),
		T(a_start_before_the_deadline_keeps_the_change),
		T(a_start_after_the_deadline_serves_the_old_one),
		T(only_a_new_full_handshake_confirms),
		T(confirming_too_late_says_so_and_reverts),
		T(an_orphaned_commit_is_proved_by_the_console),
		T(what_nobody_commits_is_given_up),
		T(stage_commit_confirm_is_the_long_way),
		T(settings_stay_on_a_rebind),
		T(a_changed_rule_makes_verdicts_anew),
		T(rollback_brings_back_any_earlier_state),
		T(rollback_of_an_unconfirmed_change_reverts_it),
		T(history_says_who_when_old_and_new),
		T(a_new_binding_is_made_proved_and_removed),
		T(a_new_binding_that_is_not_seen_is_gone),
		T(the_agents_mark_moves_and_comes_back),
		T(the_default_binding_stays),
		T(what_is_bound_or_held_cannot_be_removed),
		T(roles_are_asked),
		T(a_dry_run_changes_nothing),
		T(binding_the_same_again_is_no_change),
		T(the_default_binding_follows_the_first_listener),
		T(further_listeners_carry_the_default_binding),
	};

	return unit_run("core/changes", tests, ARRAY_LEN(tests));
}
