/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/mem.h"
#include "http/server.h"

/*
 * Calls on their way to a pool and back: suspended while they run there, and told by a letter to
 * their worker's loop.
 */

struct http_mail *mail_ref(struct http_mail *m)
{
	atomic_fetch_add(&m->refs, 1);
	return m;
}

void mail_unref(struct http_mail *m)
{
	if (!m || atomic_fetch_sub(&m->refs, 1) != 1)
		return;
	pthread_mutex_destroy(&m->lock);
	mem_free(m);
}

void mail_read(struct http_mail *m)
{
	struct http_call *c;

	for (;;) {
		pthread_mutex_lock(&m->lock);
		c = LIST_FIRST(&m->done);
		if (c)
			LIST_REMOVE(c, done);
		pthread_mutex_unlock(&m->lock);
		if (!c)
			return;
		LIST_REMOVE(c, entry);
		answer_resume(c);
		m->worker->dirty = true;
	}
}

static void on_mail(void *mail)
{
	struct http_mail *m = mail;

	if (m->worker) /* changed by this thread alone */
		mail_read(m);
	mail_unref(m);
}

/* The end of its job is told by a letter to this very thread: it cannot come before this. */
static void suspend(struct http_call *c)
{
	LIST_INSERT_HEAD(&c->wire->worker->suspended, c, entry);
	MHD_suspend_connection(c->mhd);
}

bool worker_submit(struct http_call *c, struct pool *pool, pool_fn fn)
{
	if (!pool || !pool_submit(pool, fn, c))
		return false;
	suspend(c);
	return true;
}

bool worker_submit_password(struct http_call *c, pool_fn fn)
{
	struct http_server *s = c->server;
	struct pool *pool = s->config.passwords ? s->config.passwords : s->config.jobs;

	if (!pool || !known_has(&s->known, c->wire->peer->client_ip))
		return worker_submit(c, pool, fn);
	if (!pool_submit_first(pool, fn, c))
		return false;
	suspend(c);
	return true;
}

void worker_done(struct http_call *c)
{
	struct http_worker *w = c->wire->worker;
	struct http_mail *m = mail_ref(w->mail);
	bool first;

	pthread_mutex_lock(&m->lock);
	first = LIST_EMPTY(&m->done);
	LIST_INSERT_HEAD(&m->done, c, done);
	pthread_mutex_unlock(&m->lock);
	if (!first || !loop_post(w->loop, on_mail, m))
		mail_unref(m); /* without memory for a letter the sweep finds it */
}
