/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * A shim for LD_PRELOAD: the process kills itself with SIGKILL at the Nth thing it does to a file.
 * Counted are write, pwrite, writev (regular files alone), fsync, fdatasync, rename, unlink,
 * ftruncate and link, each before it is done.
 *
 * FAULT_AT=N     the Nth one kills; 0 or absent: none
 * FAULT_TORN=1   a write that kills has written half of its bytes before
 * FAULT_ARM=FILE counting begins once FILE is there; absent: at once, or when the program calls
 *                fault_arm()
 * FAULT_LOG=FILE at exit, how many were counted
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long count;
static atomic_int armed = -1; /* -1: not looked at yet */
static long at;
static int torn;
static const char *arm_file, *log_file;

void fault_arm(void);

static void set_up(void)
{
	const char *n = getenv("FAULT_AT");

	for (at = 0; n && *n >= '0' && *n <= '9'; n++)
		at = at * 10 + (*n - '0');
	torn = getenv("FAULT_TORN") != NULL;
	arm_file = getenv("FAULT_ARM");
	log_file = getenv("FAULT_LOG");
	atomic_store(&armed, arm_file == NULL);
}

void fault_arm(void)
{
	if (atomic_load(&armed) < 0)
		set_up();
	atomic_store(&count, 0);
	atomic_store(&armed, 1);
}

/* True: this is the one. */
static int is_due(void)
{
	if (atomic_load(&armed) < 0)
		set_up();
	if (!atomic_load(&armed)) {
		if (syscall(SYS_access, arm_file, F_OK) != 0)
			return 0;
		atomic_store(&armed, 1);
	}
	return atomic_fetch_add(&count, 1) + 1 == at;
}

static void die(void)
{
	(void)syscall(SYS_kill, getpid(), SIGKILL);
	for (;;)
		pause();
}

static int is_file(int fd)
{
	struct stat st;

	return fd > 2 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

#define REAL(name)                                                                                 \
	static __typeof__(name) *real;                                                             \
	if (!real)                                                                                 \
	real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *p, size_t n)
{
	REAL(write);
	if (is_file(fd) && is_due()) {
		if (torn)
			(void)!real(fd, p, n / 2);
		die();
	}
	return real(fd, p, n);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t off)
{
	REAL(pwrite);
	if (is_file(fd) && is_due()) {
		if (torn)
			(void)!real(fd, p, n / 2, off);
		die();
	}
	return real(fd, p, n, off);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t off)
{
	REAL(pwrite64);
	if (is_file(fd) && is_due()) {
		if (torn)
			(void)!real(fd, p, n / 2, off);
		die();
	}
	return real(fd, p, n, off);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
	REAL(writev);
	if (is_file(fd) && is_due())
		die();
	return real(fd, v, n);
}

#define COUNTED(type, name, params, args)                                                          \
	type name params                                                                           \
	{                                                                                          \
		REAL(name);                                                                        \
		if (is_due())                                                                      \
			die();                                                                     \
		return real args;                                                                  \
	}

COUNTED(int, fsync, (int fd), (fd))
COUNTED(int, fdatasync, (int fd), (fd))
COUNTED(int, ftruncate, (int fd, off_t n), (fd, n))
COUNTED(int, ftruncate64, (int fd, off64_t n), (fd, n))
COUNTED(int, rename, (const char *a, const char *b), (a, b))
COUNTED(int, renameat, (int d, const char *a, int f, const char *b), (d, a, f, b))
COUNTED(int, renameat2, (int d, const char *a, int f, const char *b, unsigned how),
	(d, a, f, b, how))
COUNTED(int, unlink, (const char *a), (a))
COUNTED(int, unlinkat, (int d, const char *a, int how), (d, a, how))
COUNTED(int, link, (const char *a, const char *b), (a, b))

__attribute__((destructor)) static void say(void)
{
	char text[32];
	int fd, n;

	if (!log_file)
		return;
	fd = open(log_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	n = snprintf(text, sizeof text, "%ld\n", atomic_load(&count));
	(void)syscall(SYS_write, fd, text, n);
	(void)close(fd);
}
