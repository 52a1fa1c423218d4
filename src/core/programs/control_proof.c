/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/programs/control_proof.h"

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "core/programs/control.h"
#include "core/programs/program.h"
#include "core/programs/witness.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Linux 6.5; C libraries of Debian 12 do not know it. */
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

#define NONCE_BYTES 16
#define ASKS_MAX 2 /* requests for proof before what was to be said */

struct peer {
	pid_t pid;
	int process; /* a pidfd: the number stays with this process while it lives */
	struct program program;
};

static void peer_clear(struct peer *p)
{
	if (p->process >= 0)
		(void)close(p->process);
	program_clear(&p->program);
}

static bool unseen(struct err *e, const char *why)
{
	return err_reason(e, "ipc.unseen", "which program calls cannot be told: %s", why);
}

/* One that ended between connecting and now may have left its number to another; that one will not send the proof. */
static bool peer_hold(int fd, struct peer *p, struct err *e)
{
	struct ucred who;
	socklen_t len = sizeof(who), size = sizeof(p->process);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0 || who.pid <= 0)
		return unseen(e, "it is in a container that this process does not see into");
	p->pid = who.pid;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &p->process, &size) == 0)
		return true;
	p->process = errno == ENOPROTOOPT ? (int)syscall(SYS_pidfd_open, who.pid, 0) : -1;
	return p->process >= 0 || unseen(e, "it has ended");
}

static bool peer_lives(const struct peer *p)
{
	struct pollfd ended = {.fd = p->process, .events = POLLIN};

	return poll(&ended, 1, 0) == 0;
}

static bool ask(int fd, int timeout_ms, char nonce[static 2 * NONCE_BYTES + 1], struct err *e)
{
	uint8_t random[NONCE_BYTES];
	json_t *question AUTO_JSON = NULL;
	const int on = 1;

	random_bytes(random, sizeof(random));
	hex_lower(span_of(random, sizeof(random)), nonce);
	question = json_pack("{s:s, s:s}", "op", "attest", "nonce", nonce);
	if (!question)
		return err_nomem(e);
	/* Before the question: what is sent from now on says who sent it. */
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) != 0)
		return err_sys(e, errno, "cannot have senders named");
	return control_write(fd, timeout_ms, question, e);
}

/* What came beside a message: its sender, and how many descriptors, which are closed. */
static void look_beside(struct msghdr *m, pid_t *sender, size_t *n_fds)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_CREDENTIALS) {
			struct ucred who;

			memcpy(&who, CMSG_DATA(c), sizeof(who));
			*sender = who.pid;
		} else if (c->cmsg_type == SCM_RIGHTS) {
			*n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
			for (size_t i = 0; i < *n_fds; i++) {
				int fd;

				memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
				(void)close(fd);
			}
		}
	}
}

/* In one message, sent by that process itself, with a descriptor: no program can be made to print that. */
static bool proof_take(int fd, int timeout_ms, pid_t pid, const char *nonce, struct err *e)
{
	union {
		char room[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr aligned;
	} beside;
	char line[128], wanted[128];
	struct iovec one = {.iov_base = line, .iov_len = sizeof(line)};
	struct msghdr m = {.msg_iov = &one,
			   .msg_iovlen = 1,
			   .msg_control = beside.room,
			   .msg_controllen = sizeof(beside.room)};
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int len = snprintf(wanted, sizeof(wanted), "{\"proof\":\"%s\"}\n", nonce);
	int64_t until_ms = clock_mono_ms() + timeout_ms;
	pid_t sender = 0;
	size_t n_fds = 0;
	ssize_t n;

	do {
		int64_t left = until_ms - clock_mono_ms();

		if (left <= 0 || poll(&p, 1, (int)left) == 0)
			return unseen(e, "it does not prove itself in time");
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n <= 0)
		return unseen(e, "it hung up instead of proving itself");
	look_beside(&m, &sender, &n_fds);
	return (n == len && memcmp(line, wanted, (size_t)len) == 0 && n_fds == 1 &&
		sender == pid) ||
	       unseen(e, "it does not prove itself");
}

bool control_peer_proves(int fd, int timeout_ms, const struct trust_view *view, int64_t now_s,
			 struct err *e)
{
	struct peer p AUTO(peer_clear) = {.process = -1, .program = PROGRAM_INIT};
	char nonce[2 * NONCE_BYTES + 1];

	if (!peer_hold(fd, &p, e) || !program_open(p.pid, &p.program, e) ||
	    !ask(fd, timeout_ms, nonce, e) || !proof_take(fd, timeout_ms, p.pid, nonce, e))
		return false;
	if (!peer_lives(&p))
		return unseen(e, "it ended while it was looked at");
	return program_is_signed(&p.program, view, now_s, e);
}

static bool asks(const json_t *v)
{
	const char *op = json_string_value(json_object_get(v, "op"));

	return op && strcmp(op, "attest") == 0;
}

bool control_hear(int fd, int timeout_ms, json_t **out, struct err *e)
{
	json_t *heard AUTO_JSON = NULL;

	for (int i = 0;; i++) {
		const char *nonce = "";

		if (!control_read(fd, timeout_ms, &heard, e))
			return false;
		if (!asks(heard)) {
			*out = heard;
			heard = NULL;
			return true;
		}
		if (i >= ASKS_MAX)
			return err_set(e, ERR_LIMIT, "asked to prove itself again and again");
		if (!json_get_str(heard, "nonce", &nonce, e) || !witness_vouch(fd, nonce, e))
			return false;
		json_decref(heard);
		heard = NULL;
	}
}
