/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "http/events.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

struct listener {
	struct http_events *events; /* NULL: the worker is going */
	struct MHD_Connection *mhd;
	struct buf waiting;
	bool suspended, cut_off;
	char whose[EVENTS_WHOSE_BYTES];
	LIST_ENTRY(listener) entry;
};

struct http_events {
	struct http_worker *worker;
	struct loop_timer *ping;
	size_t n;
	bool ended;
	LIST_HEAD(, listener) listeners;
};

static void wake(struct listener *l)
{
	if (!l->suspended)
		return;
	l->suspended = false;
	MHD_resume_connection(l->mhd);
	l->events->worker->dirty = true;
}

static void say(struct http_events *ev, struct span text)
{
	struct listener *l;

	LIST_FOREACH(l, &ev->listeners, entry)
	{
		buf_add_span(&l->waiting, text);
		l->cut_off = l->cut_off || !buf_ok(&l->waiting);
		wake(l);
	}
}

static void end_of(struct http_events *ev, const char *whose)
{
	struct listener *l;

	LIST_FOREACH(l, &ev->listeners, entry)
	{
		if (strcmp(l->whose, whose) != 0)
			continue;
		l->cut_off = true;
		wake(l);
	}
}

static void on_ping(void *arg)
{
	struct http_events *ev = arg;

	say(ev, span_str(":\n\n"));
	loop_timer_set(ev->ping, ev->n > 0 ? EVENTS_PING_MS : -1);
}

bool events_new(struct http_worker *w, struct http_events **out, struct err *e)
{
	struct http_events *ev = mem_new(struct http_events);

	if (!ev)
		return err_nomem(e);
	ev->worker = w;
	LIST_INIT(&ev->listeners);
	if (!loop_timer_new(w->loop, on_ping, ev, &ev->ping, e)) {
		mem_free(ev);
		return false;
	}
	*out = ev;
	return true;
}

void events_end(struct http_events *ev)
{
	struct listener *l;

	ev->ended = true;
	LIST_FOREACH(l, &ev->listeners, entry)
	wake(l);
}

void events_free(struct http_events *ev)
{
	if (!ev)
		return;
	loop_timer_free(ev->ping);
	mem_free(ev);
}

/* libmicrohttpd asks for more to send. */
static ssize_t more(void *listener, uint64_t pos, char *out, size_t max)
{
	struct listener *l = listener;
	size_t n = l->waiting.len < max ? l->waiting.len : max;

	(void)pos;
	if (l->cut_off || l->events->ended)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (n == 0) {
		l->suspended = true;
		MHD_suspend_connection(l->mhd);
		return 0;
	}
	memcpy(out, l->waiting.data, n);
	buf_drop_front(&l->waiting, n);
	return (ssize_t)n;
}

static void leave(void *listener)
{
	struct listener *l = listener;

	LIST_REMOVE(l, entry);
	l->events->n--;
	buf_clear(&l->waiting);
	mem_free(l);
}

struct MHD_Response *events_response(struct http_call *c)
{
	struct http_events *ev = c->wire->worker->events;
	struct listener *l = ev->n < EVENTS_LISTENERS_MAX ? mem_new(struct listener) : NULL;
	struct MHD_Response *r;

	if (!l)
		return NULL;
	l->events = ev;
	l->mhd = c->mhd;
	text_copy(l->whose, sizeof l->whose, c->whose);
	/* who was shut out between the look at his token and now is not on the list of those to be ended yet; whoever
	 * else this meets opens another stream */
	l->cut_off = c->events_ends != atomic_load(&c->server->events_ends);
	buf_init(&l->waiting, EVENTS_BACKLOG_MAX);
	buf_add_str(&l->waiting, "retry: 2000\n\n");
	r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, more, l, leave);
	if (!r) {
		buf_clear(&l->waiting);
		mem_free(l);
		return NULL;
	}
	LIST_INSERT_HEAD(&ev->listeners, l, entry);
	if (ev->n++ == 0)
		loop_timer_set(ev->ping, EVENTS_PING_MS);
	return r;
}

void http_reply_events(struct http_call *c, const char *whose)
{
	if (c->status)
		return;
	c->status = 200;
	c->events = true;
	text_copy(c->whose, sizeof c->whose, whose);
	c->content_type = "text/event-stream";
}

/* ---- from any thread ---- */

struct event_letter {
	struct http_mail *mail;
	bool is_end; /* the text names whose */
	size_t len;
	char text[];
};

static void on_event(void *arg)
{
	struct event_letter *l = arg;
	struct http_worker *w;

	pthread_mutex_lock(&l->mail->lock);
	w = l->mail->worker;
	pthread_mutex_unlock(&l->mail->lock);
	/* its own thread: it cannot go meanwhile */
	if (w && l->is_end)
		end_of(w->events, l->text);
	else if (w)
		say(w->events, span_of(l->text, l->len));
	mail_unref(l->mail);
	mem_free(l);
}

static void post_event(struct http_worker *w, struct span text, bool is_end)
{
	struct event_letter *l = mem_alloc(sizeof(*l) + text.len + 1);

	if (!l)
		return;
	memcpy(l->text, text.p, text.len);
	l->text[text.len] = '\0';
	l->len = text.len;
	l->is_end = is_end;
	l->mail = mail_ref(w->mail);
	if (loop_post(w->loop, on_event, l))
		return;
	mail_unref(l->mail);
	mem_free(l);
}

static void post_all(struct http_server *s, struct span text, bool is_end)
{
	pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < s->n_workers; i++)
		post_event(s->workers[i], text, is_end);
	pthread_mutex_unlock(&s->lock);
}

void http_events_end_of(struct http_server *s, const char *whose)
{
	char name[EVENTS_WHOSE_BYTES];

	text_copy(name, sizeof name, whose);
	atomic_fetch_add(&s->events_ends, 1);
	post_all(s, span_str(name), true);
}

void http_events_send(struct http_server *s, const char *event, const json_t *data)
{
	struct buf text AUTO(buf_clear) = BUF_INIT;
	struct err e = ERR_INIT;

	buf_printf(&text, "event: %s\ndata: ", event);
	if (!json_write(data, &text, &e))
		return;
	buf_add_str(&text, "\n\n");
	if (!buf_ok(&text))
		return;
	post_all(s, buf_span(&text), false);
}
