/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/updates/update_files.h"

#include "base/files.h"
#include "base/secret.h"
#include "base/text.h"
#include "core/core_impl.h"
#include "core/tx.h"
#include "core/updates/package.h"
#include "core/updates/updates.h"
#include "store/updates.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES ((size_t)256 << 10)
#define INCOMING ".incoming-"
#define TAG_BYTES 16

static bool dir_of(struct core *c, char *out, size_t size, struct err *e)
{
	return path_join(out, size, core_state_dir(c), UPDATES_DIR, e);
}

bool update_file_path(struct core *c, const char *name, char *out, size_t size, struct err *e)
{
	char dir[PATH_MAX];

	return dir_of(c, dir, sizeof(dir), e) && path_join(out, size, dir, name, e);
}

void update_incoming_clear(struct update_incoming *i)
{
	if (i->fd < 0)
		return;
	if (i->path[0])
		(void)unlink(i->path); /* the sweep finds what stays */
	(void)close(i->fd);
	i->fd = -1;
}

static bool write_failed(struct err *e)
{
	if (errno == ENOSPC || errno == EDQUOT)
		return err_reason(e, "disk.full", "there is no room for the package");
	return err_sys(e, errno, "cannot write the package");
}

static bool copy_all(int from, int to, struct err *e)
{
	struct buf piece AUTO_BUF = BUF_INIT;
	uint8_t *p = buf_space(&piece, PIECE_BYTES);
	int64_t at = 0;

	if (!p)
		return err_nomem(e);
	for (;;) {
		ssize_t n = pread(from, p, PIECE_BYTES, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, errno, "cannot read the package");
		if (n == 0)
			return true;
		at += n;
		if (at > PACKAGE_MAX_BYTES)
			return err_reason(e, "limit.file", "a package has at most %lld bytes",
					  (long long)PACKAGE_MAX_BYTES);
		if (!file_write_fd(to, "the package", span_of(p, (size_t)n), e))
			return false;
	}
}

static bool room_for(int to, int from, struct span file, struct err *e)
{
	struct stat st = {.st_size = (off_t)file.len};

	if (from >= 0 && fstat(from, &st) < 0)
		return err_sys(e, errno, "cannot look at the package");
	return file_has_room(to, st.st_size, "a package", e);
}

/* Root may be the first to need it: the console must be able to write there too. */
static bool folder_ready(struct core *c, const char *dir, struct err *e)
{
	static const char *const made[] = {"PCCSRV", "PCCSRV/Pccnt", "PCCSRV/Pccnt/Common",
					   UPDATES_DIR};

	if (!dir_make(dir, 0755, e))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(made); i++)
		if (!state_dir_give(core_state_dir(c), made[i], e))
			return false;
	return true;
}

static bool incoming_open(struct core *c, struct update_incoming *i, struct err *e)
{
	uint8_t tag[TAG_BYTES];
	char dir[PATH_MAX], name[64], hex[2 * TAG_BYTES + 1];

	random_bytes(tag, sizeof(tag));
	hex_lower(span_of(tag, sizeof(tag)), hex);
	(void)snprintf(name, sizeof(name), INCOMING "%s.tmp", hex);
	if (!dir_of(c, dir, sizeof(dir), e) || !folder_ready(c, dir, e) ||
	    !path_join(i->path, sizeof(i->path), dir, name, e))
		return false;
	i->fd = open(i->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (i->fd < 0)
		return write_failed(e);
	/* a sweep that comes between takes the file for a leftover: then keeping it fails, and nothing is lost */
	return flock(i->fd, LOCK_EX | LOCK_NB) == 0 ||
	       err_sys(e, errno, "cannot lock the package's file");
}

bool update_incoming_take(struct core *c, int fd, struct span file, struct update_incoming *out,
			  struct err *e)
{
	struct update_incoming i AUTO_INCOMING = UPDATE_INCOMING_INIT;

	if (!incoming_open(c, &i, e) || !room_for(i.fd, fd, file, e) ||
	    !(fd < 0 ? file_write_fd(i.fd, "the package", file, e) : copy_all(fd, i.fd, e)))
		return false;
	*out = i;
	i.fd = -1;
	return true;
}

bool update_incoming_sync(struct update_incoming *i, struct err *e)
{
	return (fchmod(i->fd, 0644) == 0 && fsync(i->fd) == 0) || write_failed(e);
}

static void name_of(const char *sha256, const char *end, char out[static 80])
{
	(void)snprintf(out, 80, "%.64s%s", sha256, end);
}

bool update_incoming_keep(struct core *c, struct update_incoming *i, const char *sha256,
			  struct span p7s, struct err *e)
{
	char zip[PATH_MAX], signature[PATH_MAX], name[80];

	name_of(sha256, ".zip", name);
	if (!update_file_path(c, name, zip, sizeof(zip), e))
		return false;
	name_of(sha256, ".p7s", name);
	if (!update_file_path(c, name, signature, sizeof(signature), e))
		return false;
	if (rename(i->path, zip) < 0)
		return err_sys(e, errno, "cannot keep the package");
	i->path[0] = '\0';
	return file_replace(signature, 0644, p7s, e); /* syncs the folder for both */
}

void update_files_drop(struct core *c, const char *sha256)
{
	static const char *const ends[] = {".zip", ".p7s"};
	struct tx tx AUTO(tx_end) = TX_INIT; /* the lock is all that is wanted of it */
	struct err ignored = ERR_INIT;	     /* the sweep finds what stays */
	char path[PATH_MAX], name[80];
	bool found = false;

	if (store_in_transaction(core_store(c)) || !tx_begin(c, &tx, &ignored) ||
	    !update_row_is_there(core_store(c), sha256, &found, &ignored) || found)
		return;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		name_of(sha256, ends[i], name);
		if (update_file_path(c, name, path, sizeof(path), &ignored))
			(void)unlink(path);
	}
}

