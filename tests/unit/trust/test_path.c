/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/mem.h"
#include "unit/trust/world.h"
#include "x509/oid.h"

#include <string.h>

/* Checks on a path: each test breaks one thing on the usual three, and cures it. */

static void usual(struct world *w)
{
	world_alice(&w->chain);
	world_issuing(&w->ca);
	world_root(&w->root);
}

static struct cert *issuing_with(struct cert_list *list, struct maker m)
{
	m.subject = "Issuing";
	m.issuer = "Root";
	m.key = maker_key(1);
	m.signer = maker_key(0);
	return world_make(list, &m);
}

static struct cert *alice_with(struct cert_list *list, struct maker m)
{
	m.subject = "Alice";
	m.issuer = "Issuing";
	m.key = maker_key(2);
	m.signer = maker_key(1);
	return world_make(list, &m);
}

static void expired_and_not_yet_valid_are_403_17_wherever_they_are(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	usual(&w);
	w.now_s = INT64_C(2493072000);
	world_accepts(&w); /* the last second counts */
	w.now_s++;
	world_refuses(&w, "trust.expired", 17, 2148204801u);
	w.now_s = INT64_C(1577836800);
	world_accepts(&w);
	w.now_s--;
	world_refuses(&w, "trust.not_yet_valid", 17, 2148204801u);
	w.now_s = MAKER_NOW;
	cert_list_clear(&w.ca);
	issuing_with(&w.ca, (struct maker){.ca = true, .not_after_s = MAKER_NOW - 1});
	world_refuses(&w, "trust.expired", 17, 2148204801u);
	assert_int_equal(w.verdict->paths[0].fault_step, 1);
	/* The fresh one beside it is taken. */
	world_issuing(&w.chain);
	world_accepts(&w);
}

static void refuses_a_broken_signature(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	alice_with(&w.chain, (struct maker){.client_auth = true, .broken_signature = true});
	world_issuing(&w.ca);
	world_root(&w.root);
	world_refuses(&w, "trust.bad_signature", 16, 2148098052u);
}

static void refuses_an_issuer_that_is_no_ca(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_root(&w.root);
	issuing_with(&w.ca, (struct maker){.client_auth = true});
	world_refuses(&w, "trust.basic_constraints", 16, 2148098073u);
	cert_list_clear(&w.ca);
	issuing_with(&w.ca, (struct maker){.version = 1});
	world_refuses(&w, "trust.basic_constraints", 16, 2148098073u);
}

static void takes_a_root_of_version_1(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_issuing(&w.ca);
	world_make(&w.root, &(struct maker){.subject = "Root", .key = maker_key(0), .version = 1});
	world_accepts(&w);
	/* But not one that says it is none. */
	cert_list_clear(&w.root);
	struct maker denies = {.subject = "Root", .key = maker_key(0), .n_extensions = 1};
	denies.extensions[0] =
		(struct maker_extension){OID_LITERAL(OID_CE("\x13")), span_of("\x30\x00", 2), true};
	world_make(&w.root, &denies);
	world_refuses(&w, "trust.basic_constraints", 16, 2148098073u);
}

static void counts_path_lengths_without_self_issued_certificates(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_root(&w.root);
	issuing_with(&w.ca, (struct maker){.ca = true, .path_len = 1});
	alice_with(&w.chain, (struct maker){.client_auth = true});
	world_accepts(&w);
	/* Self-issued: does not count. */
	world_make(&w.ca, &(struct maker){.subject = "Issuing",
					  .issuer = "Issuing",
					  .key = maker_key(3),
					  .signer = maker_key(1),
					  .ca = true});
	cert_list_clear(&w.chain);
	world_make(&w.chain, &(struct maker){.subject = "Alice",
					     .issuer = "Issuing",
					     .key = maker_key(2),
					     .signer = maker_key(3),
					     .client_auth = true});
	world_accepts(&w);
	assert_int_equal(w.verdict->paths[0].n_steps, 4);
	/* Another name: counts. */
	world_make(&w.ca, &(struct maker){.subject = "Sub",
					  .issuer = "Issuing",
					  .key = maker_key(4),
					  .signer = maker_key(1),
					  .ca = true});
	cert_list_clear(&w.chain);
	world_make(&w.chain, &(struct maker){.subject = "Alice",
					     .issuer = "Sub",
					     .key = maker_key(2),
					     .signer = maker_key(4),
					     .client_auth = true});
	world_refuses(&w, "trust.path_length", 16, 2148098073u);
}

