/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/mem.h"
#include "unit/trust/world.h"
#include "x509/der.h"
#include "x509/derout.h"
#include "x509/oid.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/*
 * runs-alone: it measures time. Sets made to cost: each must end in a verdict, or a refusal that
 * names the limit, within 50 ms of CPU.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CPU_MAX_MS 2000 /* the sanitizers' share is not ours */
#else
#define CPU_MAX_MS 50
#endif

static int64_t cpu_ms(void)
{
	struct timespec t;
	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t), 0);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Judges against the stores; only the judgement is on the clock, since a view is made once per change. */
static void judge_in_time(struct world *w)
{
	const struct trust_store stores[] = {{"Root", &w->root}, {"CA", &w->ca}};
	struct trust_view *view = NULL;
	struct err e = ERR_INIT;
	unit_assert_ok(trust_view_new(stores, ARRAY_LEN(stores), NULL, 0, &view, &e), &e);
	int64_t start = cpu_ms();
	unit_assert_ok(trust_judge(view, &w->policy, w->chain.items, w->chain.n, w->now_s, NULL,
				   &w->verdict, &e),
		       &e);
	int64_t took = cpu_ms() - start;
	trust_view_unref(view);
	printf("# %s after %lld ms: %u signatures, %u nodes, %u names\n", w->verdict->reason,
	       (long long)took, w->verdict->signatures, w->verdict->nodes, w->verdict->names);
	assert_true(took <= CPU_MAX_MS);
}

static void refused_for(struct world *w, const char *reason)
{
	judge_in_time(w);
	assert_false(w->verdict->accept);
	assert_string_equal(w->verdict->reason, reason);
}

/* A CA certificate with another serial number, hence another certificate, whose signature does not matter. */
static struct cert *variant(const struct cert *c, uint32_t n)
{
	struct err e = ERR_INIT;
	struct cert *v = NULL;
	uint8_t *der = mem_dup(c->der, c->der_len);
	assert_non_null(der);
	uint8_t *serial = der + (c->serial.p - c->der);
	serial[0] = 0x41;
	serial[1] = (uint8_t)(n >> 8);
	serial[2] = (uint8_t)n;
	unit_assert_ok(cert_parse(der, c->der_len, &v, &e), &e);
	mem_free(der);
	return v;
}

static void thousands_of_cas_of_the_same_name_and_key(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_root(&w.root);
	struct cert *ca = maker_cert(&(struct maker){.subject = "Issuing",
						     .issuer = "Root",
						     .key = maker_key(1),
						     .signer = maker_key(0),
						     .serial = 0x400000,
						     .ca = true});
	for (uint32_t i = 1; i <= 5000; i++) {
		struct cert *v = variant(ca, i);
		world_put(&w.ca, v);
		cert_unref(v);
	}
	cert_unref(ca);
	judge_in_time(&w);
	assert_false(w.verdict->accept);
	assert_non_null(strstr(w.verdict->reason, "trust.limit_"));
	assert_non_null(strstr(w.verdict->explanation, "limits of work"));
}

static void thousands_of_cas_that_claim_to_have_signed(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_alice(&w.chain);
	world_root(&w.root);
	/* Self-issued, each with its own bad signature, none with key identifiers to tell them by. */
	struct cert *ca = maker_cert(&(struct maker){.subject = "Issuing",
						     .key = maker_key(9),
						     .serial = 0x400000,
						     .ca = true,
						     .no_key_ids = true});
	for (uint32_t i = 0; i < 5000; i++) {
		struct cert *v = variant(ca, i);
		world_put(&w.ca, v);
		cert_unref(v);
	}
	cert_unref(ca);
	judge_in_time(&w);
	assert_false(w.verdict->accept);
	/* The right one among them is found by its key identifier. */
	verdict_free(w.verdict);
	w.verdict = NULL;
	world_issuing(&w.ca);
	judge_in_time(&w);
	assert_true(w.verdict->accept);
}

