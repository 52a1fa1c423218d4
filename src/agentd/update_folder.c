/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/update_folder.h"

#include "base/files.h"
#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define DEPTH_MAX 2 /* a version's folder holds files only */

bool update_sys(struct err *e, int errnum, const char *verb, const char *name)
{
	if (errnum == ENOSPC || errnum == EDQUOT)
		return err_reason(e, "update.space", "cannot %s '%s': %s", verb, name,
				  strerror(errnum));
	return err_sys(e, errnum, "cannot %s '%s'", verb, name);
}

bool update_folder_sync(int dir, const char *name, struct err *e)
{
	int fd AUTO_FD = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return update_sys(e, errno, "open", name);
	return fsync(fd) == 0 || errno == EINVAL || update_sys(e, errno, "sync", name);
}

static void remove_in(int dir, const char *name, int depth);

static bool keep_none(const char *name, void *arg)
{
	(void)name;
	(void)arg;
	return false;
}

static void keep_in(int dir, const char *name, bool (*keep)(const char *name, void *arg), void *arg,
		    int depth)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *x;

	if (!d && fd >= 0)
		(void)close(fd);
	while (d && (x = readdir(d)) != NULL)
		if (strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0 &&
		    !keep(x->d_name, arg))
			remove_in(dirfd(d), x->d_name, depth);
	if (d)
		closedir(d);
}

static void remove_in(int dir, const char *name, int depth)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return;
	if (errno == EISDIR && depth < DEPTH_MAX) {
		keep_in(dir, name, keep_none, NULL, depth + 1);
		if (unlinkat(dir, name, AT_REMOVEDIR) == 0)
			return;
	}
	log_warning("agent.update", "cannot remove '%.100s': %s", name, strerror(errno));
}

void update_folder_keep(int dir, const char *name, bool (*keep)(const char *name, void *arg),
			void *arg)
{
	keep_in(dir, name, keep, arg, 0);
}

void update_folder_remove(int dir, const char *name)
{
	remove_in(dir, name, 0);
}
