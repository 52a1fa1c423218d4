/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/pool.h"

#include "base/mem.h"

#include <pthread.h>
#include <signal.h>

#define POOL_THREADS_MAX 64

struct job {
	pool_fn fn;
	void *arg;
};

struct pool {
	pthread_mutex_t lock; /* guards all below but the threads; never held while a job runs */
	pthread_cond_t wake;
	struct job *ring;
	unsigned ring_size, queue_max, first, n_queued;
	bool closing;
	pool_setup_fn setup;
	pool_teardown_fn teardown;
	void *setup_arg;
	unsigned n_threads;
	pthread_t threads[];
};

/* The next job, or false when the pool is closing and nothing is left. */
static bool next_job(struct pool *p, struct job *out)
{
	bool got;

	pthread_mutex_lock(&p->lock);
	while (p->n_queued == 0 && !p->closing)
		pthread_cond_wait(&p->wake, &p->lock);
	got = p->n_queued > 0;
	if (got) {
		*out = p->ring[p->first];
		p->first = (p->first + 1) % p->ring_size;
		p->n_queued--;
	}
	pthread_mutex_unlock(&p->lock);
	return got;
}

static void *thread_main(void *arg)
{
	struct pool *p = arg;
	void *ctx = p->setup ? p->setup(p->setup_arg) : NULL;
	struct job job;

	while (next_job(p, &job))
		job.fn(ctx, job.arg);
	if (p->teardown)
		p->teardown(ctx);
	return NULL;
}

/* Signals belong to the main thread. */
static int start_thread(struct pool *p, pthread_t *out)
{
	sigset_t all, old;
	int errnum;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	errnum = pthread_create(out, NULL, thread_main, p);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (errnum == 0)
		(void)pthread_setname_np(*out, "pool"); /* for the eye only */
	return errnum;
}

bool pool_new(unsigned n_threads, unsigned queue_max, pool_setup_fn setup,
	      pool_teardown_fn teardown, void *arg, struct pool **out, struct err *e)
{
	struct pool *p;

	if (n_threads == 0 || n_threads > POOL_THREADS_MAX || queue_max == 0)
		return err_set(e, ERR_BUG, "pool of %u threads, 1 to %d", n_threads,
			       POOL_THREADS_MAX);
	p = mem_alloc(sizeof(*p) + n_threads * sizeof(p->threads[0]));
	if (!p)
		return err_nomem(e);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	p->setup = setup;
	p->teardown = teardown;
	p->setup_arg = arg;
	p->queue_max = queue_max;
	p->ring_size = queue_max + POOL_FIRST_MAX;
	p->ring = mem_array(p->ring_size, sizeof(*p->ring));
	if (!p->ring) {
		pool_free(p);
		return err_nomem(e);
	}
	for (; p->n_threads < n_threads; p->n_threads++) {
		int errnum = start_thread(p, &p->threads[p->n_threads]);

		if (errnum != 0) {
			pool_free(p);
			return err_sys(e, errnum, "cannot start a thread");
		}
	}
	*out = p;
	return true;
}

bool pool_submit(struct pool *p, pool_fn fn, void *arg)
{
	bool room;

	pthread_mutex_lock(&p->lock);
	room = !p->closing && p->n_queued < p->queue_max;
	if (room) {
		p->ring[(p->first + p->n_queued) % p->ring_size] = (struct job){fn, arg};
		p->n_queued++;
		pthread_cond_signal(&p->wake);
	}
	pthread_mutex_unlock(&p->lock);
	return room;
}

bool pool_submit_first(struct pool *p, pool_fn fn, void *arg)
{
	bool room;

	pthread_mutex_lock(&p->lock);
	room = !p->closing && p->n_queued < p->ring_size;
	if (room) {
		p->first = (p->first + p->ring_size - 1) % p->ring_size;
		p->ring[p->first] = (struct job){fn, arg};
		p->n_queued++;
		pthread_cond_signal(&p->wake);
	}
	pthread_mutex_unlock(&p->lock);
	return room;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->closing = true;
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->n_threads; i++)
		pthread_join(p->threads[i], NULL);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	mem_free(p->ring);
	mem_free(p);
}