/* Every CA of the mesh signed by every other; above them a root that is not ours. */
static void mesh(struct cert_list *list, size_t n)
{
	char subject[16], issuer[16];
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			if (i == k)
				continue;
			(void)snprintf(subject, sizeof subject, "Mesh %zu", i);
			(void)snprintf(issuer, sizeof issuer, "Mesh %zu", k);
			world_make(list, &(struct maker){.subject = subject,
							 .issuer = issuer,
							 .key = maker_key(10 + i),
							 .signer = maker_key(10 + k),
							 .ca = true});
		}
}

static struct cert *below_mesh(struct cert_list *list)
{
	return world_make(list, &(struct maker){.subject = "Alice",
						.issuer = "Mesh 0",
						.key = maker_key(2),
						.signer = maker_key(10),
						.client_auth = true});
}

static void a_mesh_of_cross_certificates_without_a_way_out(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	below_mesh(&w.chain);
	mesh(&w.chain, 8);
	world_root(&w.root);
	refused_for(&w, "trust.limit_nodes");
	/* No path goes through the same CA twice. */
	for (size_t i = 0; i < w.verdict->n_paths; i++)
		assert_true(w.verdict->paths[i].n_steps <= 1 + 8);
}

static void a_mesh_with_a_way_out_is_left_by_it(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	below_mesh(&w.chain);
	mesh(&w.ca, 20);
	world_root(&w.root);
	world_make(&w.ca, &(struct maker){.subject = "Mesh 19",
					  .issuer = "Root",
					  .key = maker_key(29),
					  .signer = maker_key(0),
					  .ca = true});
	judge_in_time(&w);
	assert_true(w.verdict->accept);
	assert_int_equal(w.verdict->paths[0].n_steps, 4);
}

static void a_mesh_where_every_path_fails_at_its_top(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	below_mesh(&w.chain);
	mesh(&w.ca, 20);
	for (size_t i = 0; i < 20; i++) {
		char name[16];
		(void)snprintf(name, sizeof name, "Mesh %zu", i);
		world_make(&w.root, &(struct maker){.subject = name,
						    .key = maker_key(10 + i),
						    .not_after_s = MAKER_NOW - 1,
						    .ca = true});
	}
	refused_for(&w, "trust.limit_signatures");
	assert_int_equal(w.verdict->signatures, TRUST_MAX_SIGNATURES);
}

/* n names or subtrees "nI.example". */
static void add_dns_list(struct buf *out, size_t n, bool subtrees)
{
	for (size_t i = 0; i < n; i++) {
		char name[24];
		(void)snprintf(name, sizeof name, "n%zu.%s.test", i, subtrees ? "out" : "in");
		size_t s = subtrees ? der_begin(out, DER_SEQUENCE) : 0;
		der_add(out, DER_CONTEXT(GN_DNS), span_str(name));
		if (subtrees)
			der_end(out, s);
	}
}

static void long_lists_of_names_against_long_lists_of_constraints(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	struct buf constraints AUTO_BUF = BUF_INIT, names AUTO_BUF = BUF_INIT;
	struct maker ca = {.subject = "Issuing",
			   .issuer = "Root",
			   .key = maker_key(1),
			   .signer = maker_key(0),
			   .ca = true,
			   .n_extensions = 1};
	struct maker leaf = {.subject = "Alice",
			     .issuer = "Issuing",
			     .key = maker_key(2),
			     .signer = maker_key(1),
			     .client_auth = true,
			     .n_extensions = 1};
	(void)state;
	size_t outer = der_begin(&constraints, DER_SEQUENCE);
	size_t excluded = der_begin(&constraints, DER_CONTEXT_CONSTRUCTED(1));
	add_dns_list(&constraints, 4000, true);
	der_end(&constraints, excluded);
	der_end(&constraints, outer);
	outer = der_begin(&names, DER_SEQUENCE);
	add_dns_list(&names, 4000, false);
	der_end(&names, outer);
	ca.extensions[0] =
		(struct maker_extension){OID_LITERAL(OID_CE("\x1e")), buf_span(&constraints), true};
	leaf.extensions[0] =
		(struct maker_extension){OID_LITERAL(OID_CE("\x11")), buf_span(&names), false};
	world_root(&w.root);
	world_make(&w.ca, &ca);
	world_make(&w.chain, &leaf);
	refused_for(&w, "trust.limit_names");
}

