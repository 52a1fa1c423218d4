/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/reading/reader.h"

#include "base/clock.h"
#include "base/files.h"
#include "core/reading/reader_child.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define GRACE_MS 2000		/* beyond READER_WALL_MAX, for the kernel to end a reader */
#define CHUNK ((size_t)1 << 16) /* bytes of an answer at a time */

/* Set once, before any thread; the socket takes messages from all of them. */
static int control = -1;
static pid_t maker;
static struct reader_setup running;

bool reader_start_with(const struct reader_setup *setup, struct err *e)
{
	int ends[2];
	pid_t pid;

	reader_stop();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return err_sys(e, errno, "cannot reach a reader of files");
	pid = fork();
	if (pid == 0)
		reader_serve(ends[1], setup);
	(void)close(ends[1]);
	if (pid < 0) {
		err_sys(e, errno, "cannot make a process that reads files");
		(void)close(ends[0]);
		return false;
	}
	control = ends[0];
	maker = pid;
	running = *setup;
	return true;
}

bool reader_start(struct err *e)
{
	static const struct reader_setup setup = {.work = reader_work,
						  .limits = {.memory_bytes = READER_MEMORY_MAX,
							     .cpu_s = READER_CPU_MAX,
							     .wall_s = READER_WALL_MAX}};

	return reader_start_with(&setup, e);
}

void reader_stop(void)
{
	if (control < 0)
		return;
	(void)close(control);
	control = -1;
	while (waitpid(maker, NULL, 0) < 0 && errno == EINTR)
		;
}

static bool gone(struct err *e)
{
	return err_reason(e, "file.reader_gone", "the process that reads files has ended");
}

/* Hands one end of a new socket over; a reader sits behind the other then. */
static bool reader_call(int *fd_out, struct err *e)
{
	char byte = 0, room[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec one = {.iov_base = &byte, .iov_len = 1};
	struct msghdr m = {.msg_iov = &one,
			   .msg_iovlen = 1,
			   .msg_control = room,
			   .msg_controllen = sizeof(room)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int ends[2];
	ssize_t n;

	if (control < 0)
		return err_set(e, ERR_BUG, "this program does not read files from outside");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return err_sys(e, errno, "cannot reach a reader of files");
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &ends[1], sizeof(int));
	do
		n = sendmsg(control, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	(void)close(ends[1]);
	if (n == 1) {
		*fd_out = ends[0];
		return true;
	}
	(void)close(ends[0]);
	return gone(e);
}

/* False: not in time. */
static bool ready(int fd, short events, int64_t until_ms)
{
	struct pollfd p = {.fd = fd, .events = events};
	int n;

	do {
		int64_t left = until_ms - clock_mono_ms();

		n = left > 0 ? poll(&p, 1, (int)left) : 0;
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

/* A reader that ends early has an answer, or is missed when that is read. */
static void send_all(int fd, struct span s, int64_t until_ms)
{
	while (s.len > 0 && ready(fd, POLLOUT, until_ms)) {
		ssize_t n = send(fd, s.p, s.len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return;
		if (n > 0)
			s = span_of(s.p + n, s.len - (size_t)n);
	}
}

static bool receive_all(int fd, struct buf *out, int64_t until_ms, struct err *e)
{
	while (ready(fd, POLLIN, until_ms)) {
		uint8_t *room = buf_space(out, CHUNK);
		ssize_t n;

		if (!room)
			return out->len + CHUNK > READER_REPLY_MAX
				       ? err_reason(e, "file.reader_stopped",
						    "the reader's answer does not end")
				       : err_nomem(e);
		n = recv(fd, room, CHUNK, MSG_DONTWAIT);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return true;
		buf_took(out, (size_t)n);
	}
	return true;
}

static bool without_answer(int64_t took_ms, struct err *e)
{
	const struct sandbox_limits *l = &running.limits;

	if (took_ms >= (int64_t)l->cpu_s * 1000 || took_ms >= (int64_t)l->wall_s * 1000)
		return err_reason(
			e, "file.reader_limit",
			"reading it takes more than %u seconds of computing, or %u in all",
			l->cpu_s, l->wall_s);
	return err_reason(e, "file.reader_stopped",
			  "the process that read it ended without an answer");
}

/* request as the reader is to see it; the answer is not looked at yet. */
static bool ask(enum reader_kind kind, bool allow_no_mac, const struct secret *password,
		struct span file, struct buf *out, struct err *e)
{
	int64_t began_ms = clock_mono_ms(),
		until_ms = began_ms + (int64_t)running.limits.wall_s * 1000 + GRACE_MS;
	uint8_t head[READER_HEAD_BYTES];
	int fd AUTO_FD = -1;

	if (file.len > ZIP_MAX_BYTES)
		return err_reason(e, "limit.file", "a file of %zu bytes, at most %zu", file.len,
				  ZIP_MAX_BYTES);
	if (!reader_call(&fd, e))
		return false;
	reader_head_write(kind, allow_no_mac, password, file.len, head);
	send_all(fd, span_of(head, sizeof(head)), until_ms);
	if (password)
		send_all(fd, secret_span(password), until_ms);
	send_all(fd, file, until_ms);
	buf_init(out, READER_REPLY_MAX);
	out->secret = true;
	if (!receive_all(fd, out, until_ms, e))
		return false;
	return out->len > 0 || without_answer(clock_mono_ms() - began_ms, e);
}

static bool bag_from(enum reader_kind kind, struct span in, const struct secret *password,
		     bool allow_no_mac, struct bag *out, struct err *e)
{
	struct buf reply AUTO_BUF = BUF_INIT;

	return ask(kind, allow_no_mac, password, in, &reply, e) &&
	       reader_bag_read(buf_span(&reply), out, e);
}

bool reader_bag(struct span in, const struct secret *password, bool allow_no_mac, struct bag *out,
		struct err *e)
{
	return bag_from(READER_BAG, in, password, allow_no_mac, out, e);
}

bool reader_pfx(struct span in, const struct secret *password, bool allow_no_mac, struct bag *out,
		struct err *e)
{
	return bag_from(READER_PFX, in, password, allow_no_mac, out, e);
}

bool reader_zip(struct span in, const struct secret *password, struct zip *out, struct err *e)
{
	struct buf reply AUTO_BUF = BUF_INIT;

	return ask(READER_ZIP, false, password, in, &reply, e) &&
	       reader_zip_read(buf_span(&reply), out, e);
}

bool reader_reg(struct span in, struct reg_settings *out, struct err *e)
{
	struct buf reply AUTO_BUF = BUF_INIT;

	return ask(READER_REG, false, NULL, in, &reply, e) &&
	       reader_reg_read(buf_span(&reply), out, e);
}
