/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/programs/program.h"

#include "base/text.h"
#include "core/programs/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DELETED " (deleted)" /* what the kernel writes after the name of a file that lost it */

void program_clear(struct program *p)
{
	if (p->fd >= 0)
		(void)close(p->fd);
	*p = (struct program)PROGRAM_INIT;
}

/* As the kernel names the open file: in full, without links. */
static bool name_it(struct program *p, struct err *e)
{
	char link[40];
	struct stat st;
	size_t len;
	ssize_t n;

	if (fstat(p->fd, &st) != 0 || !S_ISREG(st.st_mode))
		return err_reason(e, "ipc.unseen", "what runs there is no file");
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", p->fd);
	n = readlink(link, p->path, sizeof(p->path) - 1);
	if (n <= 0 || p->path[0] != '/')
		return err_reason(e, "ipc.unseen", "the program has no name");
	p->path[n] = '\0';
	len = strlen(p->path) - strlen(DELETED);
	if ((size_t)n > strlen(DELETED) && strcmp(p->path + len, DELETED) == 0) {
		p->path[len] = '\0';
		p->replaced = true;
	}
	return true;
}

static bool open_at(const char *path, struct program *out)
{
	*out = (struct program)PROGRAM_INIT;
	out->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return out->fd >= 0;
}

static bool keep_named(struct program *p, struct err *e)
{
	if (name_it(p, e))
		return true;
	program_clear(p);
	return false;
}

bool program_open_file(const char *path, struct program *out, struct err *e)
{
	if (!open_at(path, out))
		return err_sys(e, errno, "cannot open '%s'", path);
	return keep_named(out, e);
}

bool program_open(pid_t pid, struct program *out, struct err *e)
{
	char path[40] = "/proc/self/exe";
	struct err why = ERR_INIT;
	int failed;

	if (pid != 0)
		(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	if (!open_at(path, out)) {
		failed = errno;
		if (pid == 0 || !witness_stands() || !witness_look(pid, &out->fd, &why))
			return err_reason(
				e, "ipc.unseen",
				"the kernel does not show which program process %d is: %s",
				(int)pid, strerror(failed));
	}
	return keep_named(out, e);
}
