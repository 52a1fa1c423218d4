/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "certbinderd/lockdown.h"

#include "base/sandbox.h"
#include "lib/unit.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each call is made by a process that is locked down; its exit status is the error, 0 success. */
typedef long (*call_fn)(void);

enum { NOT_LOCKED = 200 };

static int status_of(call_fn f, bool locked)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct err e = ERR_INIT;

		if (locked && (!sandbox_no_new_privileges(&e) || !lockdown(&e)))
			_exit(NOT_LOCKED);
		_exit(f() < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void ends(call_fn f)
{
	int status = status_of(f, true);

	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
		fail_msg("ended with %#x", (unsigned)status);
	status = status_of(f, false);
	assert_true(WIFEXITED(status)); /* so it was the filter */
}

static void gives(call_fn f, int error)
{
	int status = status_of(f, true);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), error);
}

static long runs_a_program(void)
{
	static char name[] = "true";
	char *argv[] = {name, NULL}, *envp[] = {NULL};

	return execve("/bin/true", argv, envp);
}

static long makes_a_process(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) == 0 ? (_exit(0), 0) : 0;
}

static long traces(void)
{
	return ptrace(PTRACE_TRACEME, 0, 0, 0);
}

static long mounts(void)
{
	return mount("none", "/nowhere", "tmpfs", 0, NULL);
}

static long becomes_root(void)
{
	return syscall(SYS_setresuid, 0, 0, 0);
}

static void what_takes_over_ends_the_process(void **state)
{
	(void)state;
	ends(runs_a_program);
	ends(mounts);
	ends(becomes_root);
	if (!SANITIZED) {
		ends(makes_a_process);
		ends(traces);
	}
}

static long sets_the_host_name(void)
{
	return syscall(SYS_sethostname, "x", 1);
}

static long sniffs(void)
{
	return socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
}

static void what_is_unknown_is_refused(void **state)
{
	(void)state;
	gives(sets_the_host_name, EPERM);
	gives(sniffs, EPERM);
}

static void *nothing(void *arg)
{
	return arg;
}

static long makes_a_thread(void)
{
	pthread_t t;

	errno = pthread_create(&t, NULL, nothing, NULL);
	return errno || pthread_join(t, NULL) ? -1 : 0;
}

static long serves(void)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? fd : listen(fd, 1);
}

static void what_serving_needs_works(void **state)
{
	(void)state;
	gives(makes_a_thread, 0);
	gives(serves, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_takes_over_ends_the_process),
		cmocka_unit_test(what_is_unknown_is_refused),
		cmocka_unit_test(what_serving_needs_works),
	};
	return unit_run("certbinderd/lockdown", tests, ARRAY_LEN(tests));
}
