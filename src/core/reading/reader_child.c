/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/reading/reader_child.h"

#include "base/log.h"
#include "core/reading/reader.h"
#include "x509/pfx.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONTROL 3 /* of the process that makes readers: beside 0, 1 and 2 all that is open there */
#define SOCKET 0  /* of a reader: all that is open there, but for what sanitizers write to */

bool reader_work(const struct reader_request *r, struct buf *reply, struct err *e)
{
	const struct secret *password = r->has_password ? &r->password : NULL;
	struct bag bag AUTO_BAG = BAG_INIT;
	struct zip zip AUTO_ZIP = ZIP_INIT;
	struct reg_settings reg;

	if (r->kind == READER_ZIP) {
		if (!zip_read(buf_span(&r->file), password, &zip, e))
			return false;
		reader_zip_write(&zip, reply);
		return true;
	}
	if (r->kind == READER_REG) {
		if (!reg_file_read(buf_span(&r->file), &reg, e))
			return false;
		reader_reg_write(&reg, reply);
		return true;
	}
	if (r->kind == READER_PFX
		    ? !pfx_read(buf_span(&r->file), password, r->allow_no_mac, &bag, e)
		    : !bag_read(buf_span(&r->file), password, r->allow_no_mac, &bag, e))
		return false;
	reader_bag_write(&bag, reply);
	return true;
}

/* ---- what a reader may ask the kernel for: its socket, memory, nothing else ---------------------------------------- */

static const struct sandbox_rule rules[] = {
	{.name = "read"},
	{.name = "write"},
	{.name = "brk"},
	{.name = "munmap"},
	{.name = "mremap"},
	{.name = "madvise"},
	{.name = "mlock"},
	{.name = "munlock"},
	{.name = "futex"},
	{.name = "getrandom"},
	{.name = "clock_gettime"},
	{.name = "gettimeofday"},
	{.name = "getpid"},
	{.name = "gettid"},
	{.name = "sched_yield"},
	{.name = "restart_syscall"},
	{.name = "exit"},
	{.name = "exit_group"},
	/* memory, but never to run */
	{.name = "mmap", .argument = 2, .mask = PROT_EXEC},
	{.name = "mprotect", .argument = 2, .mask = PROT_EXEC},
	/* what libraries try and can do without */
	{.name = "open", .action = SANDBOX_EPERM},
	{.name = "openat", .action = SANDBOX_EPERM},
	{.name = "newfstatat", .action = SANDBOX_EPERM},
	{.name = "fstat", .action = SANDBOX_EPERM},
	{.name = "readlink", .action = SANDBOX_EPERM},
	{.name = "ioctl", .action = SANDBOX_EPERM},
	{.name = "sysinfo", .action = SANDBOX_EPERM},
	{.name = "uname", .action = SANDBOX_EPERM},
	{.name = "prlimit64", .action = SANDBOX_EPERM},
	{.name = "sched_getaffinity", .action = SANDBOX_EPERM},
#if SANITIZED /* their reports */
	{.name = "sigaltstack"},
	{.name = "rt_sigprocmask"},
	{.name = "rt_sigaction"},
	{.name = "rt_sigreturn"},
	{.name = "getrusage"},
	{.name = "nanosleep"},
#endif
};

/* ---- one reader ---------------------------------------------------------------------------------------------------- */

static bool socket_alone(int fd, struct err *e)
{
	if (dup3(fd, SOCKET, 0) < 0 || close_range(SANITIZED ? 3 : 1, ~0u, 0) != 0)
		return err_sys(e, errno, "cannot close what a reader must not have");
	return true;
}

static bool confine(const struct reader_setup *s, struct err *e)
{
	(void)prctl(PR_SET_NAME, "file reader", 0, 0, 0);
	return sandbox_limits(&s->limits, e) &&
	       sandbox_filter(rules, ARRAY_LEN(rules), SANDBOX_KILL, e);
}

