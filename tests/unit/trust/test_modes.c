/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "unit/trust/world.h"

#include <string.h>

#define UNTRUSTED_ROOT 2148204809u
#define CHAINING 2148204810u

/* The third-party laboratory results: what a real IIS answered. */

static void lab_bound_store_with_an_unrelated_root_refuses(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_root(&w.root);
	world_issuing(&w.ca);
	world_make(&w.mine, &(struct maker){.subject = "Other", .key = maker_key(5), .ca = true});
	w.policy.issuer_store = "MyIssuers";
	world_refuses(&w, "trust.not_in_issuer_list", 16, UNTRUSTED_ROOT);
	assert_string_equal(w.verdict->issuer_list_source, "MyIssuers");
	assert_int_equal(w.verdict->issuer_list_members, 1);
}

static void lab_root_gone_while_the_intermediate_is_listed_refuses(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_put(&w.client_auth_issuer, world_issuing(&w.ca));
	world_refuses(&w, "trust.root_not_in_root", 16, UNTRUSTED_ROOT);
	/* Also when the client sends the root along. */
	world_root(&w.chain);
	world_refuses(&w, "trust.root_not_in_root", 16, UNTRUSTED_ROOT);
}

static void lab_mode_0_without_any_issuer_store_accepts(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_root(&w.root);
	world_issuing(&w.ca);
	world_accepts(&w);
	assert_string_equal(w.verdict->issuer_list_source, "Root");
	assert_int_equal(w.verdict->paths[0].n_steps, 3);
	assert_string_equal(w.verdict->paths[0].steps[0].store, "presented");
	assert_string_equal(w.verdict->paths[0].steps[1].store, "CA");
	assert_string_equal(w.verdict->paths[0].steps[2].store, "Root");
}

static void lab_intermediate_from_the_client_accepts(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_issuing(&w.chain);
	world_root(&w.root);
	world_accepts(&w);
	assert_string_equal(w.verdict->paths[0].steps[1].store, "presented");
}

static void lab_mode_2_with_only_the_root_accepts(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_issuing(&w.ca);
	world_root(&w.mine);
	w.policy.mode = TRUST_EXCLUSIVE_CA;
	w.policy.issuer_store = "MyIssuers";
	world_accepts(&w);
}

static void lab_mode_1_with_only_the_intermediate_refuses(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_put(&w.mine, world_issuing(&w.ca));
	world_root(&w.root);
	w.policy.mode = TRUST_EXCLUSIVE_ROOT;
	w.policy.issuer_store = "MyIssuers";
	world_refuses(&w, "trust.not_in_issuer_list", 16, UNTRUSTED_ROOT);
}

static void lab_revocation_on_without_lists_refuses(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_root(&w.root);
	world_issuing(&w.ca);
	w.policy.revocation = REVOCATION_CHECK;
	world_refuses(&w, "trust.revocation_unknown", 13, 2148081682u);
}

static void lab_revocation_off_accepts(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_root(&w.root);
	world_issuing(&w.ca);
	w.policy.revocation = REVOCATION_OFF;
	world_accepts(&w);
}

/* KB 2802568 */
static void a_misplaced_intermediate_in_root_shuts_everybody_out(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_root(&w.root);
	world_issuing(&w.ca);
	world_make(&w.root, &(struct maker){.subject = "Stray",
					    .issuer = "Elsewhere",
					    .key = maker_key(5),
					    .signer = maker_key(6),
					    .ca = true});
	world_refuses(&w, "trust.root_store_mixed", 16, UNTRUSTED_ROOT);
	assert_true(w.verdict->root_store_is_mixed);
	assert_int_equal(w.verdict->issuer_list_members, 1);
	/* A chain through the misplaced one passes, and mode 2 cures them all. */
	world_issuing(&w.root);
	world_accepts(&w);
	cert_unref(w.root.items[--w.root.n]);
	w.policy.mode = TRUST_EXCLUSIVE_CA;
	world_accepts(&w);
	/* A list of its own hides the fault of Root. */
	w.policy.mode = TRUST_MACHINE;
	world_put(&w.client_auth_issuer, w.ca.items[0]);
	world_accepts(&w);
}