/* ---- given out ---- */

bool update_package_open(struct core *c, const char *name, int *fd_out, int64_t *bytes_out,
			 struct err *e)
{
	char sha256[UPDATE_DIGEST_SIZE], path[PATH_MAX];
	bool found = false;
	struct stat st;
	int fd;

	text_copy(sha256, sizeof(sha256), name);
	if (strlen(name) != UPDATE_DIGEST_SIZE - 1 + strlen(".zip") ||
	    !hex_is_lower(sha256, 2 * SHA256_BYTES) ||
	    (!text_ends_with(name, ".zip") && !text_ends_with(name, ".p7s")))
		return err_reason(e, "update.not_found", "there is no such file here");
	if (!update_row_is_there(core_store(c), sha256, &found, e))
		return false;
	if (!found)
		return err_reason(e, "update.not_found", "there is no such file here");
	if (!update_file_path(c, name, path, sizeof(path), e))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) < 0) {
		int why = errno;

		if (fd >= 0)
			(void)close(fd);
		return err_sys(e, why, "cannot open the file of the package");
	}
	*fd_out = fd;
	*bytes_out = st.st_size;
	return true;
}

/* ---- what a crash left ---- */

/* Nobody holds its lock: the writer is gone. */
static bool writer_is_gone(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool gone = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;

	if (fd >= 0)
		(void)close(fd);
	return gone;
}

static bool sweep_one(struct core *c, int dir, const char *name, struct err *e)
{
	char sha256[UPDATE_DIGEST_SIZE];
	bool found = false;

	if (text_starts_with(name, INCOMING)) {
		if (writer_is_gone(dir, name))
			(void)unlinkat(dir, name, 0); /* it is tried again tomorrow */
		return true;
	}
	text_copy(sha256, sizeof(sha256), name);
	if (!hex_is_lower(sha256, 2 * SHA256_BYTES))
		return true;
	if (!update_row_is_there(core_store(c), sha256, &found, e))
		return false;
	if (!found)
		(void)unlinkat(dir, name, 0); /* it is tried again tomorrow */
	return true;
}

static void dir_autop(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

static bool sweep(struct core *c, struct err *e)
{
	char path[PATH_MAX];
	const struct dirent *x;
	DIR *d AUTO(dir_autop) = NULL;

	if (!dir_of(c, path, sizeof(path), e))
		return false;
	d = opendir(path);
	if (!d)
		return errno == ENOENT || err_sys(e, errno, "cannot read folder '%s'", path);
	while ((x = readdir(d)) != NULL)
		if (!sweep_one(c, dirfd(d), x->d_name, e))
			return false;
	return true;
}

/* The row has the signature too. */
static bool restore_signature(void *arg, const struct update_row *row, struct err *e)
{
	char path[PATH_MAX], name[80];

	name_of(row->sha256, ".p7s", name);
	return update_file_path(arg, name, path, sizeof(path), e) &&
	       (file_exists(path) || file_replace(path, 0644, row->p7s, e));
}

bool updates_tidy(struct core *c, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT; /* the lock is all that is wanted of it */

	return tx_begin(c, &tx, e) && sweep(c, e) &&
	       update_row_list(core_store(c), restore_signature, c, e) && tx_commit(&tx, e);
}
