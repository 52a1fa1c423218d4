/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * All listeners in one loop: a port each, connections kept.
 */
#define EVENTS 256
#define BUF_SIZE 8192

struct conn {
	bool is_listener, shaken;
	struct agent *agent;
	int fd;
	gnutls_session_t tls;
	size_t have;
	char *buf; /* BUF_SIZE; listeners have none */
};

static int loop_fd;
static struct conn *listeners;

static void watch(struct conn *c)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};

	epoll_ctl(loop_fd, EPOLL_CTL_ADD, c->fd, &ev);
}

static void end(struct conn *c)
{
	close(c->fd);
	gnutls_deinit(c->tls);
	free(c->buf);
	free(c);
}

static void welcome(struct conn *l)
{
	int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;
	struct conn *c;

	if (fd < 0)
		return;
	if (atomic_load(&l->agent->is_offline)) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c = calloc(1, sizeof(*c));
	c->agent = l->agent;
	c->fd = fd;
	c->buf = calloc(BUF_SIZE, 1);
	gnutls_init(&c->tls, GNUTLS_SERVER | GNUTLS_NONBLOCK);
	gnutls_set_default_priority(c->tls);
	gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, l->agent->credentials);
	gnutls_transport_set_int(c->tls, fd);
	watch(c);
}

static bool answer(struct conn *c)
{
	char *stop = strstr(c->buf, "\r\n\r\n"), *length;
	char body[512], head[1024];
	size_t want, used;
	int status, n;

	if (!stop)
		return true;
	length = strcasestr(c->buf, "\r\nContent-Length:");
	want = length && length < stop ? strtoul(length + 17, NULL, 10) : 0;
	used = (size_t)(stop - c->buf) + 4 + want;
	if (c->have < used)
		return true;
	status = agent_take(c->agent, stop + 4, body, sizeof(body));
	n = snprintf(head, sizeof(head),
		     "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s", status,
		     status == 200 ? "OK" : "Forbidden",
		     status == 200 ? "application/json" : "application/problem+json", strlen(body),
		     body);
	c->have = 0;
	return gnutls_record_send(c->tls, head, (size_t)n) == n;
}

static bool advance(struct conn *c)
{
	if (!c->shaken) {
		int rc = gnutls_handshake(c->tls);

		if (rc < 0)
			return !gnutls_error_is_fatal(rc);
		c->shaken = true;
		atomic_fetch_add(&sim.handshakes, 1);
	}
	for (;;) {
		ssize_t n = gnutls_record_recv(c->tls, c->buf + c->have, BUF_SIZE - 1 - c->have);

		if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED)
			return true;
		if (n <= 0 || atomic_load(&c->agent->is_offline))
			return false;
		c->have += (size_t)n;
		c->buf[c->have] = '\0';
		if (!answer(c))
			return false;
	}
}

static void *run(void *arg)
{
	struct epoll_event events[EVENTS];

	(void)arg;
	for (;;) {
		int n = epoll_wait(loop_fd, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;

			if (c->is_listener)
				welcome(c);
			else if (!advance(c))
				end(c);
		}
	}
	return NULL;
}

/* The next free port from *port on. */
static bool open_one(struct agent *a, unsigned *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET};

	inet_pton(AF_INET, "127.0.0.1", &at.sin_addr);
	for (; *port < 65536; (*port)++) {
		int one = 1;

		a->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		setsockopt(a->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		at.sin_port = htons((uint16_t)*port);
		if (bind(a->listener, (struct sockaddr *)&at, sizeof(at)) == 0 &&
		    listen(a->listener, 16) == 0) {
			a->port = (uint16_t)(*port)++;
			return true;
		}
		close(a->listener);
	}
	return false;
}

bool listener_start(void)
{
	unsigned port = 12000;
	pthread_t thread;

	loop_fd = epoll_create1(EPOLL_CLOEXEC);
	listeners = calloc(sim.n, sizeof(*listeners));
	for (size_t i = 0; i < sim.n; i++) {
		struct conn *c = &listeners[i];

		if (!open_one(&sim.agents[i], &port))
			return false;
		c->is_listener = true;
		c->agent = &sim.agents[i];
		c->fd = sim.agents[i].listener;
		watch(c);
	}
	return pthread_create(&thread, NULL, run, NULL) == 0;
}
