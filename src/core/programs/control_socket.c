/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/programs/control_socket.h"

#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* A socket's path holds 107 bytes, a state directory's may be longer: the way goes through a
 * descriptor of the folder. */
static bool address_make(int dir, const char *name, struct sockaddr_un *out, struct err *e)
{
	int n;

	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	n = snprintf(out->sun_path, sizeof(out->sun_path), "/proc/self/fd/%d/%s", dir, name);
	return (n > 0 && (size_t)n < sizeof(out->sun_path)) ||
	       err_set(e, ERR_BUG, "path of %s", name);
}

bool control_dir_open(const char *state_dir, int *out, struct err *e)
{
	*out = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *out >= 0 || err_sys(e, errno, "cannot open '%s'", state_dir);
}

bool control_dir_listen(int dir, const char *name, int *fd_out, struct err *e)
{
	int fd AUTO_FD = -1;
	struct sockaddr_un address;

	if (!address_make(dir, name, &address, e))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_sys(e, errno, "socket for %s", name);
	if (unlinkat(dir, name, 0) != 0 && errno != ENOENT)
		return err_sys(e, errno, "cannot remove the old %s", name);
	/* Closed from its first moment on: Linux takes the mode of the socket's own inode. */
	if (fchmod(fd, 0600) != 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
	    fchmodat(dir, name, 0600, 0) != 0 || listen(fd, 64) != 0)
		return err_sys(e, errno, "cannot open %s", name);
	*fd_out = fd;
	fd = -1;
	return true;
}

bool control_dir_connect(int dir, const char *name, int *fd_out, struct err *e)
{
	int fd AUTO_FD = -1;
	struct sockaddr_un address;

	if (!address_make(dir, name, &address, e))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(e, errno, "socket for %s", name);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		if (errno == ENOENT || errno == ECONNREFUSED)
			return err_reason(e, "daemon.down", "nothing listens on %s", name);
		return err_sys(e, errno, "cannot reach what listens on %s", name);
	}
	*fd_out = fd;
	fd = -1;
	return true;
}
