/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/programs/witness_child.h"

#include "base/files.h"
#include "base/reason.h"
#include "base/sandbox.h"
#include "base/text.h"
#include "core/programs/control_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOCKET 3

/* What it may ask the kernel for: sockets, looking, its user. */
static const struct sandbox_rule rules[] = {
	{.name = "read"},
	{.name = "write"},
	{.name = "close"},
	{.name = "open"},
	{.name = "openat"},
	{.name = "fstat"},
	{.name = "newfstatat"},
	{.name = "fcntl"},
	{.name = "socket", .argument = 0, .mask = 0xffffffff, .value = AF_UNIX},
	{.name = "connect"},
	{.name = "bind"},
	{.name = "listen"},
	{.name = "sendmsg"},
	{.name = "recvmsg"},
	{.name = "unlinkat"},
	{.name = "fchmod"},
	{.name = "fchmodat"},
	{.name = "fchmodat2"},
	{.name = "eventfd2"},
	{.name = "geteuid"},
	{.name = "setgroups"},
	{.name = "setresgid"},
	{.name = "setresuid"},
	{.name = "capget"},
	{.name = "capset"},
	{.name = "prctl"},
	{.name = "brk"},
	{.name = "mmap", .argument = 2, .mask = PROT_EXEC},
	{.name = "mprotect", .argument = 2, .mask = PROT_EXEC},
	{.name = "munmap"},
	{.name = "madvise"},
	{.name = "futex"},
	{.name = "getrandom"},
	{.name = "clock_gettime"},
	{.name = "rt_sigreturn"},
	{.name = "restart_syscall"},
	{.name = "exit_group"},
#if SANITIZED /* their reports */
	{.name = "getpid"},
	{.name = "gettid"},
	{.name = "sigaltstack"},
	{.name = "rt_sigprocmask"},
	{.name = "rt_sigaction"},
	{.name = "sched_yield"},
#endif
};

/* Signals to the group are for the maker, whose end ends this one. */
static bool alone(int socket)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)sigaction(SIGHUP, &ignore, NULL);
	(void)sigaction(SIGINT, &ignore, NULL);
	(void)sigaction(SIGTERM, &ignore, NULL);
	(void)prctl(PR_SET_NAME, "witness", 0, 0, 0);
	if (socket != SOCKET && dup3(socket, SOCKET, O_CLOEXEC) < 0)
		return false;
	for (int fd = 0; fd < SOCKET && null >= 0; fd++)
		if ((fd != STDERR_FILENO || !SANITIZED) && dup3(null, fd, 0) < 0)
			return false;
	return close_range(SOCKET + 1, ~0u, 0) == 0;
}

/* The other side sees what is its own, and no more able than itself. */
static bool be_seen(int dir, struct err *e)
{
	struct err ignored = ERR_INIT;
	struct stat st;

	if (fstat(dir, &st) != 0)
		return err_sys(e, errno, "cannot look at the state directory");
	if (geteuid() == 0 && st.st_uid != 0 &&
	    (setgroups(0, NULL) != 0 || setresgid(st.st_gid, st.st_gid, st.st_gid) != 0 ||
	     setresuid(st.st_uid, st.st_uid, st.st_uid) != 0))
		return err_sys(e, errno, "cannot act as the owner of the state directory");
	/* Where a service manager forbids the call, root alone sees it. */
	if (!sandbox_capabilities(0, &ignored))
		ignored = (struct err)ERR_INIT;
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0 ||
	       err_sys(e, errno, "cannot let itself be looked at");
}

static bool make_socket(const struct witness_request *r, int *fd_out, struct err *e)
{
	int dir AUTO_FD = -1;

	if (!control_dir_open(r->dir, &dir, e) || !be_seen(dir, e))
		return false;
	return r->op == WITNESS_LISTEN ? control_dir_listen(dir, r->name, fd_out, e)
				       : control_dir_connect(dir, r->name, fd_out, e);
}

/* The descriptor says that this is no text which a program was made to print. */
static bool vouch(const struct witness_request *r, int fd, struct err *e)
{
	char line[WITNESS_NONCE_MAX + 16];
	int token AUTO_FD = eventfd(0, EFD_CLOEXEC);
	int n = snprintf(line, sizeof(line), "{\"proof\":\"%s\"}\n", r->nonce);

	return (token >= 0 && fd >= 0 && n > 0 && witness_send(fd, line, (size_t)n, token)) ||
	       err_sys(e, errno, "cannot prove which program this is");
}

static bool look(const struct witness_request *r, int *fd_out, struct err *e)
{
	char path[40];

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)r->pid);
	*fd_out = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return *fd_out >= 0 || err_sys(e, errno, "cannot open %s", path);
}

static bool work(const struct witness_request *r, int fd, int *fd_out, struct err *e)
{
	switch (r->op) {
	case WITNESS_CONNECT:
	case WITNESS_LISTEN:
		return make_socket(r, fd_out, e);
	case WITNESS_VOUCH:
		return vouch(r, fd, e);
	case WITNESS_LOOK:
		return look(r, fd_out, e);
	}
	return err_set(e, ERR_BUG, "no such request");
}

void witness_serve(int socket)
{
	static struct witness_request r;

	struct err why = ERR_INIT;

	if (!alone(socket) || !sandbox_no_new_privileges(&why) ||
	    !sandbox_filter(rules, ARRAY_LEN(rules), SANDBOX_EPERM, &why))
		_exit(1);
	for (;;) {
		struct witness_reply reply = {.code = ERR_OK};
		struct err e = ERR_INIT;
		int given AUTO_FD = -1, made AUTO_FD = -1;

		if (!witness_receive(SOCKET, &r, sizeof(r), &given))
			_exit(0);
		if (!work(&r, given, &made, &e)) {
			reply.code = e.code;
			text_copy(reply.text, sizeof(reply.text), e.text);
			if (e.reason)
				text_copy(reply.reason, sizeof(reply.reason), e.reason->code);
		}
		if (!witness_send(SOCKET, &reply, sizeof(reply), made))
			_exit(0);
	}
}