static void counts_the_certificates_between_leaf_and_anchor(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	usual(&w);
	w.policy.max_depth = 1;
	world_accepts(&w);
	w.policy.max_depth = 0;
	world_refuses(&w, "trust.max_depth", 16, 2148098073u);
}

static void wants_the_purpose_along_the_whole_chain(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_root(&w.root);
	world_issuing(&w.ca);
	alice_with(&w.chain, (struct maker){.server_auth = true});
	world_refuses(&w, "trust.wrong_usage", 16, 2148204816u);
	w.policy.check_usage = false;
	world_accepts(&w);
	w.policy.check_usage = true;
	w.policy.purpose = PURPOSE_SERVER;
	world_accepts(&w);
	w.policy.purpose = PURPOSE_CLIENT;
	cert_list_clear(&w.chain);
	world_alice(&w.chain);
	cert_list_clear(&w.ca);
	issuing_with(&w.ca, (struct maker){.ca = true, .server_auth = true});
	world_refuses(&w, "trust.wrong_usage", 16, 2148204816u);
	assert_int_equal(w.verdict->paths[0].fault_step, 1);
}

static void an_empty_usage_list_is_for_everything(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	struct maker m = {.n_extensions = 1};
	(void)state;
	m.extensions[0] = (struct maker_extension){OID_LITERAL(OID_CE("\x25")),
						   span_of("\x30\x00", 2), false};
	alice_with(&w.chain, m);
	world_issuing(&w.ca);
	world_root(&w.root);
	world_accepts(&w);
}

static void refuses_critical_extensions_that_nobody_knows(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	struct maker m = {.client_auth = true, .n_extensions = 1};
	(void)state;
	m.extensions[0] =
		(struct maker_extension){OID_LITERAL("\x2a\x03\x04"), span_of("\x05\x00", 2), true};
	alice_with(&w.chain, m);
	world_issuing(&w.ca);
	world_root(&w.root);
	world_refuses(&w, "trust.unknown_critical", 16, 2148204805u);
	cert_list_clear(&w.chain);
	m.extensions[0].critical = false;
	alice_with(&w.chain, m);
	world_accepts(&w);
}

static void refuses_an_extension_that_is_there_twice(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	struct maker m = {.client_auth = true, .n_extensions = 1};
	(void)state;
	m.extensions[0] = (struct maker_extension){
		OID_LITERAL(OID_CE("\x25")),
		span_of("\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01", 12), false};
	alice_with(&w.chain, m);
	world_issuing(&w.ca);
	world_root(&w.root);
	world_refuses(&w, "trust.malformed", 16, 2148204805u);
}

static void matches_the_peer_name_by_alternative_names_alone(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	usual(&w);
	w.policy.name_kind = NAME_DNS;
	w.policy.name = "alice.test";
	world_accepts(&w);
	w.policy.name = "bob.test";
	world_refuses(&w, "name.no_match", 16, 2148204815u);
	w.policy.name = "Alice";
	world_refuses(&w, "name.cn_only", 16, 2148204815u);
	w.policy.name_kind = NAME_IP;
	w.policy.name = "192.0.2.1";
	world_refuses(&w, "name.no_match", 16, 2148204815u);
}

