/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/update_files.h"

#include "agentd/update_folder.h"
#include "base/files.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FRESH ".new-"
#define TAG_BYTES 8
#define FRESH_SIZE (sizeof(FRESH) + 2 * TAG_BYTES)

/* A name that no version has: those do not begin with a point. */
static void fresh_name(char out[static FRESH_SIZE])
{
	uint8_t tag[TAG_BYTES];

	random_bytes(tag, sizeof(tag));
	memcpy(out, FRESH, sizeof(FRESH));
	hex_lower(span_of(tag, sizeof(tag)), out + strlen(FRESH));
}

static bool open_home(int dir, const char *package, bool make, int *out, struct err *e)
{
	int installed AUTO_FD =
		openat(dir, "installed", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (installed < 0)
		return update_sys(e, errno, "open", "installed");
	if (make && mkdirat(installed, package, 0700) != 0 && errno != EEXIST)
		return update_sys(e, errno, "make", package);
	*out = openat(installed, package, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*out < 0)
		return update_sys(e, errno, "open", package);
	return !make || update_folder_sync(dir, "installed", e);
}

static bool names_agree(const json_t *m, const struct agent_update *i, struct err *e)
{
	const char *package = json_string_value(json_object_get(m, "package"));
	const char *version = json_string_value(json_object_get(m, "version"));

	return (strcmp(package, i->package) == 0 && strcmp(version, i->version) == 0) ||
	       err_reason(e, "package.manifest", "offered as %s %s, it says it is %s %s",
			  i->package, i->version, package, version);
}

static int64_t unpacked_bytes(const json_t *m)
{
	const json_t *files = json_object_get(m, "files");
	int64_t total = 0;

	for (size_t i = 0; i < json_array_size(files); i++)
		total += json_integer_value(json_object_get(json_array_get(files, i), "size"));
	return total;
}

static bool unpack(int home, const char *fresh, int zip_fd, const json_t *m, struct err *e)
{
	int fd AUTO_FD = -1;

	if (mkdirat(home, fresh, 0700) != 0)
		return update_sys(e, errno, "make", fresh);
	fd = openat(home, fresh, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return update_sys(e, errno, "open", fresh);
	if (!package_unpack(zip_fd, m, fd, e))
		return false;
	return fsync(fd) == 0 || update_sys(e, errno, "sync", fresh);
}

/* What stands under this name is whole, but perhaps of another content: the one swaps with the other. */
static bool put_in_place(int home, const char *fresh, const char *version, struct err *e)
{
	if (renameat2(home, fresh, home, version, RENAME_NOREPLACE) != 0) {
		if (errno != EEXIST)
			return update_sys(e, errno, "put in place", version);
		if (renameat2(home, fresh, home, version, RENAME_EXCHANGE) != 0)
			return update_sys(e, errno, "swap", version);
		update_folder_remove(home, fresh);
	}
	return update_folder_sync(home, ".", e);
}

static bool switch_to(int home, const char *version, struct err *e)
{
	char fresh[FRESH_SIZE];

	fresh_name(fresh);
	if (symlinkat(version, home, fresh) != 0)
		return update_sys(e, errno, "make", fresh);
	if (renameat(home, fresh, home, UPDATE_CURRENT_LINK) != 0) {
		(void)update_sys(e, errno, "switch to", version);
		update_folder_remove(home, fresh);
		return false;
	}
	return update_folder_sync(home, ".", e);
}

bool update_install(int dir, struct agent_update *i, int zip_fd, struct err *e)
{
	int home AUTO_FD = -1;
	json_t *m AUTO_JSON = NULL;
	char fresh[FRESH_SIZE];

	if (!package_manifest(zip_fd, &m, e) || !names_agree(m, i, e))
		return false;
	i->unpacked = unpacked_bytes(m);
	if (!update_room(dir, i->unpacked, e) || !open_home(dir, i->package, true, &home, e))
		return false;
	fresh_name(fresh);
	if (!unpack(home, fresh, zip_fd, m, e) || !put_in_place(home, fresh, i->version, e)) {
		update_folder_remove(home, fresh);
		return false;
	}
	return switch_to(home, i->version, e);
}

void update_installed(int dir, const char *package, char out[static PACKAGE_NAME_MAX + 1])
{
	int home AUTO_FD = -1;
	struct err ignored = ERR_INIT;
	struct stat st;
	ssize_t n = -1;

	out[0] = '\0';
	if (!open_home(dir, package, false, &home, &ignored))
		return;
	n = readlinkat(home, UPDATE_CURRENT_LINK, out, PACKAGE_NAME_MAX);
	out[n > 0 ? n : 0] = '\0';
	if (!package_name_is_plain(out) || fstatat(home, out, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISDIR(st.st_mode))
		out[0] = '\0';
}

static bool is_kept(const char *name, void *arg)
{
	const struct agent_update *i = arg;

	return strcmp(name, UPDATE_CURRENT_LINK) == 0 || strcmp(name, i->installed) == 0 ||
	       strcmp(name, i->previous) == 0;
}

void update_versions_sweep(int dir, const struct agent_update *i)
{
	int home AUTO_FD = -1;
	struct err ignored = ERR_INIT;

	if (open_home(dir, i->package, false, &home, &ignored))
		update_folder_keep(home, ".", is_kept, (void *)(uintptr_t)i);
}
