/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/programs/witness.h"

#include "base/reason.h"
#include "base/text.h"
#include "core/programs/witness_child.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Set once, before any thread; one question at a time. */
static int control = -1;
static pid_t witness;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

bool witness_send(int socket, const void *message, size_t len, int fd)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} beside = {.room = {0}};
	union {
		const void *in;
		void *out;
	} body = {.in = message};
	struct iovec one = {.iov_base = body.out, .iov_len = len};
	struct msghdr m = {.msg_iov = &one, .msg_iovlen = 1};
	ssize_t n;

	if (fd >= 0) {
		struct cmsghdr *c;

		m.msg_control = beside.room;
		m.msg_controllen = sizeof(beside.room);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	do
		n = sendmsg(socket, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)len;
}

bool witness_receive(int socket, void *message, size_t len, int *fd_out)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} beside;
	struct iovec one = {.iov_base = message, .iov_len = len};
	struct msghdr m = {.msg_iov = &one,
			   .msg_iovlen = 1,
			   .msg_control = beside.room,
			   .msg_controllen = sizeof(beside.room)};
	struct cmsghdr *c;
	ssize_t n;

	*fd_out = -1;
	do
		n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd_out, CMSG_DATA(c), sizeof(*fd_out));
	return n == (ssize_t)len;
}

/* What was given to this program, passwords among it, is nothing for a process that may be looked at. */
static void forget(char **texts)
{
	for (; *texts; texts++)
		memset(*texts, 0, strlen(*texts));
}

bool witness_start(char **argv, struct err *e)
{
	int ends[2];
	pid_t pid;

	witness_stop();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return err_sys(e, errno, "cannot reach a process for the local socket");
	pid = fork();
	if (pid == 0) {
		forget(argv);
		forget(environ);
		witness_serve(ends[1]);
	}
	(void)close(ends[1]);
	if (pid < 0) {
		err_sys(e, errno, "cannot make a process for the local socket");
		(void)close(ends[0]);
		return false;
	}
	control = ends[0];
	witness = pid;
	return true;
}

void witness_stop(void)
{
	if (control < 0)
		return;
	(void)close(control);
	control = -1;
	while (waitpid(witness, NULL, 0) < 0 && errno == EINTR)
		;
}

bool witness_stands(void)
{
	return control >= 0;
}

static bool ask(const struct witness_request *r, int fd, int *fd_out, struct err *e)
{
	struct witness_reply reply;
	bool answered;

	if (control < 0)
		return err_set(e, ERR_BUG, "this program has no local socket");
	pthread_mutex_lock(&turn);
	answered = witness_send(control, r, sizeof(*r), fd) &&
		   witness_receive(control, &reply, sizeof(reply), fd_out);
	pthread_mutex_unlock(&turn);
	if (!answered)
		return err_reason(e, "ipc.unseen",
				  "the process that stands for this program has ended");
	if (reply.code == ERR_OK)
		return true;
	return reply.reason[0] ? err_reason(e, reply.reason, "%s", reply.text)
			       : err_set(e, reply.code, "%s", reply.text);
}

static bool ask_socket(enum witness_op op, const char *state_dir, const char *name, int *fd_out,
		       struct err *e)
{
	struct witness_request r = {.op = op};

	if (strlen(state_dir) >= sizeof(r.dir) || strlen(name) >= sizeof(r.name))
		return err_set(e, ERR_INVALID, "the name of the state directory is too long");
	text_copy(r.dir, sizeof(r.dir), state_dir);
	text_copy(r.name, sizeof(r.name), name);
	return ask(&r, -1, fd_out, e);
}

bool witness_connect(const char *state_dir, const char *name, int *fd_out, struct err *e)
{
	return ask_socket(WITNESS_CONNECT, state_dir, name, fd_out, e);
}

bool witness_listen(const char *state_dir, const char *name, int *fd_out, struct err *e)
{
	return ask_socket(WITNESS_LISTEN, state_dir, name, fd_out, e);
}

bool witness_vouch(int fd, const char *nonce, struct err *e)
{
	struct witness_request r = {.op = WITNESS_VOUCH};
	int none;

	if (strlen(nonce) > WITNESS_NONCE_MAX)
		return err_set(e, ERR_INVALID, "that is nothing to repeat");
	text_copy(r.nonce, sizeof(r.nonce), nonce);
	return ask(&r, fd, &none, e);
}

bool witness_look(pid_t pid, int *fd_out, struct err *e)
{
	struct witness_request r = {.op = WITNESS_LOOK, .pid = pid};

	return ask(&r, -1, fd_out, e);
}
