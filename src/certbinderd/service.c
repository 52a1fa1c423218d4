/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "certbinderd/service.h"

#include "base/log.h"
#include "base/num.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_FD 3			      /* SD_LISTEN_FDS_START */
#define WATCHDOG_MAX_US UINT64_C(86400000000) /* a day; more is no watchdog */

static int notify_fd = -1;
static int watchdog_ms = -1;

static bool is_for_us(const char *pid)
{
	uint64_t n;

	return !pid || (num_u64(pid, INT32_MAX, &n) && (pid_t)n == getpid());
}

/* Connected at once: later the path may be out of reach. */
static void notify_open(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (len < 2 || len >= sizeof(a.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(a.sun_path, path, len);
	if (path[0] == '@')
		a.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&a,
			       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) == 0) {
		notify_fd = fd;
		return;
	}
	log_warning("daemon.service", "the service manager cannot be told: %s", strerror(errno));
	if (fd >= 0)
		(void)close(fd);
}

static bool socket_check(int fd, struct err *e)
{
	int type = 0, listens = 0;
	socklen_t len = sizeof(type), more = sizeof(listens);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) != 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &more) != 0 ||
	    type != SOCK_STREAM || !listens)
		return err_set(e, ERR_INVALID,
			       "the service manager's socket is none that takes connections");
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		return err_sys(e, errno, "cannot take the service manager's socket");
	return true;
}

bool service_begin(const struct service_environment *env, int *listen_fd_out, struct err *e)
{
	uint64_t n;

	*listen_fd_out = -1;
	notify_open(env->notify_socket);
	if (env->watchdog_usec && is_for_us(env->watchdog_pid) &&
	    num_u64(env->watchdog_usec, WATCHDOG_MAX_US, &n) && n >= 2000)
		watchdog_ms = (int)(n / 2000); /* twice as often as needed */
	if (!env->listen_fds || !env->listen_pid || !is_for_us(env->listen_pid))
		return true;
	if (!num_u64(env->listen_fds, INT32_MAX, &n) || n > 1)
		return err_set(e, ERR_INVALID,
			       "one socket is taken from the service manager, for the first "
			       "listener; the others are opened here");
	if (n == 0)
		return true;
	if (!socket_check(FIRST_FD, e))
		return false;
	*listen_fd_out = FIRST_FD;
	return true;
}

void service_say(const char *text)
{
	if (notify_fd >= 0 && send(notify_fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		log_debug("daemon.service", "not said: %s", strerror(errno));
}

int service_watchdog_ms(void)
{
	return watchdog_ms;
}
