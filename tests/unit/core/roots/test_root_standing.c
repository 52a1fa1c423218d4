/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "lib/core_fixture.h"
#include "lib/unit.h"

#include "core/roots/root_catalogue.h"
#include "core/roots/root_deploy.h"
#include "core/roots/root_inventory.h"
#include "core/roots/root_policy.h"
#include "core/roots/root_standing.h"
#include "store/root_inventories.h"

/*
 * Where a certificate lies, and what that is worth.
 */
static void tells_each_standing_by_where_the_certificate_lies(void **state)
{
	static const struct {
		enum root_place wanted;
		bool has_digest;
		unsigned lies_in;
		enum root_standing standing;
	} cases[] = {
		{PLACE_ROOT, true, 0, ROOT_MISSING},
		{PLACE_ROOT, true, PLACE_BIT(PLACE_ROOT), ROOT_HELD},
		{PLACE_ROOT, true, PLACE_BIT(PLACE_CA), ROOT_MISPLACED},
		{PLACE_CA, true, PLACE_BIT(PLACE_CA), ROOT_HELD},
		{PLACE_CA, true, PLACE_BIT(PLACE_ROOT), ROOT_MISPLACED},
		{PLACE_CA, true, PLACE_BIT(PLACE_ROOT) | PLACE_BIT(PLACE_CA), ROOT_HELD},
		{PLACE_ROOT, true, PLACE_BIT(PLACE_DISALLOWED), ROOT_DISTRUSTED},
		{PLACE_ROOT, true, PLACE_BIT(PLACE_ROOT) | PLACE_BIT(PLACE_DISALLOWED),
		 ROOT_DISTRUSTED},
		{PLACE_ROOT, false, 0, ROOT_UNCONFIRMED},
		{PLACE_ROOT, false, PLACE_BIT(PLACE_ROOT), ROOT_UNCONFIRMED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(
			root_standing_of(cases[i].wanted, cases[i].has_digest, cases[i].lies_in),
			cases[i].standing);
}

static void letters_and_names_lead_back(void **state)
{
	enum root_standing s;
	enum root_place p;

	(void)state;
	for (int i = 0; i < ROOT_STANDINGS; i++) {
		enum root_standing is = (enum root_standing)i;

		assert_int_equal(root_standing_from(root_standing_letter(is)), is);
		assert_true(root_standing_parse(root_standing_name(is), &s));
		assert_int_equal(s, is);
		for (int j = 0; j < i; j++)
			assert_int_not_equal(root_standing_letter((enum root_standing)j),
					     root_standing_letter(is));
	}
	assert_int_equal(root_standing_from('\0'), ROOT_MISSING);
	assert_int_equal(root_standing_from('x'), ROOT_MISSING);
	assert_false(root_standing_parse("lost", &s));
	assert_true(root_place_parse("Disallowed", &p) && p == PLACE_DISALLOWED);
	assert_false(root_place_parse("My", &p));
	assert_false(root_place_parse("root", &p));
}

static void only_what_is_nowhere_or_elsewhere_is_lacking(void **state)
{
	(void)state;
	for (int i = 0; i < ROOT_STANDINGS; i++)
		assert_int_equal(root_standing_lacks((enum root_standing)i),
				 i == ROOT_MISSING || i == ROOT_MISPLACED);
}

static void the_clock_and_a_missing_digest_have_their_say(void **state)
{
	struct root_entry r = {.has_digest = true};
	char held = root_standing_letter(ROOT_HELD);

	(void)state;
	assert_int_equal(root_catalogue_standing(&r, held), ROOT_HELD);
	assert_int_equal(root_catalogue_standing(&r, '?'), ROOT_UNKNOWN);
	r.expired = true;
	assert_int_equal(root_catalogue_standing(&r, held), ROOT_EXPIRED);
	assert_int_equal(root_catalogue_standing(&r, root_standing_letter(ROOT_MISSING)),
			 ROOT_MISSING);
	r.has_digest = false;
	assert_int_equal(root_catalogue_standing(&r, '?'), ROOT_UNCONFIRMED);
}

static void members_are_read_within_their_bytes(void **state)
{
	static const uint8_t bytes[] = {1, 2, 3, 4, PLACE_CA, 255, 255, 255, 255, ROOT_PLACES, 9};
	struct inventory_member m = {.certificate = -1};

	(void)state;
	assert_true(inventory_member_at(span_of(bytes, sizeof(bytes)), 0, &m));
	assert_int_equal(m.certificate, 0x04030201);
	assert_int_equal(m.place, PLACE_CA);
	assert_false(inventory_member_at(span_of(bytes, sizeof(bytes)), 1, &m)); /* no such place */
	assert_false(inventory_member_at(span_of(bytes, sizeof(bytes)), 2, &m)); /* cut */
	assert_int_equal(m.certificate, 0x04030201);
	assert_false(inventory_member_at(span_of(NULL, 0), 0, &m));
}

static void the_agents_policy_counts_unless_it_is_not_configured(void **state)
{
	enum root_policy p;
	struct err e = ERR_INIT;

	(void)state;
	for (int own = 0; own < ROOT_POLICIES; own++)
		for (int server = 0; server < ROOT_POLICIES; server++)
			assert_int_equal(root_policy_effective((enum root_policy)own,
							       (enum root_policy)server),
					 own == ROOT_POLICY_NOT_CONFIGURED ? server : own);
	assert_true(root_policy_parse("on", &p, &e) && p == ROOT_POLICY_ON);
	assert_false(root_policy_parse("On", &p, &e));
	assert_int_equal(root_policy_from(7), ROOT_POLICY_NOT_CONFIGURED);
}

static void each_door_asks_who_it_is(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	const struct root_deploy all = {.dry_run = true};
	struct err e = ERR_INIT;
	json_t *out = NULL;

	(void)state;
	assert_false(root_policy_set(c, &fixture_operator, NULL, ROOT_POLICY_ON, &e));
	unit_assert_reason(&e, "auth.role");
	assert_false(root_policy_set(c, &fixture_operator, "0", ROOT_POLICY_ON, &e));
	unit_assert_reason(&e, "auth.role");
	assert_false(
		root_policy_import(c, &fixture_operator, span_str("REGEDIT4"), NULL, &out, &e));
	unit_assert_reason(&e, "auth.role");
	assert_false(root_deploy(c, &fixture_viewer, &all, &out, &e));
	unit_assert_reason(&e, "auth.role");
	assert_null(out);
	unit_assert_ok(root_deploy(c, &fixture_operator, &all, &out, &e), &e);
	json_decref(out);
}

static int64_t revision(struct core *c)
{
	struct err e = ERR_INIT;
	int64_t n = 0;

	unit_assert_ok(root_offer_revision(c, &n, &e), &e);
	return n;
}

/* Nobody changes anything: its time is over, and agents are told so. */
static void what_expires_is_no_longer_offered(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *imported AUTO_JSON = fixture_import(c, "root.crt", "Root");
	const struct required_root_edit entry = {
		.name = "Ours", .store = "Root", .sha256 = fixture_id("root.crt")};
	json_t *made AUTO_JSON = NULL, *offer AUTO_JSON = NULL, *later AUTO_JSON = NULL;
	struct buf file AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	int64_t before;

	(void)state;
	unit_assert_ok(required_root_add(c, &fixture_admin, &entry, &made, &e), &e);
	unit_assert_ok(root_offer(c, &offer, &e), &e);
	assert_int_equal(fixture_count(offer, "items"), 1);
	assert_non_null(fixture_item(offer, "items", fixture_id("root.crt")));
	before = revision(c);
	fixture_set_now(core_now_s(c) + 3600);
	assert_int_equal(revision(c), before);
	fixture_set_now(core_now_s(c) + INT64_C(100) * 366 * 86400);
	assert_true(revision(c) > before);
	unit_assert_ok(root_offer(c, &later, &e), &e);
	assert_int_equal(fixture_count(later, "items"), 0);
	assert_false(root_offered_file(c, fixture_id("root.crt"), &file, &e));
	unit_assert_reason(&e, "root.not_offered");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_each_standing_by_where_the_certificate_lies),
		cmocka_unit_test(letters_and_names_lead_back),
		cmocka_unit_test(only_what_is_nowhere_or_elsewhere_is_lacking),
		cmocka_unit_test(the_clock_and_a_missing_digest_have_their_say),
		cmocka_unit_test(members_are_read_within_their_bytes),
		cmocka_unit_test(the_agents_policy_counts_unless_it_is_not_configured),
		cmocka_unit_test(each_door_asks_who_it_is),
		cmocka_unit_test(what_expires_is_no_longer_offered),
	};

	return unit_run("core/root_standing", tests, ARRAY_LEN(tests));
}