/* Each policy mapped to each: a tree would have n^depth leaves. */
static void policies_that_would_grow_a_tree_beyond_all_measure(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	struct buf policies AUTO_BUF = BUF_INIT, mappings AUTO_BUF = BUF_INIT;
	(void)state;
	size_t p = der_begin(&policies, DER_SEQUENCE), m = der_begin(&mappings, DER_SEQUENCE);
	for (uint8_t i = 0; i < 16; i++) {
		uint8_t from[] = {0x2a, 3, i};
		size_t s = der_begin(&policies, DER_SEQUENCE);
		der_oid(&policies, span_of(from, 3));
		der_end(&policies, s);
		for (uint8_t k = 0; k < 16; k++) {
			uint8_t to[] = {0x2a, 3, k};
			s = der_begin(&mappings, DER_SEQUENCE);
			der_oid(&mappings, span_of(from, 3));
			der_oid(&mappings, span_of(to, 3));
			der_end(&mappings, s);
		}
	}
	der_end(&policies, p);
	der_end(&mappings, m);
	world_root(&w.root);
	for (size_t i = 0; i < 20; i++) {
		char name[16], issuer[16] = "Root";
		(void)snprintf(name, sizeof name, "Level %zu", i);
		if (i > 0)
			(void)snprintf(issuer, sizeof issuer, "Level %zu", i - 1);
		struct maker ca = {.subject = name,
				   .issuer = issuer,
				   .key = maker_key(10 + i),
				   .signer = maker_key(i == 0 ? 0 : 9 + i),
				   .ca = true,
				   .n_extensions = 2};
		ca.extensions[0] = (struct maker_extension){OID_LITERAL(OID_CE("\x20")),
							    buf_span(&policies), false};
		ca.extensions[1] = (struct maker_extension){OID_LITERAL(OID_CE("\x21")),
							    buf_span(&mappings), true};
		world_make(&w.ca, &ca);
	}
	struct maker leaf = {.subject = "Alice",
			     .issuer = "Level 19",
			     .key = maker_key(2),
			     .signer = maker_key(29),
			     .client_auth = true,
			     .n_extensions = 1};
	leaf.extensions[0] =
		(struct maker_extension){OID_LITERAL(OID_CE("\x20")), buf_span(&policies), false};
	world_make(&w.chain, &leaf);
	w.policy.explicit_policy = true;
	judge_in_time(&w);
	assert_true(w.verdict->accept);
}

static void a_chain_longer_than_any(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	world_make(&w.chain, &(struct maker){.subject = "Level 0",
					     .issuer = "Level 1",
					     .key = maker_key(0),
					     .signer = maker_key(1),
					     .client_auth = true});
	for (size_t i = 1; i < 45; i++) {
		char name[16], issuer[16];
		(void)snprintf(name, sizeof name, "Level %zu", i);
		(void)snprintf(issuer, sizeof issuer, "Level %zu", i + 1);
		world_make(&w.chain, &(struct maker){.subject = name,
						     .issuer = issuer,
						     .key = maker_key(i),
						     .signer = maker_key(i + 1),
						     .ca = true});
	}
	refused_for(&w, "trust.limit_depth");
	assert_int_equal(w.verdict->paths[0].n_steps, TRUST_MAX_DEPTH);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(thousands_of_cas_of_the_same_name_and_key),
		cmocka_unit_test(thousands_of_cas_that_claim_to_have_signed),
		cmocka_unit_test(a_mesh_of_cross_certificates_without_a_way_out),
		cmocka_unit_test(a_mesh_with_a_way_out_is_left_by_it),
		cmocka_unit_test(a_mesh_where_every_path_fails_at_its_top),
		cmocka_unit_test(long_lists_of_names_against_long_lists_of_constraints),
		cmocka_unit_test(policies_that_would_grow_a_tree_beyond_all_measure),
		cmocka_unit_test(a_chain_longer_than_any),
	};
	int failed = unit_run("trust/hostile", tests, ARRAY_LEN(tests));
	maker_free_keys();
	return failed;
}