static void takes_the_cross_certificate_that_leads_somewhere(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_root(&w.root);
	/* Three dead ends of the same name and key, then the way up. */
	for (size_t i = 0; i < 3; i++)
		world_make(&w.ca, &(struct maker){.subject = "Issuing",
						  .issuer = "Nowhere",
						  .key = maker_key(1),
						  .signer = maker_key(5),
						  .ca = true});
	world_refuses(&w, "trust.chain_breaks", 16, 2148204810u);
	assert_int_equal(w.verdict->n_paths, 3);
	world_issuing(&w.ca);
	world_accepts(&w);
}

static void survives_certificates_that_issue_one_another(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_make(&w.chain, &(struct maker){.subject = "Issuing",
					     .issuer = "Loop",
					     .key = maker_key(1),
					     .signer = maker_key(5),
					     .ca = true});
	world_make(&w.chain, &(struct maker){.subject = "Loop",
					     .issuer = "Issuing",
					     .key = maker_key(5),
					     .signer = maker_key(1),
					     .ca = true});
	world_root(&w.root);
	world_refuses(&w, "trust.chain_breaks", 16, 2148204810u);
}

static void the_stored_ca_certificate_speaks_for_its_ca(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_root(&w.mine);
	w.policy.mode = TRUST_EXCLUSIVE_ROOT;
	w.policy.issuer_store = "MyIssuers";
	issuing_with(&w.mine, (struct maker){.ca = true, .server_auth = true});
	world_issuing(&w.chain);
	world_refuses(&w, "trust.wrong_usage", 16, 2148204816u);
}

static void strict_wants_what_rfc_5280_demands(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	usual(&w);
	w.policy.profile = PROFILE_STRICT;
	world_accepts(&w);
	cert_list_clear(&w.chain);
	alice_with(&w.chain, (struct maker){.client_auth = true, .no_key_ids = true});
	world_refuses(&w, "trust.key_identifier", 16, 2148204810u);
	w.policy.profile = PROFILE_DEFAULT;
	world_accepts(&w);
	cert_list_clear(&w.chain);
	alice_with(&w.chain, (struct maker){.client_auth = true, .dns = "not a name"});
	world_accepts(&w);
	w.policy.profile = PROFILE_STRICT;
	world_refuses(&w, "trust.malformed", 16, 2148204805u);
}

/* RFC 5280 6.1.4 (n): keyCertSign is asked for where there is a key usage. */
static void strict_takes_a_ca_without_key_usage(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	struct maker m = {.n_extensions = 2};
	(void)state;
	usual(&w);
	w.policy.profile = PROFILE_STRICT;
	cert_list_clear(&w.ca);
	m.extensions[0] = (struct maker_extension){OID_LITERAL(OID_CE("\x13")),
						   span_of("\x30\x03\x01\x01\xff", 5), true};
	m.extensions[1] = (struct maker_extension){OID_LITERAL(OID_CE("\x24")),
						   span_of("\x30\x03\x80\x01\x09", 5), true};
	issuing_with(&w.ca, m);
	world_accepts(&w);
	m.extensions[1].critical = false;
	cert_list_clear(&w.ca);
	issuing_with(&w.ca, m);
	world_refuses(&w, "trust.malformed", 16, 2148204805u);
}

/* What 6.1 does not read in an anchor cannot spoil a path. */
static void strict_spares_an_anchor_the_shape_of_its_policies(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	struct maker m = {.subject = "Root", .key = maker_key(0), .ca = true, .n_extensions = 1};
	(void)state;
	usual(&w);
	w.policy.profile = PROFILE_STRICT;
	cert_list_clear(&w.root);
	m.extensions[0] = (struct maker_extension){OID_LITERAL(OID_CE("\x24")),
						   span_of("\x30\x03\x80\x01\x09", 5), false};
	world_make(&w.root, &m);
	world_accepts(&w);
}