static void equal_names_do_not_make_a_root(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_issuing(&w.ca);
	/* Issuer and subject "Root", but signed by another key: it is no anchor, and mixes the store. */
	world_make(&w.root, &(struct maker){.subject = "Root",
					    .issuer = "Root",
					    .key = maker_key(0),
					    .signer = maker_key(7),
					    .ca = true});
	world_refuses(&w, "trust.chain_breaks", 16, CHAINING);
	assert_true(w.verdict->root_store_is_mixed);
}

static void a_fake_root_of_the_same_name_opens_nothing(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_issuing(&w.chain);
	world_make(&w.root,
		   &(struct maker){
			   .subject = "Root", .key = maker_key(7), .ca = true, .no_key_ids = true});
	world_refuses(&w, "trust.bad_signature", 16, 2148098052u);
	/* The real one beside it is found whatever the order. */
	world_root(&w.root);
	world_accepts(&w);
}

static void mode_1_ignores_root_when_a_store_is_bound(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_issuing(&w.ca);
	world_root(&w.root);
	w.policy.mode = TRUST_EXCLUSIVE_ROOT;
	w.policy.issuer_store = "MyIssuers";
	world_accepts(&w); /* an empty store counts as none */
	world_make(&w.mine, &(struct maker){.subject = "Other", .key = maker_key(5), .ca = true});
	world_refuses(&w, "trust.not_in_issuer_list", 16, UNTRUSTED_ROOT);
	world_root(&w.mine);
	world_accepts(&w);
}

static void mode_2_stops_at_an_intermediate_and_does_not_look_above(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_make(&w.mine, &(struct maker){.subject = "Issuing",
					    .issuer = "Root",
					    .key = maker_key(1),
					    .signer = maker_key(0),
					    .ca = true,
					    .broken_signature = true});
	w.policy.mode = TRUST_EXCLUSIVE_CA;
	w.policy.issuer_store = "MyIssuers";
	world_accepts(&w);
	assert_int_equal(w.verdict->paths[0].n_steps, 2);
	/* What is no CA is no anchor there. */
	w.policy.issuer_store = "TrustedPeople";
	world_put(&w.people, w.chain.items[0]);
	world_refuses(&w, "trust.chain_breaks", 16, CHAINING);
}

static void trusted_people_never_make_a_client_trusted(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_put(&w.people, world_alice(&w.chain));
	world_root(&w.root);
	world_refuses(&w, "trust.chain_breaks", 16, CHAINING);
}

static void disallowed_is_final_on_the_leaf_and_rules_out_paths_on_a_ca(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	struct cert *alice = world_alice(&w.chain);
	world_root(&w.root);
	world_put(&w.disallowed, world_issuing(&w.ca));
	world_refuses(&w, "trust.disallowed", 16, 2148204817u);
	/* The same CA by another certificate is another path. */
	world_make(&w.ca, &(struct maker){.subject = "Issuing",
					  .issuer = "Root",
					  .key = maker_key(1),
					  .signer = maker_key(0),
					  .ca = true});
	world_accepts(&w);
	world_put(&w.disallowed, alice);
	world_refuses(&w, "trust.disallowed", 16, 2148204817u);
	assert_int_equal(w.verdict->paths[0].n_steps, 1);
}

static void an_empty_chain_is_403_7(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_root(&w.root);
	world_refuses(&w, "trust.no_certificate", 7, 5);
}

static void tells_a_chain_that_breaks_from_one_with_a_strange_root(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_root(&w.root);
	world_refuses(&w, "trust.chain_breaks", 16, CHAINING);
	world_issuing(&w.chain);
	world_accepts(&w);
	cert_list_clear(&w.root);
	world_refuses(&w, "trust.chain_breaks", 16, CHAINING);
	world_root(&w.chain);
	world_refuses(&w, "trust.root_not_in_root", 16, UNTRUSTED_ROOT);
	assert_false(w.verdict->paths[0].complete);
	assert_int_equal(w.verdict->paths[0].fault_step, 2);
}

