/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/digest.h"
#include "base/mem.h"
#include "trust/cache.h"
#include "trust/engine.h"
#include "unit/trust/world.h"
#include "x509/oid.h"

#include <stdio.h>

/*
 * Limits of one judgement, from both sides: with as much as may be looked at the right way is found; with one more
 * before it the verdict is a refusal that says so, and never an acceptance.
 */

/* n CA certificates of this name that did not sign what is below, each with another serial number. */
static void wrong_cas(struct cert_list *list, size_t n, const char *name)
{
	struct maker m = {.subject = name,
			  .issuer = "Root",
			  .key = maker_key(9),
			  .signer = maker_key(0),
			  .ca = true,
			  .no_key_ids = true};
	for (size_t i = 0; i < n; i++)
		world_make(list, &m);
}

static void alice_below_issuing(struct world *w)
{
	world_make(&w->chain, &(struct maker){.subject = "Alice",
					      .issuer = "Issuing",
					      .key = maker_key(2),
					      .signer = maker_key(1),
					      .no_key_ids = true,
					      .client_auth = true});
	world_root(&w->root);
}

static struct cert *issuing(struct cert_list *list)
{
	return world_make(list, &(struct maker){.subject = "Issuing",
						.issuer = "Root",
						.key = maker_key(1),
						.signer = maker_key(0),
						.ca = true,
						.no_key_ids = true});
}

static void issuers_tried_for_one_certificate(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct world w AUTO_WORLD = WORLD_INIT;
		alice_below_issuing(&w);
		wrong_cas(&w.ca, TRUST_MAX_ISSUERS - 1 + more, "Issuing");
		issuing(&w.ca);
		if (more == 0) {
			world_accepts(&w);
			continue;
		}
		world_judge(&w);
		assert_false(w.verdict->accept);
		assert_string_equal(w.verdict->reason, "trust.limit_nodes");
	}
}

/* A host certificate whose issuer stands behind others of its name. */
static void signatures_looked_at_for_a_chain(void **state)
{
	const size_t most = 64; /* CHAIN_TRIES_MAX */
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct world w AUTO_WORLD = WORLD_INIT;
		struct trust_view *view = NULL;
		struct issuer_chain chain;
		struct err e = ERR_INIT;
		alice_below_issuing(&w);
		wrong_cas(&w.ca, most - 1 + more, "Issuing");
		issuing(&w.ca);
		const struct trust_store stores[] = {{"Root", &w.root}, {"CA", &w.ca}};
		unit_assert_ok(trust_view_new(stores, 2, NULL, 0, &view, &e), &e);
		unit_assert_ok(trust_issuer_chain(view, w.chain.items[0], MAKER_NOW, &chain, &e),
			       &e);
		assert_int_equal(chain.certs.n > 0, more == 0);
		issuer_chain_clear(&chain);
		trust_view_unref(view);
	}
}

/* More than so many results are never kept, and what is newest is. */
static void results_of_signatures_that_are_kept(void **state)
{
	const size_t most = 20000; /* CONSOLE_SIGNATURES_MAX */
	struct signature_cache *c = NULL;
	struct err e = ERR_INIT;
	size_t n = 0;
	(void)state;
	unit_assert_ok(signature_cache_new(most, &c, &e), &e);
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < 20 * most; i++) {
			enum signature_result r;
			uint8_t key[SHA256_BYTES];
			sha256(span_of(&i, sizeof i), key);
			if (round == 1) {
				n += cache_get(c, key, &r);
				continue;
			}
			cache_put(c, key, SIGNATURE_GOOD);
			assert_true(cache_get(c, key, &r));
		}
	assert_true(n > most / 2 && n <= most);
	signature_cache_free(c);
}

static void certificates_taken_from_the_peer(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct world w AUTO_WORLD = WORLD_INIT;
		alice_below_issuing(&w);
		wrong_cas(&w.chain, TRUST_MAX_PRESENTED - 2 + more, "Other");
		issuing(&w.chain);
		world_judge(&w);
		assert_int_equal(w.verdict->accept, more == 0);
		if (more == 1)
			assert_string_equal(w.verdict->reason, "trust.chain_breaks");
	}
}

