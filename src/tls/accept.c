/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/worker.h"

#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * A worker's listeners: who is let in, and what happens when descriptors or places run out.
 */
#define ACCEPTS_PER_EVENT 32

/* Without a free descriptor a connection can only be taken to be closed; else it would wake us for
 * ever. */
static void refuse_one(struct tls_worker *w, int listen_fd)
{
	int fd;

	if (w->spare_fd >= 0)
		close(w->spare_fd);
	fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
	w->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	front_count(w->front, CONNECTION_REFUSED);
}

/* A flood of silence makes room by losing its own oldest. */
static bool admit(struct tls_worker *w, const struct sockaddr_storage *client)
{
	if (w->n_waiting >= TLS_WAITING_MAX) {
		front_count(w->front, CONNECTION_REFUSED);
		connection_free(TAILQ_FIRST(&w->waiting));
	}
	if (front_admit(w->front, client))
		return true;
	front_count(w->front, CONNECTION_REFUSED);
	return false;
}

static bool accept_one(struct worker_listener *l)
{
	struct tls_worker *w = l->worker;
	struct sockaddr_storage client = {.ss_family = AF_UNSPEC};
	socklen_t len = sizeof(client);
	struct err e = ERR_INIT;
	int fd = accept4(l->fd, (struct sockaddr *)&client, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
		refuse_one(w, l->fd);
		return false;
	}
	if (fd < 0)
		return errno == ECONNABORTED || errno == EINTR;
	if (!admit(w, &client)) {
		close(fd);
		return true;
	}
	if (!connection_new(w, fd, &client, &l->name, &e))
		log_warning("tls.accept", "error=\"%s\"", e.text);
	return true;
}

static void on_accept(void *arg, uint32_t events)
{
	struct worker_listener *l = arg;

	(void)events;
	for (int i = 0; i < ACCEPTS_PER_EVENT && accept_one(l); i++)
		;
}

bool worker_listen(struct tls_worker *w, const struct listener_name *name, int fd, struct err *e)
{
	struct worker_listener *l = mem_new(struct worker_listener);

	if (!l || w->stopping) {
		close(fd);
		mem_free(l);
		return w->stopping || err_nomem(e);
	}
	l->worker = w;
	l->name = *name;
	l->fd = fd;
	TAILQ_INSERT_TAIL(&w->listeners, l, entry);
	if (loop_add(w->loop, fd, EPOLLIN, on_accept, l, &l->io, e))
		return true;
	TAILQ_REMOVE(&w->listeners, l, entry);
	close(fd);
	mem_free(l);
	return false;
}

/* What waits in the queue is served before the socket goes. */
static void stop_listening(struct worker_listener *l)
{
	while (accept_one(l))
		;
	loop_remove(l->io);
	close(l->fd);
	TAILQ_REMOVE(&l->worker->listeners, l, entry);
	mem_free(l);
}

void worker_unlisten(struct tls_worker *w, const struct listener_name *name)
{
	struct worker_listener *l, *next;

	for (l = TAILQ_FIRST(&w->listeners); l; l = next) {
		next = TAILQ_NEXT(l, entry);
		if (l->name.port == name->port && strcmp(l->name.ip, name->ip) == 0)
			stop_listening(l);
	}
}

void tls_worker_stop_accepting(struct tls_worker *w)
{
	w->stopping = true;
	while (!TAILQ_EMPTY(&w->listeners))
		stop_listening(TAILQ_FIRST(&w->listeners));
	while (!TAILQ_EMPTY(&w->quiet)) /* http/ knows nothing of them */
		connection_end(TAILQ_FIRST(&w->quiet));
}
