/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "unit/trust/world.h"
#include "x509/oid.h"

#define REVOKED 2148081680u
#define NOTHING 2148081682u
#define OFFLINE 2148081683u

static const struct maker_entry alice[] = {{3, 1}};
static const struct maker_entry alice_removed[] = {{3, 8}};
static const struct maker_entry alice_on_hold[] = {{3, 6}};
static const struct maker_entry issuing[] = {{2, 2}};

static void usual(struct world *w)
{
	world_alice(&w->chain);
	world_issuing(&w->ca);
	world_root(&w->root);
	w->policy.revocation = REVOCATION_CHECK;
}

static void add(struct world *w, struct maker_crl m)
{
	w->crls[w->n_crls++] = maker_crl(&m);
}

static void forget(struct world *w)
{
	while (w->n_crls > 0)
		crl_unref(w->crls[--w->n_crls]);
}

static void add_root_list(struct world *w)
{
	add(w, (struct maker_crl){.issuer = "Root", .signer = maker_key(0)});
}

static void fresh_lists_of_all_issuers_let_pass(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	usual(&w);
	add_root_list(&w);
	world_refuses(&w, "trust.revocation_unknown", 13, NOTHING);
	add(&w, (struct maker_crl){.issuer = "Issuing", .signer = maker_key(1)});
	world_accepts(&w);
}

static void revoked_is_revoked_on_every_step(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	usual(&w);
	add_root_list(&w);
	add(&w,
	    (struct maker_crl){
		    .issuer = "Issuing", .signer = maker_key(1), .entries = alice, .n_entries = 1});
	world_refuses(&w, "trust.revoked", 13, REVOKED);
	assert_int_equal(w.verdict->paths[0].fault_step, 0);
	forget(&w);
	add(&w, (struct maker_crl){.issuer = "Issuing", .signer = maker_key(1)});
	add(&w,
	    (struct maker_crl){
		    .issuer = "Root", .signer = maker_key(0), .entries = issuing, .n_entries = 1});
	world_refuses(&w, "trust.revoked", 13, REVOKED);
	assert_int_equal(w.verdict->paths[0].fault_step, 1);
	/* Exclusive CA trust does not ask about its anchor. */
	w.policy.mode = TRUST_EXCLUSIVE_CA;
	w.policy.issuer_store = "MyIssuers";
	world_put(&w.mine, w.ca.items[0]);
	world_accepts(&w);
}

static void a_stale_list_is_offline_but_still_revokes(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	struct maker_crl stale = {
		.issuer = "Issuing", .signer = maker_key(1), .next_update_s = MAKER_NOW - 1};
	(void)state;
	usual(&w);
	add_root_list(&w);
	add(&w, stale);
	world_refuses(&w, "trust.revocation_offline", 13, OFFLINE);
	w.policy.revocation = REVOCATION_SOFT;
	world_accepts(&w);
	stale.entries = alice;
	stale.n_entries = 1;
	forget(&w);
	add_root_list(&w);
	add(&w, stale);
	world_refuses(&w, "trust.revoked", 13, REVOKED);
}

static void the_last_good_list_speaks_on_where_the_policy_says_so(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	struct maker_crl stale = {
		.issuer = "Issuing", .signer = maker_key(1), .next_update_s = MAKER_NOW - 1};
	(void)state;
	usual(&w);
	w.policy.revocation = REVOCATION_LAST_GOOD;
	add_root_list(&w);
	world_refuses(&w, "trust.revocation_unknown", 13, NOTHING);
	add(&w, stale);
	world_accepts(&w);
	w.policy.revocation = REVOCATION_CHECK;
	world_refuses(&w, "trust.revocation_offline", 13, OFFLINE);
}

static void a_list_lapses_when_its_freshness_is_over(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	usual(&w);
	add_root_list(&w);
	add(&w, (struct maker_crl){.issuer = "Issuing", .signer = maker_key(1)});
	w.policy.crl_freshness_s = 3600;
	world_refuses(&w, "trust.revocation_offline", 13, OFFLINE); /* issued in 2025 */
	w.crls_checked_s = MAKER_NOW - 3600;
	world_accepts(&w);
	w.crls_checked_s = MAKER_NOW - 3601;
	world_refuses(&w, "trust.revocation_offline", 13, OFFLINE);
	w.policy.crl_freshness_s = 0;
	world_accepts(&w);
}

static void a_list_of_tomorrow_says_nothing_today(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	usual(&w);
	add_root_list(&w);
	add(&w, (struct maker_crl){.issuer = "Issuing",
				   .signer = maker_key(1),
				   .this_update_s = MAKER_NOW + 1});
	world_refuses(&w, "trust.revocation_offline", 13, OFFLINE);
}

static void a_forged_list_says_nothing(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	usual(&w);
	add_root_list(&w);
	add(&w, (struct maker_crl){.issuer = "Issuing", .signer = maker_key(5)});
	world_refuses(&w, "trust.revocation_offline", 13, OFFLINE);
}

static void a_missing_list_that_is_pointed_to_is_offline(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	struct maker m = {.subject = "Alice",
			  .issuer = "Root",
			  .key = maker_key(2),
			  .signer = maker_key(0),
			  .client_auth = true,
			  .n_extensions = 1};
	(void)state;
	m.extensions[0] = (struct maker_extension){
		OID_LITERAL(OID_CE("\x1f")),
		span_of("\x30\x0d\x30\x0b\xa0\x09\xa0\x07\x86\x05http:", 15), false};
	world_make(&w.chain, &m);
	world_root(&w.root);
	w.policy.revocation = REVOCATION_CHECK;
	world_refuses(&w, "trust.revocation_offline", 13, OFFLINE);
}

