/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/loop.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/timers.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EVENTS_PER_TURN 128
#define BEFORE_MAX 4 /* callbacks before sleep; each floor that needs one has one */

struct loop_io {
	struct loop *loop; /* borrowed: the loop outlives its descriptors */
	loop_io_fn fn;
	void *arg;
	int fd;
	bool dead; /* removed in this turn; events of it may still lie in the array */
	struct loop_io *next_dead;
};

struct letter {
	loop_fn fn;
	void *arg;
	struct letter *next;
};

struct loop {
	int epoll_fd, wake_fd;
	int64_t now_ms;
	bool in_turn;
	atomic_bool stop;
	struct loop_io *dead;
	struct timers timers;
	struct {
		loop_before_fn fn;
		void *arg;
	} before[BEFORE_MAX];
	size_t n_before;
	pthread_mutex_t mail_lock; /* guards the two below */
	struct letter *mail_first, **mail_end;
};

bool loop_new(struct loop **out, struct err *e)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL};
	struct loop *l = mem_new(struct loop);
	int errnum;

	if (!l)
		return err_nomem(e);
	pthread_mutex_init(&l->mail_lock, NULL);
	l->mail_end = &l->mail_first;
	l->now_ms = clock_mono_ms();
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->epoll_fd >= 0 && l->wake_fd >= 0 &&
	    epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->wake_fd, &ev) == 0) {
		*out = l;
		return true;
	}
	errnum = errno;
	loop_free(l);
	return err_sys(e, errnum, "cannot make an event loop");
}

static void wake(struct loop *l)
{
	uint64_t one = 1;

	if (write(l->wake_fd, &one, sizeof(one)) < 0)
		return; /* EAGAIN: the counter is full, so it is awake anyway */
}

static void read_mail(struct loop *l)
{
	struct letter *letter, *next;

	pthread_mutex_lock(&l->mail_lock);
	letter = l->mail_first;
	l->mail_first = NULL;
	l->mail_end = &l->mail_first;
	pthread_mutex_unlock(&l->mail_lock);
	for (; letter; letter = next) {
		next = letter->next;
		letter->fn(letter->arg);
		mem_free(letter);
	}
}

static void bury(struct loop *l)
{
	while (l->dead) {
		struct loop_io *io = l->dead;

		l->dead = io->next_dead;
		mem_free(io);
	}
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	while (l->mail_first)
		read_mail(l); /* a letter may post another */
	bury(l);
	if (l->wake_fd >= 0)
		(void)close(l->wake_fd); /* nothing to lose */
	if (l->epoll_fd >= 0)
		(void)close(l->epoll_fd); /* nothing to lose */
	pthread_mutex_destroy(&l->mail_lock);
	mem_free(l->timers.heap);
	mem_free(l);
}

static void run_timers(struct loop *l)
{
	/* One that arms itself anew for "at once" fires again in the next turn, not for ever in
	 * this one. */
	struct loop_timer *t;

	for (size_t left = l->timers.n; left > 0; left--) {
		t = timers_due(&l->timers, l->now_ms);
		if (!t)
			return;
		t->fn(t->arg);
	}
}

