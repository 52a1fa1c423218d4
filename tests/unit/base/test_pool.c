/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/mem.h"
#include "base/pool.h"

#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

static struct err e;

static void add_one(void *ctx, void *arg)
{
	(void)ctx; /* none */
	atomic_fetch_add((atomic_int *)arg, 1);
}

static void does_all_that_is_queued_before_it_ends(void **state)
{
	atomic_int n = 0;
	struct pool *p;

	(void)state;
	unit_assert_ok(pool_new(3, 1000, NULL, NULL, NULL, &p, &e), &e);
	for (int i = 0; i < 1000; i++)
		assert_true(pool_submit(p, add_one, &n));
	pool_free(p);
	assert_int_equal(n, 1000);
	pool_free(NULL);
}

struct gate {
	sem_t in, out;
};

static void wait_at_gate(void *ctx, void *arg)
{
	struct gate *g = arg;

	(void)ctx; /* none */
	sem_post(&g->in);
	sem_wait(&g->out);
}

static void answers_at_once_when_the_queue_is_full(void **state)
{
	struct gate g;
	struct pool *p;

	(void)state;
	sem_init(&g.in, 0, 0);
	sem_init(&g.out, 0, 0);
	unit_assert_ok(pool_new(1, 2, NULL, NULL, NULL, &p, &e), &e);
	assert_true(pool_submit(p, wait_at_gate, &g));
	sem_wait(&g.in); /* the thread is busy, the queue empty */
	assert_true(pool_submit(p, wait_at_gate, &g));
	assert_true(pool_submit(p, wait_at_gate, &g));
	assert_false(pool_submit(p, wait_at_gate, &g));
	for (int i = 0; i < 3; i++)
		sem_post(&g.out);
	pool_free(p);
	sem_destroy(&g.in);
	sem_destroy(&g.out);
}

struct line {
	atomic_int n;
	int order[3 + POOL_FIRST_MAX];
};

struct place {
	struct line *line;
	int number;
};

static void take_turn(void *ctx, void *arg)
{
	const struct place *p = arg;

	(void)ctx; /* none */
	p->line->order[atomic_fetch_add(&p->line->n, 1)] = p->number;
}

static void who_comes_first_waits_for_nobody_and_has_room_in_a_full_queue(void **state)
{
	struct line line = {0};
	struct place places[3 + POOL_FIRST_MAX];
	struct gate g;
	struct pool *p;

	(void)state;
	sem_init(&g.in, 0, 0);
	sem_init(&g.out, 0, 0);
	for (int i = 0; i < (int)ARRAY_LEN(places); i++)
		places[i] = (struct place){&line, i};
	unit_assert_ok(pool_new(1, 2, NULL, NULL, NULL, &p, &e), &e);
	assert_true(pool_submit(p, wait_at_gate, &g));
	sem_wait(&g.in); /* the thread is busy, the queue empty */
	assert_true(pool_submit(p, take_turn, &places[0]));
	assert_true(pool_submit(p, take_turn, &places[1]));
	assert_false(pool_submit(p, take_turn, &places[2]));
	for (int i = 0; i < POOL_FIRST_MAX; i++)
		assert_true(pool_submit_first(p, take_turn, &places[2 + i]));
	assert_false(pool_submit_first(p, take_turn, &places[2 + POOL_FIRST_MAX]));
	sem_post(&g.out);
	pool_free(p);
	assert_int_equal(line.n, 2 + POOL_FIRST_MAX);
	assert_int_equal(line.order[0], 1 + POOL_FIRST_MAX); /* the last that came */
	assert_int_equal(line.order[POOL_FIRST_MAX], 0);
	assert_int_equal(line.order[POOL_FIRST_MAX + 1], 1);
	sem_destroy(&g.in);
	sem_destroy(&g.out);
}

struct per_thread {
	atomic_int made, ended, jobs;
};

static void *set_up(void *arg)
{
	atomic_fetch_add(&((struct per_thread *)arg)->made, 1);
	return arg;
}

static void tear_down(void *ctx)
{
	atomic_fetch_add(&((struct per_thread *)ctx)->ended, 1);
}

static void count_job(void *ctx, void *arg)
{
	assert(ctx == arg);
	atomic_fetch_add(&((struct per_thread *)ctx)->jobs, 1);
}

static void each_thread_has_its_own_set_up(void **state)
{
	struct per_thread t = {0};
	struct pool *p;

	(void)state;
	unit_assert_ok(pool_new(4, 8, set_up, tear_down, &t, &p, &e), &e);
	while (!pool_submit(p, count_job, &t))
		;
	pool_free(p);
	assert_int_equal(t.made, 4);
	assert_int_equal(t.ended, 4);
	assert_int_equal(t.jobs, 1);
}

static void jobs_run_beside_one_another(void **state)
{
	struct gate g;
	struct pool *p;

	(void)state;
	sem_init(&g.in, 0, 0);
	sem_init(&g.out, 0, 0);
	unit_assert_ok(pool_new(2, 4, NULL, NULL, NULL, &p, &e), &e);
	assert_true(pool_submit(p, wait_at_gate, &g));
	assert_true(pool_submit(p, wait_at_gate, &g));
	sem_wait(&g.in);
	sem_wait(&g.in); /* both are in, none is out */
	sem_post(&g.out);
	sem_post(&g.out);
	pool_free(p);
	sem_destroy(&g.in);
	sem_destroy(&g.out);
}

static void refuses_sizes_that_make_no_sense(void **state)
{
	struct pool *p = NULL;

	(void)state;
	assert_false(pool_new(0, 1, NULL, NULL, NULL, &p, &e));
	assert_false(pool_new(65, 1, NULL, NULL, NULL, &p, &e));
	assert_false(pool_new(1, 0, NULL, NULL, NULL, &p, &e));
	assert_int_equal(e.code, ERR_BUG);
	for (unsigned long n = 1; n <= 2; n++) {
		mem_fail_at(n);
		assert_false(pool_new(1, 1, NULL, NULL, NULL, &p, &e));
		assert_int_equal(e.code, ERR_NOMEM);
	}
	assert_null(p);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(does_all_that_is_queued_before_it_ends),
		cmocka_unit_test(answers_at_once_when_the_queue_is_full),
		cmocka_unit_test(who_comes_first_waits_for_nobody_and_has_room_in_a_full_queue),
		cmocka_unit_test(each_thread_has_its_own_set_up),
		cmocka_unit_test(jobs_run_beside_one_another),
		cmocka_unit_test(refuses_sizes_that_make_no_sense),
	};
	return unit_run("base/pool", tests, ARRAY_LEN(tests));
}
