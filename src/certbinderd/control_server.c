/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "certbinderd/control_server.h"

#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/reason.h"
#include "certbinderd/control_ops.h"
#include "core/programs/control.h"
#include "core/programs/control_proof.h"
#include "core/programs/ipc_policy.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct control_server {
	struct console *console;
	int fd;
	struct loop *loop;
	struct loop_io *io;
	struct pool *pool;
	pthread_t thread;
	bool runs;
};

struct caller {
	struct console *console;
	int fd;
};

/* Where the policy says so; what cannot be read is not taken for "off". */
static bool caller_is_signed(struct core *core, int fd, struct err *e)
{
	struct trust_view *view = NULL;
	bool good;

	if (!core)
		return true; /* nothing is done then either */
	if (!ipc_policy_read(core, &view, e))
		return false;
	good = !view || control_peer_proves(fd, CONTROL_READ_TIMEOUT_MS, view, core_now_s(core), e);
	trust_view_unref(view);
	return good;
}

static json_t *reply_to(const struct caller *c, struct core *core, const json_t *request)
{
	struct err e = ERR_INIT;

	if (caller_is_signed(core, c->fd, &e))
		return control_op(c->console, core, request);
	log_warning("daemon.control", "refused: %s: %s", err_public(&e)->code, e.text);
	return json_pack("{s:b, s:s, s:o}", "ok", 0, "code", err_public(&e)->code, "detail",
			 json_text(span_str(e.text)));
}

static void answer(void *ctx, void *arg)
{
	struct caller *c = arg;
	json_t *request = NULL, *reply;
	struct err e = ERR_INIT;

	if (!control_hear(c->fd, CONTROL_READ_TIMEOUT_MS, &request, &e))
		log_info("daemon.control", "unreadable: %s", e.text);
	else if ((reply = reply_to(c, ctx, request)) != NULL) {
		if (!control_write(c->fd, CONTROL_READ_TIMEOUT_MS, reply, &e))
			log_info("daemon.control", "unanswered: %s", e.text);
		json_decref(reply);
	}
	json_decref(request);
	(void)close(c->fd);
	mem_free(c);
}

static void caller_take(struct control_server *s, int fd)
{
	struct caller *c;

	if (!control_peer_is_allowed(fd)) {
		log_warning("daemon.control", "refused: neither owner nor root");
		(void)close(fd);
		return;
	}
	c = mem_new(struct caller);
	if (!c) {
		(void)close(fd);
		return;
	}
	*c = (struct caller){.console = s->console, .fd = fd};
	if (!pool_submit(s->pool, answer, c)) {
		(void)close(fd);
		mem_free(c);
	}
}

static void accept_all(void *arg, uint32_t events)
{
	struct control_server *s = arg;

	(void)events;
	for (;;) {
		int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0)
			caller_take(s, fd);
		else if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

static void *job_setup(void *arg)
{
	return console_core(arg);
}

static void job_teardown(void *ctx)
{
	core_close(ctx);
}

static void *run(void *arg)
{
	struct control_server *s = arg;
	struct err e = ERR_INIT;

	if (!loop_run(s->loop, &e))
		log_error("daemon.control", "%s", e.text);
	return NULL;
}

static bool make(struct control_server *s, struct err *e)
{
	int failed;

	if (!pool_new(CONTROL_THREADS, CONTROL_QUEUE_MAX, job_setup, job_teardown, s->console,
		      &s->pool, e) ||
	    !control_listen(s->console->config->state_dir, &s->fd, e) || !loop_new(&s->loop, e) ||
	    !loop_add(s->loop, s->fd, EPOLLIN, accept_all, s, &s->io, e))
		return false;
	failed = pthread_create(&s->thread, NULL, run, s);
	if (failed)
		return err_sys(e, failed, "cannot start the control thread");
	s->runs = true;
	return true;
}

bool control_server_start(struct console *k, struct control_server **out, struct err *e)
{
	struct control_server *s = mem_new(struct control_server);

	if (!s)
		return err_nomem(e);
	s->console = k;
	s->fd = -1;
	if (!make(s, e)) {
		control_server_stop(s);
		return false;
	}
	*out = s;
	return true;
}

void control_server_stop(struct control_server *s)
{
	if (!s)
		return;
	if (s->runs) {
		loop_stop(s->loop);
		(void)pthread_join(s->thread, NULL);
	}
	loop_remove(s->io);
	loop_free(s->loop);
	if (s->fd >= 0)
		(void)close(s->fd);
	pool_free(s->pool);
	mem_free(s);
}
