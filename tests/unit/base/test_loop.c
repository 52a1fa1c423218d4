/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/loop.h"
#include "base/mem.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

static struct loop *loop;
static struct err e;

static int start(void **state)
{
	(void)state;
	return loop_new(&loop, &e) ? 0 : -1;
}

static int finish(void **state)
{
	(void)state;
	loop_free(loop);
	loop = NULL;
	return 0;
}

struct seen {
	int n;
	uint32_t events;
	struct loop_io *io, *other;
	int fd;
};

static void stop_it(void *arg)
{
	(void)arg; /* the loop of this test */
	loop_stop(loop);
}

static void on_readable(void *arg, uint32_t events)
{
	struct seen *seen = arg;
	char c;

	seen->n++;
	seen->events = events;
	assert_int_equal(read(seen->fd, &c, 1), 1);
	if (c == '.')
		loop_stop(loop);
}

static void tells_when_a_descriptor_is_readable(void **state)
{
	struct seen seen = {.n = 0};
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	seen.fd = ends[0];
	unit_assert_ok(loop_add(loop, ends[0], EPOLLIN, on_readable, &seen, &seen.io, &e), &e);
	assert_int_equal(write(ends[1], "ab.", 3), 3);
	unit_assert_ok(loop_run(loop, &e), &e);
	assert_int_equal(seen.n, 3);
	assert_true(seen.events & EPOLLIN);
	loop_remove(seen.io);
	close(ends[0]);
	close(ends[1]);
}

static void on_either(void *arg, uint32_t events)
{
	struct seen *seen = arg;

	(void)events; /* both are readable */
	seen->n++;
	loop_remove(seen->other); /* whose event may lie behind ours in the same turn */
	loop_remove(seen->io);
	loop_stop(loop);
}

static void one_removed_in_a_turn_is_not_called_in_it(void **state)
{
	struct seen a = {.n = 0}, b = {.n = 0};
	int ends[2], more[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(pipe2(more, O_CLOEXEC), 0);
	unit_assert_ok(loop_add(loop, ends[0], EPOLLIN, on_either, &a, &a.io, &e), &e);
	unit_assert_ok(loop_add(loop, more[0], EPOLLIN, on_either, &b, &b.io, &e), &e);
	a.other = b.io;
	b.other = a.io;
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(write(more[1], "x", 1), 1);
	unit_assert_ok(loop_run(loop, &e), &e);
	assert_int_equal(a.n + b.n, 1);
	close(ends[0]), close(ends[1]), close(more[0]), close(more[1]);
}

static void says_what_cannot_be_watched(void **state)
{
	struct seen seen = {.n = 0};

	(void)state;
	assert_false(loop_add(loop, -1, EPOLLIN, on_readable, &seen, &seen.io, &e));
	assert_int_equal(e.code, ERR_IO);
}

struct repeat {
	struct loop_timer *timer;
	int n;
};

static void again_at_once(void *arg)
{
	struct repeat *r = arg;

	if (++r->n < 5)
		loop_timer_set(r->timer, 0);
	else
		loop_stop(loop);
}

static void timers_fire_and_may_arm_themselves(void **state)
{
	struct repeat r = {.n = 0};
	int64_t before = loop_now_ms(loop);

	(void)state;
	unit_assert_ok(loop_timer_new(loop, again_at_once, &r, &r.timer, &e), &e);
	loop_timer_set(r.timer, 20);
	unit_assert_ok(loop_run(loop, &e), &e);
	assert_int_equal(r.n, 5);
	assert_true(loop_now_ms(loop) - before >= 20);
	loop_timer_free(r.timer);
	loop_timer_free(NULL);
}

struct mail {
	pthread_mutex_t lock;
	int n;
};

static void count_mail(void *arg)
{
	struct mail *m = arg;

	if (++m->n == 2000)
		loop_stop(loop);
}

static void *post_much(void *arg)
{
	for (int i = 0; i < 1000; i++)
		if (!loop_post(loop, count_mail, arg))
			return arg;
	return NULL;
}

static void takes_mail_from_other_threads(void **state)
{
	struct mail m = {.n = 0};
	pthread_t threads[2];
	void *failed;

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, post_much, &m), 0);
	unit_assert_ok(loop_run(loop, &e), &e);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	assert_int_equal(m.n, 2000);
}

static void count_one(void *arg)
{
	++*(int *)arg;
}

static void runs_left_mail_before_it_ends(void **state)
{
	struct loop *other;
	int n = 0;

	(void)state;
	unit_assert_ok(loop_new(&other, &e), &e);
	assert_true(loop_post(other, count_one, &n));
	assert_true(loop_post(other, count_one, &n));
	mem_fail_at(1);
	assert_false(loop_post(other, count_one, &n));
	loop_free(other);
	assert_int_equal(n, 2);
	loop_free(NULL);
}

static int64_t count_turns(void *arg)
{
	int *n = arg;

	if (++*n == 3)
		loop_stop(loop);
	return 0;
}

static void asks_before_it_sleeps(void **state)
{
	int n = 0;

	(void)state;
	unit_assert_ok(loop_before(loop, count_turns, &n, &e), &e);
	unit_assert_ok(loop_run(loop, &e), &e);
	assert_int_equal(n, 3);
	for (int i = 0; i < 3; i++)
		unit_assert_ok(loop_before(loop, count_turns, &n, &e), &e);
	assert_false(loop_before(loop, count_turns, &n, &e));
	assert_int_equal(e.code, ERR_BUG);
}

static void one_letter_wakes_a_sleeping_loop(void **state)
{
	(void)state;
	assert_true(loop_post(loop, stop_it, NULL));
	unit_assert_ok(loop_run(loop, &e), &e);
}

static void runs_again_after_a_stop(void **state)
{
	(void)state;
	loop_stop(loop);
	unit_assert_ok(loop_run(loop, &e), &e);
	assert_true(loop_post(loop, stop_it, NULL));
	unit_assert_ok(loop_run(loop, &e), &e);
}

static void says_when_memory_is_short(void **state)
{
	struct loop_timer *t = NULL;
	struct loop_io *io = NULL;
	struct loop *l = NULL;

	(void)state;
	mem_fail_at(1);
	assert_false(loop_new(&l, &e));
	mem_fail_at(1);
	assert_false(loop_add(loop, 0, EPOLLIN, on_readable, NULL, &io, &e));
	mem_fail_at(1);
	assert_false(loop_timer_new(loop, stop_it, NULL, &t, &e));
	mem_fail_at(2);
	assert_false(loop_timer_new(loop, stop_it, NULL, &t, &e));
	assert_int_equal(e.code, ERR_NOMEM);
	assert_true(!l && !io && !t);
}

#define LOOPED(f) cmocka_unit_test_setup_teardown(f, start, finish)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		LOOPED(tells_when_a_descriptor_is_readable),
		LOOPED(one_removed_in_a_turn_is_not_called_in_it),
		LOOPED(says_what_cannot_be_watched),
		LOOPED(timers_fire_and_may_arm_themselves),
		LOOPED(takes_mail_from_other_threads),
		LOOPED(runs_left_mail_before_it_ends),
		LOOPED(asks_before_it_sleeps),
		LOOPED(one_letter_wakes_a_sleeping_loop),
		LOOPED(runs_again_after_a_stop),
		LOOPED(says_when_memory_is_short),
	};
	return unit_run("base/loop", tests, ARRAY_LEN(tests));
}
