/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/agent_updates.h"

#include "base/text.h"
#include "lib/unit.h"

#include <string.h>

#define NOW 1000
#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct agent_updates u;
static struct err e;

/* Takes items. */
static bool offer(json_int_t revision, json_t *items)
{
	json_t *answer AUTO_JSON = json_pack("{s:I, s:o}", "revision", revision, "items", items);

	e = (struct err)ERR_INIT;
	return agent_updates_offer(&u, answer, NOW, &e);
}

static json_t *one(const char *package, const char *version, const char *sha256)
{
	return json_pack("{s:s, s:s, s:s, s:i}", "package", package, "version", version, "sha256",
			 sha256, "bytes", 100);
}

static int begin(void **state)
{
	(void)state;
	u = (struct agent_updates)AGENT_UPDATES_INIT;
	unit_assert_ok(offer(1, json_pack("[o]", one("engine", "1.0", A))), &e);
	return 0;
}

static struct agent_update *due(const char *trust, int64_t mono_ms)
{
	return agent_updates_due(&u, trust, NOW * 1000 + mono_ms, mono_ms);
}

static struct package_check check_of(const char *reason, const char *missing)
{
	struct package_check p = {.reason = reason, .explanation = "a sentence"};

	text_copy(p.missing, sizeof(p.missing), missing);
	return p;
}

static void what_is_offered_is_worked_on_until_it_is_installed(void **state)
{
	struct agent_update *i = due("", 0);

	(void)state;
	assert_non_null(i);
	assert_int_equal(i->state, AGENT_UPDATE_DOWNLOADING);
	assert_int_equal(i->since_s, NOW);
	agent_update_enter(i, AGENT_UPDATE_VERIFYING, NOW + 1);
	assert_ptr_equal(due("", 0), i);
	agent_update_enter(i, AGENT_UPDATE_UPDATING, NOW + 2);
	agent_update_done(i, NOW + 3);
	assert_int_equal(i->since_s, NOW + 3);
	assert_string_equal(i->installed, "1.0");
	assert_string_equal(i->previous, "");
	assert_null(due("", 0));
	assert_int_equal(agent_updates_wait_ms(&u, 0), -1);
}

static void the_same_offer_again_changes_nothing_of_what_is_installed(void **state)
{
	(void)state;
	agent_update_done(&u.items[0], NOW);
	unit_assert_ok(offer(2, json_pack("[o]", one("engine", "1.0", A))), &e);
	assert_int_equal(u.items[0].state, AGENT_UPDATE_CURRENT);
	assert_int_equal(u.revision, 2);
	/* how large it is may have been said wrongly */
	u.items[0].bytes = 5;
	unit_assert_ok(offer(2, json_pack("[o]", one("engine", "1.0", A))), &e);
	assert_int_equal(u.items[0].bytes, 100);
	/* another file under the same version is another package */
	unit_assert_ok(offer(3, json_pack("[o]", one("engine", "1.0", B))), &e);
	assert_int_equal(u.items[0].state, AGENT_UPDATE_DOWNLOADING);
	assert_string_equal(u.items[0].installed, "1.0");
	/* and the first one again is there already */
	unit_assert_ok(offer(4, json_pack("[o]", one("engine", "1.0", A))), &e);
	assert_int_equal(u.items[0].state, AGENT_UPDATE_CURRENT);
}

static void the_one_before_is_remembered(void **state)
{
	(void)state;
	agent_update_done(&u.items[0], NOW);
	unit_assert_ok(offer(2, json_pack("[o]", one("engine", "2.0", B))), &e);
	agent_update_done(&u.items[0], NOW);
	assert_string_equal(u.items[0].installed, "2.0");
	assert_string_equal(u.items[0].previous, "1.0");
}

static void what_is_offered_no_longer_stays_as_far_as_it_is_installed(void **state)
{
	(void)state;
	agent_update_done(&u.items[0], NOW);
	unit_assert_ok(offer(2, json_pack("[o]", one("other", "1", B))), &e);
	assert_int_equal(u.n, 2);
	assert_string_equal(u.items[1].package, "engine");
	assert_string_equal(u.items[1].version, "");
	assert_int_equal(u.items[1].state, AGENT_UPDATE_CURRENT);
	unit_assert_ok(offer(3, json_array()), &e);
	assert_int_equal(u.n, 1); /* the other one never came */
}