static void the_latest_list_counts(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	usual(&w);
	add_root_list(&w);
	add(&w, (struct maker_crl){.issuer = "Issuing",
				   .signer = maker_key(1),
				   .this_update_s = MAKER_NOW - 2000,
				   .entries = alice_on_hold,
				   .n_entries = 1});
	world_refuses(&w, "trust.revoked", 13, REVOKED);
	add(&w, (struct maker_crl){.issuer = "Issuing",
				   .signer = maker_key(1),
				   .this_update_s = MAKER_NOW - 1000,
				   .number = 2});
	world_accepts(&w);
}

static void a_delta_revokes_and_releases(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	struct maker_crl base = {.issuer = "Issuing", .signer = maker_key(1), .number = 5};
	struct maker_crl delta = {.issuer = "Issuing",
				  .signer = maker_key(1),
				  .number = 6,
				  .base_number = 5,
				  .entries = alice,
				  .n_entries = 1};
	(void)state;
	usual(&w);
	add_root_list(&w);
	add(&w, base);
	world_accepts(&w);
	add(&w, delta);
	world_refuses(&w, "trust.revoked", 13, REVOKED);
	forget(&w);
	add_root_list(&w);
	base.entries = alice_on_hold;
	base.n_entries = 1;
	delta.entries = alice_removed;
	add(&w, base);
	world_refuses(&w, "trust.revoked", 13, REVOKED);
	add(&w, delta);
	world_accepts(&w);
	/* A delta without its base covers nothing. */
	forget(&w);
	add_root_list(&w);
	add(&w, delta);
	world_refuses(&w, "trust.revocation_offline", 13, OFFLINE);
}

static void lists_for_some_reasons_add_up(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	struct maker_crl some = {.issuer = "Issuing", .signer = maker_key(1), .n_extensions = 1};
	struct maker_crl rest = some;
	(void)state;
	some.extensions[0] = (struct maker_extension){OID_LITERAL(OID_CE("\x1c")),
						      span_of("\x30\x04\x83\x02\x05\x60", 6), true};
	rest.extensions[0] = (struct maker_extension){
		OID_LITERAL(OID_CE("\x1c")), span_of("\x30\x05\x83\x03\x07\x9f\x80", 7), true};
	usual(&w);
	add_root_list(&w);
	add(&w, some);
	world_refuses(&w, "trust.revocation_offline", 13, OFFLINE);
	add(&w, rest);
	world_accepts(&w);
}

static void another_key_of_the_issuer_signs_when_it_has_a_path(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	struct maker signer = {.subject = "Issuing",
			       .issuer = "Root",
			       .key = maker_key(6),
			       .signer = maker_key(0),
			       .serial = 9,
			       .ca = true};
	static const struct maker_entry nine[] = {{9, 1}};
	(void)state;
	usual(&w);
	add_root_list(&w);
	add(&w, (struct maker_crl){.issuer = "Issuing", .signer = maker_key(6)});
	world_refuses(&w, "trust.revocation_offline", 13, OFFLINE);
	world_make(&w.ca, &signer);
	world_accepts(&w);
	/* Its own status counts. */
	crl_unref(w.crls[0]);
	w.crls[0] = maker_crl(&(struct maker_crl){
		.issuer = "Root", .signer = maker_key(0), .entries = nine, .n_entries = 1});
	world_refuses(&w, "trust.revocation_offline", 13, OFFLINE);
	/* And so does its anchor. */
	crl_unref(w.crls[0]);
	w.crls[0] = maker_crl(&(struct maker_crl){.issuer = "Root", .signer = maker_key(0)});
	cert_unref(w.ca.items[--w.ca.n]);
	signer.issuer = "Other";
	signer.signer = maker_key(7);
	world_make(&w.ca, &signer);
	world_make(&w.root, &(struct maker){.subject = "Other", .key = maker_key(7), .ca = true});
	add(&w, (struct maker_crl){.issuer = "Other", .signer = maker_key(7)});
	world_refuses(&w, "trust.revocation_offline", 13, OFFLINE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(fresh_lists_of_all_issuers_let_pass),
		cmocka_unit_test(revoked_is_revoked_on_every_step),
		cmocka_unit_test(a_stale_list_is_offline_but_still_revokes),
		cmocka_unit_test(a_list_of_tomorrow_says_nothing_today),
		cmocka_unit_test(a_forged_list_says_nothing),
		cmocka_unit_test(a_missing_list_that_is_pointed_to_is_offline),
		cmocka_unit_test(the_latest_list_counts),
		cmocka_unit_test(the_last_good_list_speaks_on_where_the_policy_says_so),
		cmocka_unit_test(a_list_lapses_when_its_freshness_is_over),
		cmocka_unit_test(a_delta_revokes_and_releases),
		cmocka_unit_test(lists_for_some_reasons_add_up),
		cmocka_unit_test(another_key_of_the_issuer_signs_when_it_has_a_path),
	};
	int failed = unit_run("trust/revocation", tests, ARRAY_LEN(tests));
	maker_free_keys();
	return failed;
}
