/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/local.h"

#include "agentd/errands.h"
#include "agentd/trust.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/reason.h"
#include "base/text.h"
#include "core/programs/control.h"
#include "core/programs/control_proof.h"
#include "core/updates/package.h"
#include "wire/agent_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOCAL_READ_TIMEOUT_MS 5000 /* one caller at a time: it may not dawdle */

struct local {
	struct agent *agent; /* borrowed: outlives us */
	int fd, end[2];	     /* end: a byte ends the thread */
	pthread_t thread;
	bool runs;
};

static bool op_status(struct agent *a, const json_t *request, json_t **out, struct err *e)
{
	json_t *status = agent_status(a);

	(void)request;
	*out = status ? json_pack("{s:b, s:o}", "ok", true, "status", status) : NULL;
	return *out || err_nomem(e);
}

static bool read_order(const json_t *r, struct transfer_order *o, struct secret *password,
		       struct err *e)
{
	const char *server = "", *der_text = "", *given = "";
	struct buf der AUTO_BUF = BUF_INIT;
	int64_t https = 0, http = 0, port = 0;

	if (!json_get_str(r, "server", &server, e) ||
	    !json_get_int(r, "https_port", 1, UINT16_MAX, &https, e) ||
	    !json_get_int_opt(r, "http_port", 0, UINT16_MAX, &http, e) ||
	    !json_get_int_opt(r, "agent_port", 0, UINT16_MAX, &port, e) ||
	    !json_get_str(r, "certificate", &der_text, e) ||
	    !json_get_str(r, "password", &given, e))
		return false;
	if (strlen(server) >= sizeof(o->to.host) || !base64_decode(span_str(der_text), &der))
		return err_set(e, ERR_INVALID, "an order that makes no sense");
	text_copy(o->to.host, sizeof(o->to.host), server);
	o->to.https_port = (uint16_t)https;
	o->to.http_port = (uint16_t)http;
	o->agent_port = (uint16_t)port;
	return cert_parse(der.data, der.len, &o->key, e) &&
	       secret_set(password, given, strlen(given), e);
}

static bool op_transfer(struct agent *a, const json_t *request, json_t **out, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;
	struct transfer_order o = {.key = NULL};
	int64_t number;
	bool told = false;
	bool good = read_order(request, &o, &password, e) &&
		    errand_transfer(a, &o, &password, &told, e);

	cert_unref(o.key);
	if (!good)
		return false;
	pthread_mutex_lock(&a->lock);
	number = a->state.held.number;
	pthread_mutex_unlock(&a->lock);
	*out = json_pack("{s:b, s:I, s:b, s:s}", "ok", true, "publication", (json_int_t)number,
			 "told", told, "id", a->id);
	return *out || err_nomem(e);
}

static const struct {
	const char *name;
	bool (*run)(struct agent *a, const json_t *request, json_t **out, struct err *e);
} ops[] = {{"status", op_status}, {"transfer", op_transfer}};

static bool op_run(struct agent *a, const json_t *request, json_t **out, struct err *e)
{
	const char *op = "";

	if (!json_get_str(request, "op", &op, e))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		if (strcmp(ops[i].name, op) == 0)
			return ops[i].run(a, request, out, e);
	return err_set(e, ERR_INVALID, "there is no op '%.40s'", op);
}

static json_t *failure(const struct err *e)
{
	return json_pack("{s:b, s:s, s:o}", "ok", false, "code", err_public(e)->code, "detail",
			 json_text(span_str(e->text)));
}

/* Where the policy says so; whom to believe is in the agent's own trust directory. */
static bool caller_is_signed(struct agent *a, int fd, struct err *e)
{
	struct agent_trust *t AUTO_AGENT_TRUST = NULL;
	struct trust_view *view = NULL;
	bool required, good;

	pthread_mutex_lock(&a->lock);
	required = a->state.configuration.ipc_signatures;
	pthread_mutex_unlock(&a->lock);
	if (!required)
		return true;
	t = trust_now(a);
	if (!t)
		return err_reason(e, "ipc.chain", "the trust directory cannot be read");
	good = package_view_new(agent_trust_roots(t), agent_trust_intermediates(t),
				agent_trust_disallowed(t), &view, e) &&
	       control_peer_proves(fd, LOCAL_READ_TIMEOUT_MS, view, clock_now_s(), e);
	trust_view_unref(view);
	return good;
}

static void answer(struct agent *a, int fd)
{
	json_t *request AUTO_JSON = NULL, *reply AUTO_JSON = NULL;
	struct err e = ERR_INIT;

	if (!control_peer_is_allowed(fd)) {
		log_warning("agent.local", "refused: neither owner nor root");
		return;
	}
	if (!control_hear(fd, LOCAL_READ_TIMEOUT_MS, &request, &e)) {
		log_info("agent.local", "unreadable: %s", e.text);
		return;
	}
	if (!caller_is_signed(a, fd, &e)) {
		log_warning("agent.local", "refused: %s: %s", err_public(&e)->code, e.text);
		reply = failure(&e);
	} else if (!op_run(a, request, &reply, &e)) {
		reply = failure(&e);
	}
	if (reply && !control_write(fd, LOCAL_READ_TIMEOUT_MS, reply, &e))
		log_info("agent.local", "unanswered: %s", e.text);
}

static void *run(void *arg)
{
	struct local *l = arg;
	struct pollfd p[2] = {{.fd = l->fd, .events = POLLIN}, {.fd = l->end[0], .events = POLLIN}};

	for (;;) {
		int fd;

		if (poll(p, ARRAY_LEN(p), -1) < 0 && errno != EINTR) {
			log_error("agent.local", "poll: %s", strerror(errno));
			return NULL;
		}
		if (p[1].revents)
			return NULL;
		fd = p[0].revents ? accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK) : -1;
		if (fd < 0)
			continue;
		answer(l->agent, fd);
		(void)close(fd);
	}
}

static bool make(struct local *l, struct err *e)
{
	int failed;

	if (!control_listen_on(l->agent->dir, AGENT_SOCKET, &l->fd, e))
		return false;
	if (pipe2(l->end, O_CLOEXEC) != 0)
		return err_sys(e, errno, "pipe");
	failed = pthread_create(&l->thread, NULL, run, l);
	if (failed)
		return err_sys(e, failed, "cannot start the thread of " AGENT_SOCKET);
	l->runs = true;
	return true;
}

bool local_start(struct agent *a, struct local **out, struct err *e)
{
	struct local *l = mem_new(struct local);

	if (!l)
		return err_nomem(e);
	*l = (struct local){.agent = a, .fd = -1, .end = {-1, -1}};
	if (!make(l, e)) {
		local_stop(l);
		return false;
	}
	*out = l;
	return true;
}

void local_stop(struct local *l)
{
	if (!l)
		return;
	if (l->runs) {
		if (write(l->end[1], "", 1) != 1)
			log_error("agent.local", "the pipe is full");
		(void)pthread_join(l->thread, NULL);
	}
	for (size_t i = 0; i < ARRAY_LEN(l->end); i++)
		if (l->end[i] >= 0)
			(void)close(l->end[i]);
	if (l->fd >= 0)
		(void)close(l->fd);
	mem_free(l);
}