static bool receive(void *to, size_t len)
{
	uint8_t *p = to;

	while (len > 0) {
		ssize_t n = read(SOCKET, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static void answer(struct buf *reply)
{
	const uint8_t *p = reply->data;
	size_t left = reply->len;

	while (left > 0) {
		ssize_t n = write(SOCKET, p, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		p += n;
		left -= (size_t)n;
	}
}

/* False: nobody asks any more. */
static bool request_read(struct reader_request *r)
{
	uint8_t head[READER_HEAD_BYTES], *room;
	size_t password_len, file_len;
	struct err ignored = ERR_INIT;

	if (!receive(head, sizeof(head)) || !reader_head_read(head, r, &password_len, &file_len) ||
	    !secret_alloc(&r->password, password_len, &ignored) ||
	    !receive(r->password.data, password_len))
		return false;
	buf_init(&r->file, ZIP_MAX_BYTES);
	r->file.secret = true;
	room = buf_space(&r->file, file_len);
	if (!room || !receive(room, file_len))
		return false;
	buf_took(&r->file, file_len);
	return true;
}

static void request_clear(struct reader_request *r)
{
	secret_clear(&r->password);
	buf_clear(&r->file);
}

static void read_one(const struct reader_setup *s, struct buf *reply)
{
	struct reader_request r AUTO(request_clear) = {.kind = READER_BAG};
	struct err e = ERR_INIT;

	if (!confine(s, &e))
		reader_error_write(&e, reply);
	else if (request_read(&r) && !s->work(&r, reply, &e))
		reader_error_write(&e, reply);
	else if (!buf_ok(reply) && !err_nomem(&e))
		reader_error_write(&e, reply);
}

static _Noreturn void reader_main(int fd, const struct reader_setup *s)
{
	struct buf reply AUTO_BUF = {.secret = true, .max = READER_REPLY_MAX};
	struct err e = ERR_INIT;

	if (!socket_alone(fd, &e))
		_exit(1);
	read_one(s, &reply);
	answer(&reply);
	_exit(0);
}

/* ---- the process that makes them ----------------------------------------------------------------------------------- */

/* -1: nobody is there any more. */
static int socket_take(int control)
{
	char byte, room[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec one = {.iov_base = &byte, .iov_len = 1};
	struct msghdr m = {.msg_iov = &one,
			   .msg_iovlen = 1,
			   .msg_control = room,
			   .msg_controllen = sizeof(room)};
	const struct cmsghdr *c;
	ssize_t n;
	int fd;

	do
		n = recvmsg(control, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	c = n == 1 ? CMSG_FIRSTHDR(&m) : NULL;
	if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static void cannot_fork(int fd, int failed)
{
	struct buf reply AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;

	err_set(&e, ERR_BUSY, "no process can be made to read the file in: error %d", failed);
	reader_error_write(&e, &reply);
	(void)send(fd, reply.data, reply.len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Children are nobody's to wait for; a terminal's signals are the program's affair, whose end is ours. */
static void signals_set(void)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN}, usual = {.sa_handler = SIG_DFL};
	sigset_t none;

	(void)sigaction(SIGCHLD, &ignore, NULL);
	(void)sigaction(SIGINT, &ignore, NULL);
	(void)sigaction(SIGTERM, &ignore, NULL);
	(void)sigaction(SIGHUP, &ignore, NULL);
	(void)sigaction(SIGALRM, &usual, NULL);
	(void)sigaction(SIGXCPU, &usual, NULL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

/* Standard error stays for what goes wrong here; a reader loses it. */
static bool descriptors_set(int control, struct err *e)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup3(null, 0, 0) < 0 || dup3(null, 1, 0) < 0 ||
	    (control != CONTROL && dup3(control, CONTROL, O_CLOEXEC) < 0) ||
	    close_range(CONTROL + 1, ~0u, 0) != 0)
		return err_sys(e, errno, "cannot close what readers must not have");
	return true;
}

_Noreturn void reader_serve(int control, const struct reader_setup *setup)
{
	struct err e = ERR_INIT;
	uint8_t warm;
	int fd;

	(void)prctl(PR_SET_NAME, "file readers", 0, 0, 0);
	signals_set();
	random_bytes(&warm, 1); /* opens the system's generator while that is allowed */
	/* a service manager may forbid even this; the readers' filter leaves nothing to use it for */
	(void)!sandbox_capabilities(0, &e);
	if (!descriptors_set(control, &e) || !sandbox_no_new_privileges(&e) ||
	    !sandbox_no_files(&e)) {
		log_error("reader.start", "%s", e.text);
		_exit(1);
	}
	while ((fd = socket_take(CONTROL)) >= 0) {
		pid_t pid = fork();

		if (pid == 0)
			reader_main(fd, setup);
		if (pid < 0)
			cannot_fork(fd, errno);
		(void)close(fd);
	}
	_exit(0);
}
