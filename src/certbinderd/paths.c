/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "certbinderd/paths.h"

#include "base/files.h"
#include "base/text.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#define LOG_DIR "logs/W3SVC1"

/* The folder of the running program; "" when it cannot be had. */
static void program_dir(char *out, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", out, size - 1);
	char *slash;

	out[n > 0 ? n : 0] = '\0';
	slash = strrchr(out, '/');
	if (slash)
		*slash = '\0';
}

static bool www_find(const struct config_file *c, char *out, size_t size)
{
	static const char *const beside[] = {"console"};
	char dir[PATH_MAX], page[PATH_MAX];
	struct err ignored = ERR_INIT;

	if (c->www_dir[0]) {
		text_copy(out, size, c->www_dir);
		return true;
	}
	program_dir(dir, sizeof dir);
	for (size_t i = 0; i < ARRAY_LEN(beside); i++)
		if (path_join(out, size, dir, beside[i], &ignored) &&
		    path_join(page, sizeof page, out, "index.html", &ignored) && file_exists(page))
			return true;
	text_copy(out, size, WWW_DIR);
	return path_join(page, sizeof page, out, "index.html", &ignored) && file_exists(page);
}

bool paths_find(const struct config_file *c, char *log_dir, size_t log_size, char *www, size_t size,
		struct err *e)
{
	if (c->log_dir[0])
		text_copy(log_dir, log_size, c->log_dir);
	else if (!path_join(log_dir, log_size, c->state_dir, LOG_DIR, e))
		return false;
	if (!www_find(c, www, size))
		www[0] = '\0';
	return true;
}