static void each_answer_of_the_check_has_its_consequence(void **state)
{
	static const struct {
		const char *reason, *missing;
		enum update_wait wait;
	} cases[] = {
		{"trust.root_not_in_root", "CN=Root", UPDATE_WAIT_TRUST},
		{"trust.chain_breaks", "CN=Middle", UPDATE_WAIT_TRUST},
		{"trust.chain_breaks", "", UPDATE_WAIT_OFFER},
		{"trust.expired", "", UPDATE_WAIT_CLOCK},
		{"trust.not_yet_valid", "", UPDATE_WAIT_CLOCK},
		{"trust.wrong_usage", "CN=Root", UPDATE_WAIT_OFFER},
		{"trust.disallowed", "CN=Root", UPDATE_WAIT_OFFER},
		{"package.usage", "", UPDATE_WAIT_OFFER},
		{"cms.signature", "", UPDATE_WAIT_OFFER},
		{"cms.digest", "", UPDATE_WAIT_OFFER},
		{"a.reason.of.tomorrow", "CN=Root", UPDATE_WAIT_OFFER},
	};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
		struct package_check p = check_of(cases[k].reason, cases[k].missing);
		struct agent_update i = u.items[0];

		assert_int_equal(agent_update_judge(&p), cases[k].wait);
		agent_update_judged(&i, &p, NOW + 5);
		assert_int_equal(i.state, cases[k].wait == UPDATE_WAIT_OFFER
						  ? AGENT_UPDATE_FAILED
						  : AGENT_UPDATE_UPDATING);
		assert_int_equal(i.since_s, NOW + 5);
		assert_string_equal(i.reason, cases[k].reason);
		assert_string_equal(i.missing, cases[k].missing);
	}
}

static void one_that_lacks_a_certificate_waits_for_the_trust_directory_alone(void **state)
{
	struct package_check p = check_of("trust.root_not_in_root", "CN=Root");
	struct agent_update *i = &u.items[0];

	(void)state;
	text_copy(i->judged_with, sizeof(i->judged_with), "before");
	agent_update_judged(i, &p, NOW);
	assert_null(due("before", 1 << 30));
	assert_int_equal(agent_updates_wait_ms(&u, 0), -1);
	assert_ptr_equal(due("after", 0), i);
	/* judged again with the same outcome, it hangs since then still */
	agent_update_judged(i, &p, NOW + 500);
	assert_int_equal(i->since_s, NOW);
}

static void one_whose_signer_is_not_valid_is_tried_when_the_clock_is_set(void **state)
{
	struct package_check p = check_of("trust.expired", "");
	struct agent_update *i = &u.items[0];

	(void)state;
	agent_update_judged(i, &p, NOW);
	text_copy(i->judged_with, sizeof(i->judged_with), "x");
	i->clock_ms = NOW * 1000;
	agent_update_back_off(i, 0, 0, 1023);
	assert_int_equal(i->next_ms, AGENT_UPDATE_TRY_MIN_MS);
	assert_null(due("x", i->next_ms - 1));
	assert_ptr_equal(due("x", i->next_ms), i);
	assert_ptr_equal(due("y", 0), i);
	assert_null(agent_updates_due(&u, "x", NOW * 1000 + AGENT_UPDATE_CLOCK_MOVED_MS - 1, 0));
	assert_ptr_equal(agent_updates_due(&u, "x", NOW * 1000 + AGENT_UPDATE_CLOCK_MOVED_MS, 0),
			 i);
	assert_ptr_equal(agent_updates_due(&u, "x", NOW * 1000 - AGENT_UPDATE_CLOCK_MOVED_MS, 0),
			 i);
}

static void one_that_failed_waits_for_another_offer(void **state)
{
	struct package_check p = check_of("cms.signature", "");

	(void)state;
	agent_update_judged(&u.items[0], &p, NOW);
	assert_null(due("whatever", 1 << 30));
	unit_assert_ok(offer(2, json_pack("[o]", one("engine", "1.0", A))), &e);
	assert_non_null(due("", 0));
	assert_int_equal(u.items[0].state, AGENT_UPDATE_FAILED); /* until it comes out otherwise */
	assert_string_equal(u.items[0].reason, "cms.signature");
}

static void a_server_that_is_away_is_asked_ever_more_seldom(void **state)
{
	struct agent_update *i = &u.items[0];
	int64_t last = 0;

	(void)state;
	agent_update_wait(i, UPDATE_WAIT_RETRY, "agent.unreachable", "gone", NOW);
	assert_int_equal(i->state, AGENT_UPDATE_DOWNLOADING);
	for (int n = 0; n < 40; n++) {
		agent_update_back_off(i, 0, 0, 1023);
		assert_true(i->next_ms >= last && i->next_ms <= AGENT_UPDATE_TRY_MAX_MS);
		last = i->next_ms;
	}
	assert_int_equal(last, AGENT_UPDATE_TRY_MAX_MS);
	assert_int_equal(agent_updates_wait_ms(&u, 100), last - 100);
	assert_null(due("", last - 1));
	assert_ptr_equal(due("", last), i);
	agent_update_back_off(i, 0, 7200,
			      0); /* the server says when, and half of ours comes on top */
	assert_int_equal(i->next_ms, 7200 * 1000 + AGENT_UPDATE_TRY_MAX_MS / 2);
	agent_updates_retry(&u);
	assert_ptr_equal(due("", 0), i);
}

