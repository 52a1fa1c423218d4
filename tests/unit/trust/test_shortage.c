/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/mem.h"
#include "unit/trust/world.h"

/*
 * A want of memory is no verdict: with each allocation of view and judgement failing in turn the
 * answer is the one that memory would have given, or ERR_NOMEM. test_path.c has it for constraints.
 */
static void says_the_same_or_nothing(struct world *w, const char *reason)
{
	unsigned long n, without = 0;

	world_judge(w);
	assert_string_equal(w->verdict->reason, reason);
	for (n = 1;; n++) {
		struct err e = ERR_INIT;
		bool done = world_try(w, n, &e), came = mem_fail_left() == 0;

		mem_fail_at(0);
		if (done)
			assert_string_equal(w->verdict->reason, reason);
		else
			assert_int_equal(e.code, ERR_NOMEM);
		without += !done;
		if (!came)
			break;
	}
	assert_true(n > 10 && without > 5);
}

static void usual(struct world *w)
{
	world_alice(&w->chain);
	world_issuing(&w->ca);
	world_root(&w->root);
}

static void a_good_chain(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;

	(void)state;
	usual(&w);
	says_the_same_or_nothing(&w, "ok");
	w.policy.profile = PROFILE_STRICT;
	says_the_same_or_nothing(&w, "ok");
}

static void what_is_distrusted(void **state)
{
	struct world leaf AUTO_WORLD = WORLD_INIT, issuer AUTO_WORLD = WORLD_INIT;

	(void)state;
	usual(&leaf);
	world_put(&leaf.disallowed, leaf.chain.items[0]);
	says_the_same_or_nothing(&leaf, "trust.disallowed");
	usual(&issuer);
	world_put(&issuer.disallowed, issuer.ca.items[0]);
	says_the_same_or_nothing(&issuer, "trust.disallowed");
}

static void what_is_revoked_or_unknown(void **state)
{
	static const struct maker_entry alice[] = {{3, 1}};
	struct maker_crl list = {
		.issuer = "Issuing", .signer = maker_key(1), .entries = alice, .n_entries = 1};
	struct world w AUTO_WORLD = WORLD_INIT;

	(void)state;
	usual(&w);
	w.policy.revocation = REVOCATION_CHECK;
	says_the_same_or_nothing(&w, "trust.revocation_unknown");
	w.crls[w.n_crls++] =
		maker_crl(&(struct maker_crl){.issuer = "Root", .signer = maker_key(0)});
	w.crls[w.n_crls++] = maker_crl(&list);
	says_the_same_or_nothing(&w, "trust.revoked");
	w.policy.revocation = REVOCATION_SOFT;
	says_the_same_or_nothing(&w, "trust.revoked");
}

static void whom_the_mode_does_not_take(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;

	(void)state;
	usual(&w);
	w.policy.issuer_store = "MyIssuers";
	world_make(&w.mine, &(struct maker){.subject = "Another", .key = maker_key(3), .ca = true});
	w.policy.mode = TRUST_EXCLUSIVE_ROOT;
	world_judge(&w);
	assert_false(w.verdict->accept);
	says_the_same_or_nothing(&w, w.verdict->reason);
	w.policy.mode = TRUST_EXCLUSIVE_CA;
	world_judge(&w);
	assert_false(w.verdict->accept);
	says_the_same_or_nothing(&w, w.verdict->reason);
	world_put(&w.mine, w.ca.items[0]);
	says_the_same_or_nothing(&w, "ok");
}

static void what_a_policy_shuts_out(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;

	(void)state;
	usual(&w);
	w.policy.explicit_policy = true;
	world_judge(&w);
	assert_false(w.verdict->accept);
	says_the_same_or_nothing(&w, w.verdict->reason);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_chain),
		cmocka_unit_test(what_is_distrusted),
		cmocka_unit_test(what_is_revoked_or_unknown),
		cmocka_unit_test(whom_the_mode_does_not_take),
		cmocka_unit_test(what_a_policy_shuts_out),
	};

	return unit_run("trust/shortage", tests, ARRAY_LEN(tests));
}
