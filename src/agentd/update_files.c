/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "agentd/update_files.h"

#include "agentd/update_folder.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define NAME_SIZE (2 * PACKAGE_NAME_MAX + 32)
#define INVALID_END ".zip_Invalid"

static void name_of(const struct agent_update *i, enum update_file f, char out[static NAME_SIZE])
{
	static const struct {
		const char *folder, *end;
	} kinds[] = {[UPDATE_FILE_PART] = {"incoming/", ".zip.part"},
		     [UPDATE_FILE_ZIP] = {"incoming/", ".zip"},
		     [UPDATE_FILE_P7S] = {"incoming/", ".p7s"},
		     [UPDATE_FILE_INVALID] = {"", INVALID_END}};

	(void)snprintf(out, NAME_SIZE, "%s%s-%s%s", kinds[f].folder, i->package, i->version,
		       kinds[f].end);
}

bool update_dir_open(const char *state_dir, int *dir_out, struct err *e)
{
	char path[PATH_MAX];
	int dir AUTO_FD = -1;

	if (!path_join(path, sizeof(path), state_dir, UPDATE_FOLDER, e) || !dir_make(path, 0700, e))
		return false;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return err_sys(e, errno, "cannot open '%s'", path);
	if ((mkdirat(dir, "incoming", 0700) != 0 && errno != EEXIST) ||
	    (mkdirat(dir, "installed", 0700) != 0 && errno != EEXIST))
		return err_sys(e, errno, "cannot make folders in '%s'", path);
	*dir_out = dir;
	dir = -1;
	return true;
}

bool update_file_open(int dir, const struct agent_update *i, enum update_file f, int flags,
		      int *fd_out, struct err *e)
{
	char name[NAME_SIZE];
	int fd;

	name_of(i, f, name);
	fd = openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
	if (fd < 0 && errno == ENOENT)
		return err_reason(e, "file.not_found", "there is no '%s'", name);
	if (fd < 0)
		return update_sys(e, errno, "open", name);
	*fd_out = fd;
	return true;
}

bool update_file_is_there(int dir, const struct agent_update *i, enum update_file f)
{
	char name[NAME_SIZE];
	struct stat st;

	name_of(i, f, name);
	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

bool update_file_move(int dir, const struct agent_update *i, enum update_file from,
		      enum update_file to, struct err *e)
{
	char old[NAME_SIZE], new[NAME_SIZE];

	name_of(i, from, old);
	name_of(i, to, new);
	if (renameat(dir, old, dir, new) != 0)
		return update_sys(e, errno, "rename", old);
	return update_folder_sync(dir, ".", e) && update_folder_sync(dir, "incoming", e);
}

void update_file_drop(int dir, const struct agent_update *i, enum update_file f)
{
	char name[NAME_SIZE];

	name_of(i, f, name);
	if (unlinkat(dir, name, 0) != 0 && errno != ENOENT)
		log_warning("agent.update", "cannot remove '%s': %s", name, strerror(errno));
}

bool update_room(int dir, int64_t bytes, struct err *e)
{
	struct statvfs v;
	int64_t have;

	if (fstatvfs(dir, &v) != 0)
		return err_sys(e, errno, "cannot look at the disk");
	have = v.f_bavail > (fsblkcnt_t)(INT64_MAX / 2) / v.f_frsize
		       ? INT64_MAX / 2
		       : (int64_t)(v.f_bavail * v.f_frsize);
	return have - UPDATE_ROOM_KEPT_BYTES >= bytes ||
	       err_reason(e, "update.space",
			  "%lld MiB are needed, %lld MiB are free, and %lld MiB are left alone",
			  (long long)(bytes >> 20), (long long)(have >> 20),
			  (long long)(UPDATE_ROOM_KEPT_BYTES >> 20));
}

/* Whether a file of incoming/ or one set aside belongs to a package that is not done yet. */
static bool is_needed(const struct agent_updates *u, const char *name)
{
	char whole[NAME_SIZE], incoming[NAME_SIZE];

	(void)snprintf(incoming, sizeof(incoming), "incoming/%s", name);
	for (size_t n = 0; n < u->n; n++)
		for (int f = UPDATE_FILE_PART; f <= UPDATE_FILE_INVALID; f++) {
			if (u->items[n].state == AGENT_UPDATE_CURRENT || !u->items[n].version[0])
				continue;
			name_of(&u->items[n], (enum update_file)f, whole);
			if (strcmp(whole, f == UPDATE_FILE_INVALID ? name : incoming) == 0)
				return true;
		}
	return false;
}

static bool sweep_incoming(const char *name, void *arg)
{
	return is_needed(arg, name);
}

struct invalid {
	const struct agent_updates *u;
	struct {
		char name[NAME_MAX + 1];
		int64_t when_s;
	} newest[UPDATE_INVALID_KEPT];
	int dir;
};

/* Notes the newest ones of those that nobody needs. */
static bool invalid_note(const char *name, void *arg)
{
	struct invalid *v = arg;
	struct stat st;
	size_t oldest = 0;

	if (!text_ends_with(name, INVALID_END) || is_needed(v->u, name) ||
	    fstatat(v->dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return true;
	for (size_t i = 1; i < UPDATE_INVALID_KEPT; i++)
		if (v->newest[i].when_s < v->newest[oldest].when_s)
			oldest = i;
	if (st.st_mtime > v->newest[oldest].when_s) {
		text_copy(v->newest[oldest].name, sizeof(v->newest[oldest].name), name);
		v->newest[oldest].when_s = st.st_mtime;
	}
	return true;
}

static bool invalid_keep(const char *name, void *arg)
{
	const struct invalid *v = arg;

	if (!text_ends_with(name, INVALID_END) || is_needed(v->u, name))
		return true;
	for (size_t i = 0; i < UPDATE_INVALID_KEPT; i++)
		if (strcmp(v->newest[i].name, name) == 0)
			return true;
	return false;
}

void update_sweep(int dir, const struct agent_updates *u)
{
	struct invalid v = {.u = u, .dir = dir};

	update_folder_keep(dir, "incoming", sweep_incoming, (void *)(uintptr_t)u);
	update_folder_keep(dir, ".", invalid_note, &v);
	update_folder_keep(dir, ".", invalid_keep, &v);
	for (size_t i = 0; i < u->n; i++)
		update_versions_sweep(dir, &u->items[i]);
}