static void is_the_same_after_a_restart(void **state)
{
	struct package_check p = check_of("trust.root_not_in_root", "CN=Root");
	struct agent_updates back;
	json_t *v AUTO_JSON = NULL;
	struct agent_update *i = &u.items[0];

	(void)state;
	agent_update_done(i, NOW);
	unit_assert_ok(offer(2, json_pack("[o]", one("engine", "2.0", B))), &e);
	p.missing_is_root = true;
	text_copy(p.missing_sha256, sizeof(p.missing_sha256), A);
	agent_update_judged(i, &p, NOW + 1);
	v = agent_updates_json(&u);
	unit_assert_ok(agent_updates_read(v, &back, &e), &e);
	assert_int_equal(back.revision, 2);
	assert_int_equal(back.n, 1);
	assert_string_equal(back.items[0].version, "2.0");
	assert_string_equal(back.items[0].sha256, B);
	assert_string_equal(back.items[0].installed, "1.0");
	assert_string_equal(back.items[0].installed_sha256, A);
	assert_int_equal(back.items[0].state, AGENT_UPDATE_UPDATING);
	assert_int_equal(back.items[0].wait, UPDATE_WAIT_TRUST);
	assert_int_equal(back.items[0].since_s, NOW + 1);
	assert_string_equal(back.items[0].missing, "CN=Root");
	assert_true(back.items[0].missing_is_root);
	assert_string_equal(back.items[0].missing_sha256, A);
	/* tried once more: certificates may have come meanwhile */
	assert_non_null(agent_updates_due(&back, "anything", 0, 0));
}

static void a_state_of_no_sound_names_is_not_read(void **state)
{
	static const char *const members[] = {"package", "version", "installed", "previous",
					      "sha256"};
	struct agent_updates back;

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(members); k++) {
		json_t *v AUTO_JSON = agent_updates_json(&u);
		json_t *i = json_array_get(json_object_get(v, "items"), 0);

		assert_int_equal(json_object_set_new(i, members[k], json_string("../../up")), 0);
		assert_false(agent_updates_read(v, &back, &e));
	}
}

static void the_package_that_matters_most_is_reported(void **state)
{
	struct package_check p = check_of("cms.signature", "");
	json_t *report AUTO_JSON = NULL, *none AUTO_JSON = NULL;
	struct agent_updates empty = AGENT_UPDATES_INIT;

	(void)state;
	unit_assert_ok(agent_updates_report(&empty, &none, &e), &e);
	assert_null(none);
	unit_assert_ok(offer(2, json_pack("[o, o, o]", one("a", "1", A), one("b", "1", B),
					  one("c", "1", A))),
		       &e);
	agent_update_done(&u.items[0], NOW);
	agent_update_judged(&u.items[1], &p, NOW);
	unit_assert_ok(agent_updates_report(&u, &report, &e), &e);
	assert_string_equal(json_string_value(json_object_get(report, "package")), "b");
	assert_string_equal(json_string_value(json_object_get(report, "state")), "failed");
	assert_true(json_is_null(json_object_get(report, "installed")));
	assert_true(json_is_null(json_object_get(report, "missing")));
}

static void an_agent_follows_so_many_packages(void **state)
{
	json_t *items = json_array(), *more;
	char name[8];

	(void)state;
	for (int n = 0; n < AGENT_UPDATES_MAX; n++) {
		(void)snprintf(name, sizeof(name), "p%d", n);
		assert_int_equal(json_array_append_new(items, one(name, "1", A)), 0);
	}
	more = json_deep_copy(items);
	unit_assert_ok(offer(2, items), &e);
	assert_int_equal(u.n, AGENT_UPDATES_MAX);
	assert_int_equal(json_array_append_new(more, one("q", "1", A)), 0);
	assert_false(offer(3, more));
	unit_assert_reason(&e, "update.offer");
	assert_int_equal(u.revision, 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_offered_is_worked_on_until_it_is_installed, begin),
		cmocka_unit_test_setup(the_same_offer_again_changes_nothing_of_what_is_installed,
				       begin),
		cmocka_unit_test_setup(the_one_before_is_remembered, begin),
		cmocka_unit_test_setup(what_is_offered_no_longer_stays_as_far_as_it_is_installed,
				       begin),
		cmocka_unit_test_setup(each_answer_of_the_check_has_its_consequence, begin),
		cmocka_unit_test_setup(
			one_that_lacks_a_certificate_waits_for_the_trust_directory_alone, begin),
		cmocka_unit_test_setup(one_whose_signer_is_not_valid_is_tried_when_the_clock_is_set,
				       begin),
		cmocka_unit_test_setup(one_that_failed_waits_for_another_offer, begin),
		cmocka_unit_test_setup(a_server_that_is_away_is_asked_ever_more_seldom, begin),
		cmocka_unit_test_setup(is_the_same_after_a_restart, begin),
		cmocka_unit_test_setup(a_state_of_no_sound_names_is_not_read, begin),
		cmocka_unit_test_setup(the_package_that_matters_most_is_reported, begin),
		cmocka_unit_test_setup(an_agent_follows_so_many_packages, begin),
	};

	return unit_run("wire/agent_updates", tests, ARRAY_LEN(tests));
}
