/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/state_lock.h"

#include "base/files.h"
#include "base/num.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static bool refuse(int fd, const char *state_dir, struct err *e)
{
	char text[24] = "";
	uint64_t pid = 0;
	ssize_t n = pread(fd, text, sizeof text - 1, 0);

	if (n > 0)
		text[strcspn(text, "\n")] = '\0';
	(void)close(fd);
	if (n > 0 && num_u64(text, INT32_MAX, &pid))
		return err_reason(e, "daemon.running", "process %d runs on '%s' already", (int)pid,
				  state_dir);
	return err_reason(e, "daemon.running", "another process runs on '%s' already", state_dir);
}

bool state_lock(const char *state_dir, int *fd_out, struct err *e)
{
	char path[PATH_MAX], text[24];
	int fd, n;

	if (!path_join(path, sizeof path, state_dir, STATE_LOCK_FILE, e))
		return false;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys(e, errno, "cannot open '%s'", path);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return refuse(fd, state_dir, e);
	n = snprintf(text, sizeof text, "%d\n", (int)getpid());
	if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n) {
		err_sys(e, errno, "cannot write '%s'", path);
		(void)close(fd);
		return false;
	}
	*fd_out = fd;
	return true;
}