static void a_self_signed_client_in_root_is_its_own_path(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	struct cert *self = world_make(
		&w.chain,
		&(struct maker){.subject = "Solo", .key = maker_key(5), .client_auth = true});
	world_refuses(&w, "trust.root_not_in_root", 16, UNTRUSTED_ROOT);
	world_put(&w.root, self);
	world_accepts(&w);
	world_put(&w.disallowed, self);
	world_refuses(&w, "trust.disallowed", 16, 2148204817u);
}

static void an_unreadable_certificate_has_its_verdict(void **state)
{
	struct verdict *v = NULL;
	struct err e = ERR_INIT;
	(void)state;
	unit_assert_ok(verdict_unreadable("no SEQUENCE", &v, &e), &e);
	assert_false(v->accept);
	assert_string_equal(v->reason, "x509.corrupt");
	assert_int_equal(v->substatus, 16);
	assert_non_null(strstr(v->explanation, "no SEQUENCE"));
	verdict_free(v);
}

/* So that who reads the stores anew parses only what is new. */
static void a_view_knows_by_their_octets_what_it_holds(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	struct trust_view *v = NULL;
	struct err e = ERR_INIT;
	uint8_t other[4096];
	(void)state;
	struct cert *root = world_root(&w.root), *issuing = world_issuing(&w.ca);
	const struct trust_store stores[] = {{.name = "Root", .certs = &w.root},
					     {.name = "CA", .certs = &w.root}};
	unit_assert_ok(trust_view_new(stores, 2, NULL, 0, &v, &e), &e);
	struct span der = span_of(root->der, root->der_len);
	assert_ptr_equal(trust_view_known_cert(v, root->sha256, der), root);
	assert_null(
		trust_view_known_cert(v, issuing->sha256, span_of(issuing->der, issuing->der_len)));
	assert_true(root->der_len < sizeof other);
	memcpy(other, root->der, root->der_len);
	other[root->der_len - 1] ^= 1; /* a row that was tampered with keeps its name */
	assert_null(trust_view_known_cert(v, root->sha256, span_of(other, root->der_len)));
	assert_null(trust_view_known_crl(v, der));
	trust_view_unref(v);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lab_bound_store_with_an_unrelated_root_refuses),
		cmocka_unit_test(lab_root_gone_while_the_intermediate_is_listed_refuses),
		cmocka_unit_test(lab_mode_0_without_any_issuer_store_accepts),
		cmocka_unit_test(lab_intermediate_from_the_client_accepts),
		cmocka_unit_test(lab_mode_2_with_only_the_root_accepts),
		cmocka_unit_test(lab_mode_1_with_only_the_intermediate_refuses),
		cmocka_unit_test(lab_revocation_on_without_lists_refuses),
		cmocka_unit_test(lab_revocation_off_accepts),
		cmocka_unit_test(a_misplaced_intermediate_in_root_shuts_everybody_out),
		cmocka_unit_test(equal_names_do_not_make_a_root),
		cmocka_unit_test(a_fake_root_of_the_same_name_opens_nothing),
		cmocka_unit_test(mode_1_ignores_root_when_a_store_is_bound),
		cmocka_unit_test(mode_2_stops_at_an_intermediate_and_does_not_look_above),
		cmocka_unit_test(trusted_people_never_make_a_client_trusted),
		cmocka_unit_test(disallowed_is_final_on_the_leaf_and_rules_out_paths_on_a_ca),
		cmocka_unit_test(an_empty_chain_is_403_7),
		cmocka_unit_test(tells_a_chain_that_breaks_from_one_with_a_strange_root),
		cmocka_unit_test(a_self_signed_client_in_root_is_its_own_path),
		cmocka_unit_test(an_unreadable_certificate_has_its_verdict),
		cmocka_unit_test(a_view_knows_by_their_octets_what_it_holds),
	};
	int failed = unit_run("trust/modes", tests, ARRAY_LEN(tests));
	maker_free_keys();
	return failed;
}