static void stores_of_one_view(void **state)
{
	struct cert_list none = CERT_LIST_INIT;
	struct trust_store stores[TRUST_MAX_STORES + 1];
	char names[TRUST_MAX_STORES + 1][8];
	(void)state;
	for (size_t i = 0; i <= TRUST_MAX_STORES; i++) {
		(void)snprintf(names[i], sizeof names[i], "S%zu", i);
		stores[i] = (struct trust_store){names[i], &none};
	}
	for (size_t more = 0; more < 2; more++) {
		struct trust_view *v = NULL;
		struct err e = ERR_INIT;
		assert_int_equal(trust_view_new(stores, TRUST_MAX_STORES + more, NULL, 0, &v, &e),
				 more == 0);
		assert_int_equal(e.code, more == 0 ? ERR_OK : ERR_LIMIT);
		trust_view_unref(v);
	}
}

static void add_list(struct world *w, struct maker_crl m)
{
	assert_true(w->n_crls < ARRAY_LEN(w->crls));
	w->crls[w->n_crls++] = maker_crl(&m);
}

/* The latest lists are those that are looked at: a revocation is not lost among old ones, wherever it is kept. */
static void revocation_lists_of_one_certificate(void **state)
{
	static const struct maker_entry alice[] = {{3, 1}};
	(void)state;
	for (uint32_t at = 0; at <= TRUST_MAX_CRLS; at += TRUST_MAX_CRLS) {
		struct world w AUTO_WORLD = WORLD_INIT;
		world_alice(&w.chain);
		world_issuing(&w.ca);
		world_root(&w.root);
		w.policy.revocation = REVOCATION_CHECK;
		add_list(&w, (struct maker_crl){.issuer = "Root", .signer = maker_key(0)});
		for (uint32_t i = 0; i <= TRUST_MAX_CRLS; i++) {
			struct maker_crl m = {
				.issuer = "Issuing", .signer = maker_key(1), .number = i + 1};
			if (i == at) {
				m.this_update_s = MAKER_NOW - 60;
				m.entries = alice;
				m.n_entries = 1;
			}
			add_list(&w, m);
		}
		world_judge(&w);
		assert_string_equal(w.verdict->reason, "trust.revoked");
	}
}

/* Lists that say nothing for certain leave no room for an older one that would. */
static void revocation_lists_that_say_nothing(void **state)
{
	struct maker_crl odd = {
		.issuer = "Issuing",
		.signer = maker_key(1),
		.this_update_s = MAKER_NOW - 60,
		.extensions = {{OID_LITERAL("\x2a\x03\x04"), span_of("\x05\x00", 2), true}},
		.n_extensions = 1};
	(void)state;
	for (uint32_t more = 0; more < 2; more++) {
		struct world w AUTO_WORLD = WORLD_INIT;
		world_alice(&w.chain);
		world_issuing(&w.ca);
		world_root(&w.root);
		w.policy.revocation = REVOCATION_CHECK;
		add_list(&w, (struct maker_crl){.issuer = "Root", .signer = maker_key(0)});
		add_list(&w, (struct maker_crl){.issuer = "Issuing", .signer = maker_key(1)});
		for (odd.number = 2; odd.number < TRUST_MAX_CRLS + 1 + more; odd.number++)
			add_list(&w, odd);
		world_judge(&w);
		assert_int_equal(w.verdict->accept, more == 0);
		if (more == 1)
			assert_string_equal(w.verdict->reason, "trust.revocation_offline");
	}
}

/* A judgement that has nothing yet, for what costs too much to come to from outside. */
static void bare(struct judgement *j, struct trust_view *v, const struct trust_policy *policy)
{
	*j = (struct judgement){.view = v, .policy = policy, .now_s = MAKER_NOW};
	j->verdict = mem_new(struct verdict);
	assert_non_null(j->verdict);
}

static void bare_clear(struct judgement *j)
{
	graph_free(j);
	verdict_free(j->verdict);
	mem_free(j);
}

static struct trust_view *view_of(const struct cert_list *ca)
{
	const struct trust_store stores[] = {{"CA", ca}};
	struct trust_view *v = NULL;
	struct err e = ERR_INIT;
	unit_assert_ok(trust_view_new(stores, 1, NULL, 0, &v, &e), &e);
	return v;
}

static void certificates_that_one_judgement_connects(void **state)
{
	struct cert_list many AUTO_CERT_LIST = CERT_LIST_INIT;
	struct cert_list none = CERT_LIST_INIT;
	struct trust_view *v = view_of(&none);
	struct trust_policy policy = {.max_depth = -1};
	struct judgement *j = mem_new(struct judgement);
	(void)state;
	wrong_cas(&many, TRUST_MAX_GRAPH + 1, "Many");
	bare(j, v, &policy);
	for (size_t i = 0; i < TRUST_MAX_GRAPH; i++)
		assert_non_null(graph_node(j, many.items[i], false));
	assert_int_equal(j->limit, FAULT_NONE);
	assert_non_null(graph_node(j, many.items[0], false)); /* it is there already */
	assert_null(graph_node(j, many.items[TRUST_MAX_GRAPH], false));
	assert_int_equal(j->limit, FAULT_LIMIT_NODES);
	assert_false(j->out_of_memory);
	bare_clear(j);
	trust_view_unref(v);
}

