/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/clock.h"
#include "base/reason.h"
#include "core/trust/crl_egress.h"
#include "lib/unit.h"
#include "wire/download.h"
#include "wire/fetch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long a download waits for a host that is slow. All hosts are slow at once, so that it takes as long as the slowest.
 * runs-alone: it measures time. */
enum kind { CONNECTS_NOT, FALLS_SILENT, NEVER_ENDS, KINDS };

struct slow {
	int fd; /* listens */
	uint16_t port;
	bool trickles;
	pthread_t host, getter;
	int64_t ms;
	char code[32];
};

static struct slow slow[KINDS];
static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n0123456789";

static void *play(void *arg)
{
	const struct slow *s = arg;
	char piece[300];
	int fd = accept(s->fd, NULL, NULL);

	memset(piece, 'x', sizeof piece);
	(void)send(fd, head, sizeof head - 1, MSG_NOSIGNAL);
	for (;;) { /* until the other side ends it */
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n = poll(&p, 1, 500) > 0 ? recv(fd, piece, sizeof piece, 0) : 1;

		if (n <= 0 || (s->trickles && send(fd, piece, sizeof piece, MSG_NOSIGNAL) < 0))
			break;
	}
	(void)close(fd);
	return NULL;
}

static void *get(void *arg)
{
	struct slow *s = arg;
	struct buf out AUTO_BUF = BUF_INIT;
	struct crl_egress list;
	struct err e = ERR_INIT;
	char url[64];
	int64_t begin_ms = clock_mono_ms();

	(void)snprintf(url, sizeof url, "http://127.0.0.1:%u/", (unsigned)s->port);
	const struct download_request r = {.url = url, .egress = &list, .max_bytes = 2000000};
	if (crl_egress_parse("127.0.0.1", &list, &e) && !download_get(&r, NULL, &out, &e))
		(void)snprintf(s->code, sizeof s->code, "%s", e.reason ? e.reason->code : "");
	s->ms = clock_mono_ms() - begin_ms;
	return NULL;
}

static void open_one(struct slow *s, int backlog)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof at;

	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(s->fd, backlog), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &len), 0);
	s->port = ntohs(at.sin_port);
}

/* Nobody accepts: what fits no more is not even answered. */
static void fill(const struct slow *s, int fds[static 2])
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				 .sin_port = htons(s->port)};

	for (int i = 0; i < 2; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)connect(fds[i], (struct sockaddr *)&at, sizeof at);
	}
}

static void assert_given_up(enum kind k, int64_t after_ms)
{
	assert_string_equal(slow[k].code, "download.timeout");
	assert_in_range(slow[k].ms, after_ms * 8 / 10, after_ms * 2 + 3000);
}

static void a_host_that_takes_no_connection(void **state)
{
	(void)state;
	assert_given_up(CONNECTS_NOT, DOWNLOAD_CONNECT_TIMEOUT_MS);
}

static void a_host_that_falls_silent(void **state)
{
	(void)state;
	assert_given_up(FALLS_SILENT, DOWNLOAD_STALL_S * 1000);
}

static void a_host_that_sends_for_ever(void **state)
{
	(void)state;
	assert_given_up(NEVER_ENDS, DOWNLOAD_TIMEOUT_MS);
}

static int play_all(void **state)
{
	int fds[2];

	(void)state;
	slow[NEVER_ENDS].trickles = true;
	for (int i = 0; i < KINDS; i++) {
		open_one(&slow[i], i == CONNECTS_NOT ? 0 : 5);
		if (i != CONNECTS_NOT)
			assert_int_equal(pthread_create(&slow[i].host, NULL, play, &slow[i]), 0);
	}
	fill(&slow[CONNECTS_NOT], fds);
	for (int i = 0; i < KINDS; i++)
		assert_int_equal(pthread_create(&slow[i].getter, NULL, get, &slow[i]), 0);
	for (int i = 0; i < KINDS; i++) {
		assert_int_equal(pthread_join(slow[i].getter, NULL), 0);
		if (i != CONNECTS_NOT)
			assert_int_equal(pthread_join(slow[i].host, NULL), 0);
		(void)close(slow[i].fd);
	}
	(void)close(fds[0]);
	(void)close(fds[1]);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_host_that_takes_no_connection, play_all),
		cmocka_unit_test(a_host_that_falls_silent),
		cmocka_unit_test(a_host_that_sends_for_ever),
	};
	struct err e = ERR_INIT;

	if (!wire_start(&e))
		return 1;
	return unit_run("wire/limits_slow", tests, ARRAY_LEN(tests));
}
