/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "unit/trust/world.h"

#include <pthread.h>

#define THREADS 4
#define ROUNDS 200

/* One view and one cache for all, as at the door; built with --enable-tsan this looks for races. */
struct shared {
	struct trust_view *view;
	struct signature_cache *cache;
	struct world *world;
};

/* Assertions belong to the main thread: a thread only counts. */
static void *judge_many(void *arg)
{
	struct shared *s = arg;
	uintptr_t wrong = 0;
	for (int i = 0; i < ROUNDS; i++) {
		struct verdict *v AUTO(verdict_autop) = NULL;
		struct err e = ERR_INIT;
		struct cert *chain[] = {s->world->chain.items[i % 2]};
		if (!trust_judge(s->view, &s->world->policy, chain, 1, MAKER_NOW, s->cache, &v,
				 &e) ||
		    v->accept != (i % 2 == 0))
			wrong++;
	}
	return (void *)wrong;
}

static void threads_share_a_view_and_a_cache(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	struct shared s = {.world = &w};
	struct err e = ERR_INIT;
	pthread_t threads[THREADS];
	(void)state;
	world_alice(&w.chain);
	world_make(&w.chain, &(struct maker){.subject = "Mallory",
					     .issuer = "Issuing",
					     .key = maker_key(3),
					     .signer = maker_key(4),
					     .no_key_ids = true});
	world_issuing(&w.ca);
	world_root(&w.root);
	const struct trust_store stores[] = {{"Root", &w.root}, {"CA", &w.ca}};
	unit_assert_ok(trust_view_new(stores, 2, NULL, 0, &s.view, &e), &e);
	unit_assert_ok(signature_cache_new(64, &s.cache, &e), &e);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, judge_many, &s), 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *wrong = NULL;
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	signature_cache_free(s.cache);
	trust_view_unref(s.view);
}

static void a_cache_answers_for_signatures_it_has_seen(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	struct signature_cache *cache = NULL;
	struct trust_view *view = NULL;
	struct err e = ERR_INIT;
	unsigned seen[2];
	(void)state;
	world_alice(&w.chain);
	world_issuing(&w.chain);
	world_root(&w.root);
	const struct trust_store store = {"Root", &w.root};
	unit_assert_ok(signature_cache_new(64, &cache, &e), &e);
	for (int i = 0; i < 2; i++) {
		struct verdict *v AUTO(verdict_autop) = NULL;
		unit_assert_ok(trust_view_new(&store, 1, NULL, 0, &view, &e), &e);
		unit_assert_ok(
			trust_judge(view, &w.policy, w.chain.items, 2, MAKER_NOW, cache, &v, &e),
			&e);
		trust_view_unref(view);
		assert_true(v->accept);
		seen[i] = v->signatures;
	}
	assert_true(seen[0] >= 2);
	assert_int_equal(seen[1], 0);
	signature_cache_free(cache);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_share_a_view_and_a_cache),
		cmocka_unit_test(a_cache_answers_for_signatures_it_has_seen),
	};
	int failed = unit_run("trust/threads", tests, ARRAY_LEN(tests));
	maker_free_keys();
	return failed;
}