static void looks_for_issuers(void **state)
{
	struct trust_policy policy = {.max_depth = -1};
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct world w AUTO_WORLD = WORLD_INIT;
		struct judgement *j = mem_new(struct judgement);
		alice_below_issuing(&w);
		issuing(&w.ca);
		struct trust_view *v = view_of(&w.ca);
		bare(j, v, &policy);
		j->links = 1;
		j->n_looks = TRUST_MAX_LOOKS - 1 + more;
		struct node *leaf = graph_node(j, w.chain.items[0], true);
		graph_expand(j, leaf);
		assert_int_equal(leaf->n_edges, 1 - more);
		assert_int_equal(leaf->edges_cut, more == 1);
		bare_clear(j);
		trust_view_unref(v);
	}
}

static void signatures_of_one_judgement(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	struct judgement *j = mem_new(struct judgement);
	struct trust_policy policy = {.max_depth = -1};
	(void)state;
	alice_below_issuing(&w);
	struct cert *issuer = issuing(&w.ca), *alice = w.chain.items[0];
	struct trust_view *v = view_of(&w.ca);
	bare(j, v, &policy);
	j->effort = TRUST_MAX_SIGNATURES - 1;
	assert_int_equal(judge_signature(j, alice, issuer), SIGNATURE_GOOD);
	assert_int_equal(j->limit, FAULT_NONE);
	assert_int_equal(judge_signature(j, alice, issuer), SIGNATURE_UNSUPPORTED);
	assert_int_equal(j->limit, FAULT_LIMIT_SIGNATURES);
	assert_int_equal(j->verdict->signatures, 1);
	bare_clear(j);
	trust_view_unref(v);
}

/* The trace keeps the best ones, in order. */
static void paths_that_are_kept(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	struct judgement *j = mem_new(struct judgement);
	struct trust_policy policy = {.max_depth = -1};
	struct err e = ERR_INIT;
	(void)state;
	alice_below_issuing(&w);
	struct trust_view *v = view_of(&w.ca);
	bare(j, v, &policy);
	struct path p = {.nodes = {graph_node(j, w.chain.items[0], true)}, .n = 1};
	struct findings usual = {.worst = FAULT_CHAIN_BREAKS},
			worse = {.worst = FAULT_BAD_SIGNATURE}, better = {.worst = FAULT_NONE};
	for (size_t i = 0; i < TRUST_MAX_PATHS; i++) {
		assert_int_equal(j->verdict->n_paths, i);
		unit_assert_ok(verdict_add_path(j, &p, i == 7 ? &worse : &usual, &e), &e);
	}
	const struct trust_path *last = &j->verdict->paths[TRUST_MAX_PATHS - 1];
	assert_string_equal(last->reason, fault_row(FAULT_BAD_SIGNATURE)->code);
	p.anchored = true;
	unit_assert_ok(verdict_add_path(j, &p, &better, &e), &e);
	assert_int_equal(j->verdict->n_paths, TRUST_MAX_PATHS);
	assert_true(j->verdict->paths[0].complete);
	assert_string_equal(last->reason, fault_row(FAULT_CHAIN_BREAKS)->code);
	p.anchored = false;
	unit_assert_ok(verdict_add_path(j, &p, &worse, &e), &e); /* is not kept */
	assert_int_equal(j->verdict->n_paths, TRUST_MAX_PATHS);
	assert_string_equal(last->reason, fault_row(FAULT_CHAIN_BREAKS)->code);
	bare_clear(j);
	trust_view_unref(v);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(issuers_tried_for_one_certificate),
		cmocka_unit_test(signatures_looked_at_for_a_chain),
		cmocka_unit_test(results_of_signatures_that_are_kept),
		cmocka_unit_test(certificates_taken_from_the_peer),
		cmocka_unit_test(stores_of_one_view),
		cmocka_unit_test(revocation_lists_of_one_certificate),
		cmocka_unit_test(revocation_lists_that_say_nothing),
		cmocka_unit_test(certificates_that_one_judgement_connects),
		cmocka_unit_test(looks_for_issuers),
		cmocka_unit_test(signatures_of_one_judgement),
		cmocka_unit_test(paths_that_are_kept),
	};
	int failed = unit_run("trust/limits", tests, ARRAY_LEN(tests));
	maker_free_keys();
	return failed;
}
