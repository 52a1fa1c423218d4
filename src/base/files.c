/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/files.h"

#include "base/secret.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define READ_STEP_BYTES ((size_t)64 << 10)

void fd_autop(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static bool open_failed(struct err *e, int errnum, const char *path)
{
	if (errnum == ENOENT || errnum == ENOTDIR)
		return err_reason(e, "file.not_found", "there is no file '%s'", path);
	if (errnum == EACCES || errnum == EPERM)
		return err_reason(e, "file.denied", "no permission for '%s'", path);
	return err_sys(e, errnum, "cannot open '%s'", path);
}

bool file_read_fd(int fd, const char *shown_as, size_t max, struct buf *out, struct err *e)
{
	size_t total = 0;

	if ((out->max ? out->max : BUF_MAX_DEFAULT) < out->len + max + 1)
		out->max = out->len + max + 1; /* one byte more shows that the limit is passed */
	for (;;) {
		size_t step = max + 1 - total < READ_STEP_BYTES ? max + 1 - total : READ_STEP_BYTES;
		uint8_t *to = buf_space(out, step);
		ssize_t n;

		if (!to)
			return err_nomem(e);
		n = read(fd, to, step);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, errno, "cannot read '%s'", shown_as);
		if (n == 0)
			return true;
		buf_took(out, (size_t)n);
		total += (size_t)n;
		if (total > max)
			return err_reason(e, "limit.file", "'%s' is larger than %zu bytes",
					  shown_as, max);
	}
}

bool file_read(const char *path, size_t max, struct buf *out, struct err *e)
{
	int fd AUTO_FD = -1;
	struct stat st;

	if (strcmp(path, "-") == 0)
		return file_read_fd(STDIN_FILENO, "standard input", max, out, e);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return open_failed(e, errno, path);
	if (fstat(fd, &st) < 0)
		return err_sys(e, errno, "cannot look at '%s'", path);
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
		return err_reason(e, "file.not_regular", "'%s' is not a regular file", path);
	return file_read_fd(fd, path, max, out, e);
}

/* Whoever asks sees what helps; what the system said stays in sys. */
static bool write_failed(struct err *e, int errnum, const char *path)
{
	if (errnum != ENOSPC && errnum != EDQUOT)
		return err_sys(e, errnum, "cannot write '%s'", path);
	(void)err_reason(e, "disk.full", "cannot write '%s': the disk is full", path);
	e->sys = errnum;
	return false;
}

bool file_write_fd(int fd, const char *path, struct span content, struct err *e)
{
	while (content.len > 0) {
		ssize_t n = write(fd, content.p, content.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return write_failed(e, errno, path);
		content = span_of(content.p + n, content.len - (size_t)n);
	}
	return true;
}

static bool write_synced(int fd, const char *path, struct span content, struct err *e)
{
	return file_write_fd(fd, path, content, e) &&
	       (fsync(fd) == 0 || write_failed(e, errno, path));
}

/* The folder of path into out: "." where path has none. */
static bool folder_of(const char *path, char *out, size_t size, struct err *e)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 1;

	if (slash == path)
		len = 1;
	if (len >= size)
		return err_set(e, ERR_LIMIT, "path longer than %zu bytes", size);
	memcpy(out, slash ? path : ".", len);
	out[len] = '\0';
	return true;
}

bool file_sync_folder(const char *path, struct err *e)
{
	char folder[PATH_MAX];
	int fd AUTO_FD = -1;

	if (!folder_of(path, folder, sizeof(folder), e))
		return false;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return open_failed(e, errno, folder);
	if (fsync(fd) < 0 && errno != EINVAL) /* some file systems cannot, and say so */
		return err_sys(e, errno, "cannot sync '%s'", folder);
	return true;
}

#define BESIDE_TAG_BYTES 8

/* Writes content, synced, into a new file beside path, whose name goes to out. */
static bool write_beside(const char *path, mode_t mode, struct span content, char out[PATH_MAX],
			 struct err *e)
{
	uint8_t tag[BESIDE_TAG_BYTES];
	char hex[2 * sizeof(tag) + 1];
	int fd AUTO_FD = -1;
	int n;

