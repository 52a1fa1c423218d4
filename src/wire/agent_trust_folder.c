/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/agent_trust_folder.h"

#include "base/files.h"
#include "base/mem.h"
#include "base/text.h"
#include "wire/agent_trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void trust_folder_clear(struct trust_folder *f)
{
	if (f->fd >= 0)
		(void)close(f->fd); /* read only */
	for (size_t i = 0; i < f->n; i++)
		mem_free(f->names[i]);
	mem_free(f->names);
	*f = (struct trust_folder)TRUST_FOLDER_INIT;
}

bool trust_folder_path(const char *state_dir, const char *store, const char *name, char *out,
		       size_t size, struct err *e)
{
	char folder[PATH_MAX], whole[PATH_MAX];

	if (!store)
		return path_join(out, size, state_dir, "trust", e);
	if (!path_join(folder, sizeof(folder), state_dir, "trust", e))
		return false;
	if (!name)
		return path_join(out, size, folder, store, e);
	return path_join(whole, sizeof(whole), folder, store, e) &&
	       path_join(out, size, whole, name, e);
}

static bool is_cert_name(const char *name)
{
	static const char *const ends[] = {".cer", ".crt", ".pem"};

	if (name[0] == '.')
		return false;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (strlen(name) > 4 && text_equal_nocase(name + strlen(name) - 4, ends[i]))
			return true;
	return false;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool names_take(DIR *d, struct trust_folder *f, struct err *e)
{
	const struct dirent *x;

	f->names = mem_array(AGENT_TRUST_NAMES_MAX, sizeof(char *));
	if (!f->names)
		return err_nomem(e);
	while ((x = readdir(d)) != NULL) {
		if (!is_cert_name(x->d_name))
			continue;
		f->is_cut = f->n == AGENT_TRUST_NAMES_MAX;
		if (f->is_cut)
			break;
		f->names[f->n] = mem_str(x->d_name);
		if (!f->names[f->n])
			return err_nomem(e);
		f->n++;
	}
	qsort(f->names, f->n, sizeof(char *), by_name);
	return true;
}

/* Where the whole directory is a link to elsewhere, what stands there is not ours. */
static bool is_linked(const char *state_dir)
{
	struct err ignored = ERR_INIT;
	char path[PATH_MAX];
	struct stat st;

	return trust_folder_path(state_dir, NULL, NULL, path, sizeof(path), &ignored) &&
	       lstat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

bool trust_folder_open(const char *state_dir, const char *store, struct trust_folder *out,
		       struct err *e)
{
	struct trust_folder f AUTO_TRUST_FOLDER = TRUST_FOLDER_INIT;
	char path[PATH_MAX];
	bool good;
	DIR *d;
	int fd;

	if (!trust_folder_path(state_dir, store, NULL, path, sizeof(path), e))
		return false;
	f.fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (f.fd < 0 && errno == ENOENT) {
		*out = f;
		return true;
	}
	if (f.fd < 0 || is_linked(state_dir))
		return err_sys(e, f.fd < 0 ? errno : ENOTDIR, "cannot open folder '%s'", path);
	fd = fcntl(f.fd, F_DUPFD_CLOEXEC, 0);
	d = fd >= 0 ? fdopendir(fd) : NULL;
	if (!d) {
		(void)err_sys(e, errno, "cannot read folder '%s'", path);
		if (fd >= 0)
			(void)close(fd); /* read only */
		return false;
	}
	good = names_take(d, &f, e);
	closedir(d);
	if (!good)
		return false;
	*out = f;
	f = (struct trust_folder)TRUST_FOLDER_INIT;
	return true;
}

bool trust_folder_read(const struct trust_folder *f, const char *name, struct buf *out,
		       struct err *e)
{
	struct stat st;
	bool good = false;
	/* O_NONBLOCK: a pipe with nobody at its other end must not hold us up. */
	int fd = openat(f->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 && errno == ELOOP)
		return err_reason(e, "file.not_regular", "is a symbolic link");
	if (fd < 0)
		return err_sys(e, errno, "cannot be opened");
	if (fstat(fd, &st) != 0)
		(void)err_sys(e, errno, "cannot be looked at");
	else if (!S_ISREG(st.st_mode))
		(void)err_reason(e, "file.not_regular", "is no regular file");
	else
		good = file_read_fd(fd, name, AGENT_TRUST_FILE_MAX, out, e);
	(void)close(fd); /* read only */
	return good;
}

void trust_folder_stamp(const struct trust_folder *f, struct buf *out)
{
	for (size_t i = 0; i < f->n; i++) {
		struct stat st = {.st_size = -1};

		(void)fstatat(f->fd, f->names[i], &st, AT_SYMLINK_NOFOLLOW); /* gone: size -1 */
		buf_printf(out, "%s/%ju/%jd/%jd.%09ld/%jd.%09ld\n", f->names[i],
			   (uintmax_t)st.st_ino, (intmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec,
			   st.st_mtim.tv_nsec, (intmax_t)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
	}
	buf_printf(out, "%d\n", f->is_cut);
}