static void finds_the_chain_of_a_host_certificate(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	struct issuer_chain chain;
	struct trust_view *view = NULL;
	struct err e = ERR_INIT;
	(void)state;
	usual(&w);
	struct cert *alice = w.chain.items[0];
	const struct trust_store stores[] = {{"Root", &w.root}, {"CA", &w.ca}};
	unit_assert_ok(trust_view_new(stores, 2, NULL, 0, &view, &e), &e);
	unit_assert_ok(trust_issuer_chain(view, alice, w.now_s, &chain, &e), &e);
	trust_view_unref(view);
	assert_int_equal(chain.certs.n, 2);
	assert_true(chain.ends_in_root && chain.ends_self_signed);
	issuer_chain_clear(&chain);
	unit_assert_ok(trust_view_new(stores + 1, 1, NULL, 0, &view, &e), &e);
	unit_assert_ok(trust_issuer_chain(view, alice, w.now_s, &chain, &e), &e);
	trust_view_unref(view);
	assert_int_equal(chain.certs.n, 1);
	assert_false(chain.ends_in_root || chain.ends_self_signed);
	issuer_chain_clear(&chain);
}

/* Whatever allocation fails: an error, never another verdict. */
static void memory_shortage_is_an_error_and_no_verdict(void **state)
{
	static const struct span excluded = {
		(const uint8_t *)"\x30\x0d\xa1\x0b\x30\x09\x82\x07in.test", 15};
	struct world w AUTO_WORLD = WORLD_INIT;
	struct trust_view *view = NULL;
	struct err e = ERR_INIT;
	struct maker ca = {.ca = true, .n_extensions = 1};
	(void)state;
	ca.extensions[0] = (struct maker_extension){OID_LITERAL(OID_CE("\x1e")), excluded, true};
	world_root(&w.root);
	issuing_with(&w.ca, ca);
	world_make(&w.chain, &(struct maker){.subject = "www.in.test",
					     .issuer = "Issuing",
					     .key = maker_key(2),
					     .signer = maker_key(1),
					     .client_auth = true});
	const struct trust_store stores[] = {{"Root", &w.root}, {"CA", &w.ca}};
	unit_assert_ok(trust_view_new(stores, 2, NULL, 0, &view, &e), &e);
	for (unsigned long n = 1; w.verdict == NULL; n++) {
		struct err failed = ERR_INIT;
		mem_fail_at(n);
		bool judged = trust_judge(view, &w.policy, w.chain.items, w.chain.n, w.now_s, NULL,
					  &w.verdict, &failed);
		mem_fail_at(0);
		assert_true(judged == (w.verdict != NULL));
		assert_true(judged || failed.code == ERR_NOMEM);
	}
	assert_string_equal(w.verdict->reason, "trust.name_constraints");
	trust_view_unref(view);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(expired_and_not_yet_valid_are_403_17_wherever_they_are),
		cmocka_unit_test(refuses_a_broken_signature),
		cmocka_unit_test(refuses_an_issuer_that_is_no_ca),
		cmocka_unit_test(takes_a_root_of_version_1),
		cmocka_unit_test(counts_path_lengths_without_self_issued_certificates),
		cmocka_unit_test(counts_the_certificates_between_leaf_and_anchor),
		cmocka_unit_test(wants_the_purpose_along_the_whole_chain),
		cmocka_unit_test(an_empty_usage_list_is_for_everything),
		cmocka_unit_test(refuses_critical_extensions_that_nobody_knows),
		cmocka_unit_test(refuses_an_extension_that_is_there_twice),
		cmocka_unit_test(matches_the_peer_name_by_alternative_names_alone),
		cmocka_unit_test(takes_the_cross_certificate_that_leads_somewhere),
		cmocka_unit_test(survives_certificates_that_issue_one_another),
		cmocka_unit_test(the_stored_ca_certificate_speaks_for_its_ca),
		cmocka_unit_test(strict_wants_what_rfc_5280_demands),
		cmocka_unit_test(strict_takes_a_ca_without_key_usage),
		cmocka_unit_test(strict_spares_an_anchor_the_shape_of_its_policies),
		cmocka_unit_test(finds_the_chain_of_a_host_certificate),
		cmocka_unit_test(memory_shortage_is_an_error_and_no_verdict),
	};
	int failed = unit_run("trust/path", tests, ARRAY_LEN(tests));
	maker_free_keys();
	return failed;
}