	random_bytes(tag, sizeof(tag));
	hex_lower(span_of(tag, sizeof(tag)), hex);
	n = snprintf(out, PATH_MAX, "%s.%s.tmp", path, hex);
	if (n < 0 || n >= PATH_MAX)
		return err_set(e, ERR_LIMIT, "path longer than %d bytes", PATH_MAX);
	fd = open(out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 && errno == ENOENT)
		return err_reason(e, "file.not_found", "there is no folder for '%s'", path);
	if (fd < 0)
		return open_failed(e, errno, path);
	if (fchmod(fd, mode) < 0)
		err_sys(e, errno, "cannot set the mode of '%s'", path);
	else if (write_synced(fd, path, content, e))
		return true;
	(void)unlink(out); /* the first error is the one to tell */
	return false;
}

/* "NAME.0123456789abcdef.tmp", as write_beside() names them. */
static bool is_leftover(const char *name, const char *of)
{
	size_t len = strlen(of);

	return strncmp(name, of, len) == 0 && name[len] == '.' &&
	       strspn(name + len + 1, "0123456789abcdef") == 2 * BESIDE_TAG_BYTES &&
	       strcmp(name + len + 1 + 2 * BESIDE_TAG_BYTES, ".tmp") == 0;
}

void file_sweep(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	const struct dirent *x;
	DIR *d;
	int n = slash ? snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path + 1), path)
		      : snprintf(dir, sizeof(dir), ".");

	if (n < 0 || n >= PATH_MAX)
		return;
	d = opendir(dir);
	while (d && (x = readdir(d)) != NULL)
		if (is_leftover(x->d_name, slash ? slash + 1 : path))
			(void)unlinkat(dirfd(d), x->d_name, 0); /* harmless where it stays */
	if (d)
		closedir(d);
}

bool file_replace(const char *path, mode_t mode, struct span content, struct err *e)
{
	char beside[PATH_MAX];

	if (!write_beside(path, mode, content, beside, e))
		return false;
	if (rename(beside, path) < 0) {
		err_sys(e, errno, "cannot replace '%s'", path);
		(void)unlink(beside); /* the first error is the one to tell */
		return false;
	}
	return file_sync_folder(path, e);
}

/* A hard link never replaces; where the file system has none, renameat2 says the same. */
static int link_or_rename(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (link(from, to) < 0)
		return -1;
	return unlink(from);
}

bool file_write_new(const char *path, mode_t mode, struct span content, struct err *e)
{
	char beside[PATH_MAX];
	int errnum;

	if (!write_beside(path, mode, content, beside, e))
		return false;
	if (link_or_rename(beside, path) == 0)
		return file_sync_folder(path, e);
	errnum = errno;
	(void)unlink(beside); /* the first error is the one to tell */
	if (errnum == EEXIST)
		return err_reason(e, "file.exists", "there is already a file '%s'", path);
	return err_sys(e, errnum, "cannot make '%s'", path);
}

bool file_has_room(int fd, int64_t bytes, const char *what, struct err *e)
{
	struct statvfs v;

	if (fstatvfs(fd, &v) < 0)
		return err_sys(e, errno, "cannot look at the disk");
	if ((int64_t)v.f_bavail >=
	    (bytes + FILE_RESERVE_BYTES) / (int64_t)(v.f_frsize ? v.f_frsize : 1))
		return true;
	return err_reason(e, "disk.full", "there is no room for %lld bytes of %s", (long long)bytes,
			  what);
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static bool make_one(const char *path, mode_t mode, struct err *e)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return true;
	if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return true;
	if (errno == EACCES)
		return err_reason(e, "file.denied", "no permission to make folder '%s'", path);
	return err_sys(e, errno, "cannot make folder '%s'", path);
}

bool dir_make(const char *path, mode_t mode, struct err *e)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(part))
		return err_set(e, ERR_LIMIT, "path of %zu bytes, 1 to %d", len, PATH_MAX - 1);
	memcpy(part, path, len + 1);
	for (char *p = part + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (!file_exists(part) && !make_one(part, mode, e))
			return false;
		*p = '/';
	}
	return make_one(part, mode, e);
}

bool path_join(char *out, size_t size, const char *dir, const char *name, struct err *e)
{
	const char *between = text_ends_with(dir, "/") || !*dir ? "" : "/";
	int n = snprintf(out, size, "%s%s%s", dir, between, name);

	if (n < 0 || (size_t)n >= size)
		return err_set(e, ERR_LIMIT, "path longer than %zu bytes", size);
	return true;
}
