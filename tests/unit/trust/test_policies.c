/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "unit/trust/world.h"
#include "x509/oid.h"

#define INVALID_POLICY 2148204819u

/* Policies 1.2.1, 1.2.2 ... as octets; "any" is anyPolicy. */
static const struct span one = {(const uint8_t *)"\x2a\x01", 2};
static const struct span two = {(const uint8_t *)"\x2a\x02", 2};

#define POLICY_1 "\x30\x06\x30\x04\x06\x02\x2a\x01"
#define POLICY_2 "\x30\x06\x30\x04\x06\x02\x2a\x02"
#define POLICY_ANY "\x30\x08\x30\x06\x06\x04\x55\x1d\x20\x00"
#define MAP_1_TO_2 "\x30\x0a\x30\x08\x06\x02\x2a\x01\x06\x02\x2a\x02"
#define MAP_ANY "\x30\x0c\x30\x0a\x06\x04\x55\x1d\x20\x00\x06\x02\x2a\x02"
#define REQUIRE_0 "\x30\x03\x80\x01\x00"
#define ZERO "\x02\x01\x00"

#define POLICIES(octets)                                                                           \
	{                                                                                          \
		{(const uint8_t *)OID_CE("\x20"), 3},                                              \
			{(const uint8_t *)(octets), sizeof(octets) - 1}, false                     \
	}
#define CRITICAL(last, octets)                                                                     \
	{                                                                                          \
		{(const uint8_t *)OID_CE(last), 3},                                                \
			{(const uint8_t *)(octets), sizeof(octets) - 1}, true                      \
	}

static void put(struct world *w, const struct maker_extension *ca, size_t n_ca,
		const struct maker_extension *leaf, size_t n_leaf)
{
	struct maker m = {.subject = "Issuing",
			  .issuer = "Root",
			  .key = maker_key(1),
			  .signer = maker_key(0),
			  .ca = true};
	for (size_t i = 0; i < n_ca; i++)
		m.extensions[m.n_extensions++] = ca[i];
	cert_list_clear(&w->root);
	cert_list_clear(&w->ca);
	cert_list_clear(&w->chain);
	world_root(&w->root);
	world_make(&w->ca, &m);
	m = (struct maker){.subject = "Alice",
			   .issuer = "Issuing",
			   .key = maker_key(2),
			   .signer = maker_key(1),
			   .client_auth = true};
	for (size_t i = 0; i < n_leaf; i++)
		m.extensions[m.n_extensions++] = leaf[i];
	world_make(&w->chain, &m);
}

static void want(struct world *w, const struct span *policies, size_t n)
{
	w->policy.initial_policies = (struct oid_list){(struct span *)policies, n};
}

static void nobody_asks_and_everything_passes(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	static const struct maker_extension ca[] = {POLICIES(POLICY_1)};
	(void)state;
	put(&w, ca, 1, NULL, 0);
	world_accepts(&w);
	w.policy.explicit_policy = true;
	world_refuses(&w, "trust.policy", 16, INVALID_POLICY);
}

static void a_policy_must_hold_along_the_path(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	static const struct maker_extension p1[] = {POLICIES(POLICY_1)};
	static const struct maker_extension p2[] = {POLICIES(POLICY_2)};
	static const struct maker_extension any[] = {POLICIES(POLICY_ANY)};
	(void)state;
	w.policy.explicit_policy = true;
	put(&w, p1, 1, p1, 1);
	world_accepts(&w);
	put(&w, p1, 1, p2, 1);
	world_refuses(&w, "trust.policy", 16, INVALID_POLICY);
	put(&w, any, 1, p2, 1);
	world_accepts(&w);
	w.policy.inhibit_any = true;
	world_refuses(&w, "trust.policy", 16, INVALID_POLICY);
}

static void only_wanted_policies_count(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	static const struct maker_extension p1[] = {POLICIES(POLICY_1)};
	static const struct maker_extension any[] = {POLICIES(POLICY_ANY)};
	(void)state;
	w.policy.explicit_policy = true;
	put(&w, p1, 1, p1, 1);
	want(&w, &one, 1);
	world_accepts(&w);
	want(&w, &two, 1);
	world_refuses(&w, "trust.policy", 16, INVALID_POLICY);
	/* Without the demand for a policy that is no fault. */
	w.policy.explicit_policy = false;
	world_accepts(&w);
	w.policy.explicit_policy = true;
	put(&w, any, 1, any, 1);
	world_accepts(&w);
	put(&w, any, 1, p1, 1);
	world_refuses(&w, "trust.policy", 16, INVALID_POLICY);
}

static void a_ca_may_demand_a_policy(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	static const struct maker_extension ca[] = {POLICIES(POLICY_1),
						    CRITICAL("\x24", REQUIRE_0)};
	static const struct maker_extension p1[] = {POLICIES(POLICY_1)};
	(void)state;
	put(&w, ca, 2, NULL, 0);
	world_refuses(&w, "trust.policy", 16, INVALID_POLICY);
	put(&w, ca, 2, p1, 1);
	world_accepts(&w);
}

static void mappings_lead_from_the_issuers_policy_to_the_subjects(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	static const struct maker_extension map[] = {POLICIES(POLICY_1),
						     CRITICAL("\x21", MAP_1_TO_2)};
	static const struct maker_extension p1[] = {POLICIES(POLICY_1)};
	static const struct maker_extension p2[] = {POLICIES(POLICY_2)};
	(void)state;
	w.policy.explicit_policy = true;
	want(&w, &one, 1);
	put(&w, map, 2, p2, 1);
	world_accepts(&w);
	put(&w, map, 2, p1, 1);
	world_refuses(&w, "trust.policy", 16, INVALID_POLICY);
	put(&w, map, 2, p2, 1);
	w.policy.inhibit_mapping = true;
	world_refuses(&w, "trust.policy", 16, INVALID_POLICY);
}

static void any_policy_is_never_mapped(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	static const struct maker_extension map[] = {POLICIES(POLICY_ANY),
						     CRITICAL("\x21", MAP_ANY)};
	static const struct maker_extension p2[] = {POLICIES(POLICY_2)};
	(void)state;
	put(&w, map, 2, p2, 1);
	world_refuses(&w, "trust.policy", 16, INVALID_POLICY);
}

static void a_ca_may_inhibit_any_policy_below_itself(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	static const struct maker_extension ca[] = {POLICIES(POLICY_1), CRITICAL("\x36", ZERO),
						    CRITICAL("\x24", REQUIRE_0)};
	static const struct maker_extension any[] = {POLICIES(POLICY_ANY)};
	static const struct maker_extension p1[] = {POLICIES(POLICY_1)};
	(void)state;
	put(&w, ca, 3, any, 1);
	world_refuses(&w, "trust.policy", 16, INVALID_POLICY);
	put(&w, ca, 3, p1, 1);
	world_accepts(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_asks_and_everything_passes),
		cmocka_unit_test(a_policy_must_hold_along_the_path),
		cmocka_unit_test(only_wanted_policies_count),
		cmocka_unit_test(a_ca_may_demand_a_policy),
		cmocka_unit_test(mappings_lead_from_the_issuers_policy_to_the_subjects),
		cmocka_unit_test(any_policy_is_never_mapped),
		cmocka_unit_test(a_ca_may_inhibit_any_policy_below_itself),
	};
	int failed = unit_run("trust/policies", tests, ARRAY_LEN(tests));
	maker_free_keys();
	return failed;
}
