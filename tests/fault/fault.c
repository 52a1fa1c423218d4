/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */

/*
 * A shim for LD_PRELOAD: the process kills itself with SIGKILL at the Nth thing it does to a file, or
 * from there on such things fail.
 * Counted are write, pwrite, writev (regular files alone), fsync, fdatasync, rename, unlink,
 * ftruncate and link, each before it is done.
 *
 * FAULT_AT=N     the Nth one kills; 0 or absent: none
 * FAULT_TORN=1   a write that kills has written half of its bytes before
 * FAULT_ARM=FILE counting begins once FILE is there; absent: at once, or when the program calls
 *                fault_arm()
 * FAULT_LOG=FILE at exit, how many were counted
 * FAULT_ERRNO=E  none kills: from the Nth on all fail with errno E (28 ENOSPC, 30 EROFS), opening for
 *                writing too, while the file of FAULT_ARM is there
 * FAULT_CLOCK=FILE holds seconds, and maybe a '-' before them, by which the clock on the wall is wrong
 * FAULT_SNDBUF=N what the system keeps for a client of a listener that has not taken it yet
 * FAULT_UPTIME=FILE the like for the clock that only goes forward: so many seconds have passed already
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static atomic_long count;
static atomic_int armed = -1; /* -1: not looked at yet */
static long at;
static int torn, error;
static const char *arm_file, *log_file;

void fault_arm(void);

static long number_of(const char *text)
{
	long v = 0;

	for (; text && *text >= '0' && *text <= '9'; text++)
		v = v * 10 + (*text - '0');
	return v;
}

static void set_up(void)
{
	const char *n = getenv("FAULT_AT");

	at = number_of(n);
	error = (int)number_of(getenv("FAULT_ERRNO"));
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
	if (error) {
		if (arm_file && syscall(SYS_access, arm_file, F_OK) != 0)
			return 0;
		return atomic_fetch_add(&count, 1) + 1 >= at;
	}
	if (!atomic_load(&armed)) {
		if (syscall(SYS_access, arm_file, F_OK) != 0)
			return 0;
		atomic_store(&armed, 1);
	}
	return atomic_fetch_add(&count, 1) + 1 == at;
}

/* Gives -1 with errno set where things fail; else it is the end. */
static int die(void)
{
	if (error) {
		errno = error;
		return -1;
	}
	(void)syscall(SYS_kill, getpid(), SIGKILL);
	(void)syscall(SYS_exit_group,
		      128 + SIGKILL); /* where a filter lets no signal out: as sudden */
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
		if (torn && !error)
			(void)!real(fd, p, n / 2);
		return die();
	}
	return real(fd, p, n);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t off)
{
	REAL(pwrite);
	if (is_file(fd) && is_due()) {
		if (torn && !error)
			(void)!real(fd, p, n / 2, off);
		return die();
	}
	return real(fd, p, n, off);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t off)
{
	REAL(pwrite64);
	if (is_file(fd) && is_due()) {
		if (torn && !error)
			(void)!real(fd, p, n / 2, off);
		return die();
	}
	return real(fd, p, n, off);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
	REAL(writev);
	if (is_file(fd) && is_due())
		return die();
	return real(fd, v, n);
}

#define COUNTED(type, name, params, args)                                                          \
	type name params                                                                           \
	{                                                                                          \
		REAL(name);                                                                        \
		if (is_due())                                                                      \
			return die();                                                              \
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

static int opens_for_writing(int flags)
{
	return error && (flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0;
}

/* A device is no disk. */
static int is_device(const char *path)
{
	return strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0;
}

#define OPENS(name)                                                                                \
	int name(const char *path, int flags, ...)                                                 \
	{                                                                                          \
		va_list more;                                                                      \
		mode_t mode;                                                                       \
		REAL(name);                                                                        \
		va_start(more, flags);                                                             \
		mode = (flags & O_CREAT) ? va_arg(more, mode_t) : 0;                               \
		va_end(more);                                                                      \
		if (atomic_load(&armed) < 0)                                                       \
			set_up();                                                                  \
		if (opens_for_writing(flags) && !is_device(path) &&                                \
		    (error == EROFS || (flags & O_CREAT)) && is_due())                             \
			return die();                                                              \
		return real(path, flags, mode);                                                    \
	}

OPENS(open)
OPENS(open64)

/* Connections inherit it from their listener. */
int listen(int fd, int n)
{
	int bytes = (int)number_of(getenv("FAULT_SNDBUF"));
	REAL(listen);

	if (bytes)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
	return real(fd, n);
}

/* What the file of this variable says at this moment. */
static long clock_offset(const char *variable)
{
	const char *path = getenv(variable);
	char text[32] = "";
	int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return 0;
	if (syscall(SYS_read, fd, text, sizeof text - 1) < 0)
		text[0] = '\0';
	(void)syscall(SYS_close, fd);
	return text[0] == '-' ? -number_of(text + 1) : number_of(text);
}

int clock_gettime(clockid_t id, struct timespec *out)
{
	int got = (int)syscall(SYS_clock_gettime, id, out);

	if (got == 0 && id == CLOCK_REALTIME)
		out->tv_sec += clock_offset("FAULT_CLOCK");
	else if (got == 0 && (id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_COARSE ||
			      id == CLOCK_MONOTONIC_RAW)) /* newer libcurl takes the last */
		out->tv_sec += clock_offset("FAULT_UPTIME");
	return got;
}

/* A moment of the clock that was moved is meant by it too: one on the wall is further than any uptime. */
int pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *until)
{
	static __typeof__(pthread_cond_timedwait) *real;
	struct timespec t = *until;

	if (!real) { /* ThreadSanitizer's own has no version: past it, it would take the lock for held during the wait */
		void *next = dlsym(RTLD_DEFAULT, "__tsan_init")
				     ? dlsym(RTLD_NEXT, "pthread_cond_timedwait")
				     : dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
		real = (__typeof__(pthread_cond_timedwait) *)next;
	}
	if (t.tv_sec < 1000000000)
		t.tv_sec -= clock_offset("FAULT_UPTIME");
	return real(c, m, &t);
}

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