static int sleep_ms(struct loop *l)
{
	int64_t ms = -1;

	for (size_t i = 0; i < l->n_before; i++) {
		int64_t other = l->before[i].fn(l->before[i].arg);

		if (other >= 0 && (ms < 0 || other < ms))
			ms = other;
	}
	int64_t timer = timers_wait_ms(&l->timers, clock_mono_ms());

	if (timer >= 0 && (ms < 0 || timer < ms))
		ms = timer;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

static void dispatch(struct loop *l, struct epoll_event *events, int n)
{
	uint64_t count;
	bool mail = false;

	for (int i = 0; i < n; i++) {
		struct loop_io *io = events[i].data.ptr;

		if (!io)
			mail = read(l->wake_fd, &count, sizeof(count)) > 0;
		else if (!io->dead)
			io->fn(io->arg, events[i].events);
	}
	if (mail)
		read_mail(l);
}

bool loop_run(struct loop *l, struct err *e)
{
	struct epoll_event events[EVENTS_PER_TURN];

	while (!atomic_load_explicit(&l->stop, memory_order_acquire)) {
		int n, wait_ms;

		l->in_turn = true;
		wait_ms = sleep_ms(l);
		bury(l);
		n = epoll_wait(l->epoll_fd, events, EVENTS_PER_TURN, wait_ms);
		l->now_ms = clock_mono_ms();
		if (n < 0 && errno != EINTR) {
			l->in_turn = false;
			return err_sys(e, errno, "cannot wait for events");
		}
		run_timers(l);
		dispatch(l, events, n);
		bury(l);
		l->in_turn = false;
	}
	atomic_store(&l->stop, false);
	return true;
}

void loop_stop(struct loop *l)
{
	atomic_store_explicit(&l->stop, true, memory_order_release);
	wake(l);
}

bool loop_add(struct loop *l, int fd, uint32_t events, loop_io_fn fn, void *arg,
	      struct loop_io **out, struct err *e)
{
	struct loop_io *io = mem_new(struct loop_io);
	struct epoll_event ev = {.events = events, .data.ptr = io};
	int errnum;

	if (!io)
		return err_nomem(e);
	*io = (struct loop_io){.loop = l, .fn = fn, .arg = arg, .fd = fd};
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0) {
		*out = io;
		return true;
	}
	errnum = errno;
	mem_free(io);
	return err_sys(e, errnum, "cannot watch descriptor %d", fd);
}

void loop_remove(struct loop_io *io)
{
	struct loop *l;

	if (!io || io->dead)
		return;
	l = io->loop;
	(void)epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, io->fd,
			NULL); /* closed already: gone already */
	io->dead = true;
	io->next_dead = l->dead;
	l->dead = io;
	if (!l->in_turn)
		bury(l);
}

bool loop_timer_new(struct loop *l, loop_fn fn, void *arg, struct loop_timer **out, struct err *e)
{
	struct loop_timer *t;

	if (!timers_room(&l->timers))
		return err_nomem(e);
	t = mem_new(struct loop_timer);
	if (!t)
		return err_nomem(e);
	*t = (struct loop_timer){.loop = l, .fn = fn, .arg = arg, .due_ms = -1};
	l->timers.n_made++;
	*out = t;
	return true;
}

/* Counted from now, not from the turn's start: a long turn must not make timers early. */
void loop_timer_set(struct loop_timer *t, int64_t in_ms)
{
	timers_set(&t->loop->timers, t, in_ms < 0 ? -1 : clock_mono_ms() + in_ms);
}

void loop_timer_free(struct loop_timer *t)
{
	if (!t)
		return;
	timers_drop(&t->loop->timers, t);
	t->loop->timers.n_made--;
	mem_free(t);
}

bool loop_before(struct loop *l, loop_before_fn fn, void *arg, struct err *e)
{
	if (l->n_before == BEFORE_MAX)
		return err_set(e, ERR_BUG, "more than %d callbacks before sleep", BEFORE_MAX);
	l->before[l->n_before].fn = fn;
	l->before[l->n_before].arg = arg;
	l->n_before++;
	return true;
}

bool loop_post(struct loop *l, loop_fn fn, void *arg)
{
	struct letter *letter = mem_new(struct letter);
	bool was_empty;

	if (!letter)
		return false;
	*letter = (struct letter){.fn = fn, .arg = arg};
	pthread_mutex_lock(&l->mail_lock);
	was_empty = l->mail_first == NULL;
	*l->mail_end = letter;
	l->mail_end = &letter->next;
	pthread_mutex_unlock(&l->mail_lock);
	if (was_empty)
		wake(l);
	return true;
}

int64_t loop_now_ms(const struct loop *l)
{
	return l->now_ms;
}
