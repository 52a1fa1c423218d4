/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/core_impl.h"

#include "base/digest.h"
#include "base/files.h"
#include "base/seal.h"
#include "base/text.h"
#include "core/tx.h"
#include "store/settings.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define META_MASTER_ID "master_key_id"

static bool dir_is_empty(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *x;
	bool empty = d != NULL;

	while (d && (x = readdir(d)) != NULL)
		if (strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0)
			empty = false;
	if (d)
		closedir(d);
	return empty;
}

/* Closing a folder that is somebody's home or /tmp would be worse than refusing it. */
static bool dir_close_to_others(const char *path, mode_t mode, struct err *e)
{
	char db[PATH_MAX];

	if ((mode & 077) == 0)
		return true;
	if (!path_join(db, sizeof(db), path, STORE_FILE, e))
		return false;
	if ((mode & (S_ISVTX | S_IWOTH)) != 0 || (!file_exists(db) && !dir_is_empty(path)))
		return err_set(e, ERR_INVALID,
			       "'%s' is open to others and holds other things: name a folder of "
			       "the console's own",
			       path);
	if (chmod(path, 0700) != 0)
		return err_sys(e, errno, "cannot close '%s' to others", path);
	return true;
}

bool state_dir_ready(const char *path, bool create, struct err *e)
{
	struct stat st;

	if (stat(path, &st) != 0 && errno != ENOENT) {
		if (errno == EACCES)
			return err_reason(e, "auth.not_owner", "no permission for '%s'", path);
		return err_sys(e, errno, "cannot look at '%s'", path);
	}
	if (stat(path, &st) != 0) {
		if (!create)
			return err_reason(e, "state.none", "there is no console in '%s'", path);
		if (!dir_make(path, 0700, e))
			return false;
		if (stat(path, &st) != 0)
			return err_sys(e, errno, "cannot look at '%s'", path);
	}
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_INVALID, "'%s' is no folder", path);
	if (geteuid() != 0 && geteuid() != st.st_uid)
		return err_reason(e, "auth.not_owner", "'%s' belongs to another user", path);
	if (access(path, R_OK | W_OK | X_OK) != 0)
		return err_reason(e, "state.read_only", "cannot read and write in '%s': %s", path,
				  errno == EROFS ? "its file system is read-only"
						 : "its mode does not let its owner");
	return dir_close_to_others(path, st.st_mode, e);
}

bool state_dir_give(const char *dir, const char *name, struct err *e)
{
	char path[PATH_MAX];
	struct stat st;

	if (geteuid() != 0)
		return true;
	if (!path_join(path, sizeof(path), dir, name, e))
		return false;
	if (stat(dir, &st) != 0)
		return err_sys(e, errno, "cannot look at '%s'", dir);
	if (st.st_uid != 0 && lchown(path, st.st_uid, st.st_gid) != 0 && errno != ENOENT)
		return err_sys(e, errno, "cannot hand '%s' to its owner", path);
	return true;
}

/* Says which master key a database belongs to, and nothing about the key. */
static bool master_id(const struct secret *master, char out[static 2 * SHA256_BYTES + 1],
		      struct err *e)
{
	struct buf b AUTO_BUF = {.secret = true};
	uint8_t hash[SHA256_BYTES];

	buf_add_str(&b, "certbinder master key id");
	buf_add_span(&b, secret_span(master));
	if (!buf_ok(&b))
		return err_nomem(e);
	sha256(buf_span(&b), hash);
	hex_lower(span_of(hash, sizeof(hash)), out);
	return true;
}

static bool id_read(struct core *c, struct buf *out, bool *known, struct err *e)
{
	buf_reset(out);
	return store_meta_get(c->store, META_MASTER_ID, out, known, e);
}

/* A database whose master key is missing, unreadable or another one still opens: the console must
 * come up to say so. What needs the key then fails with this trouble, and nothing is sealed under a
 * wrong one. */
static bool master_load(struct core *c, const char *path, const char *id, struct err *e)
{
	struct secret master AUTO_SECRET = SECRET_INIT;
	char found[2 * SHA256_BYTES + 1];

	if (!master_key_load(path, false, &master, &c->master_trouble)) {
		if (c->master_trouble.code != ERR_NOMEM)
			return true;
		*e = c->master_trouble; /* says nothing of the key: what is written would lack its anchor */
		return false;
	}
	if (!master_id(&master, found, e))
		return false;
	if (strcmp(found, id) != 0) {
		err_reason(&c->master_trouble, "seal.broken",
			   "'%s' is not the master key of this database", path);
		return true;
	}
	secret_move(&c->master, &master);
	return true;
}

/* The last look is for a restore that named its key between the first two. */
static bool master_load_known(struct core *c, const char *path, const char *id, struct err *e)
{
	char next[PATH_MAX];

	if (!path_join(next, sizeof(next), c->state_dir, MASTER_KEY_NEXT_FILE, e) ||
	    !master_load(c, path, id, e))
		return false;
	if (c->master.len > 0)
		return true;
	if (file_exists(next) && !master_load(c, next, id, e))
		return false;
	if (c->master.len > 0)
		return master_take_next(c->state_dir, e);
	return master_load(c, path, id, e);
}

bool master_take_next(const char *state_dir, struct err *e)
{
	char path[PATH_MAX], next[PATH_MAX];

	if (!path_join(path, sizeof(path), state_dir, MASTER_KEY_FILE, e) ||
	    !path_join(next, sizeof(next), state_dir, MASTER_KEY_NEXT_FILE, e))
		return false;
	if (rename(next, path) != 0 && errno != ENOENT)
		return err_sys(e, errno, "cannot put the master key '%s' in place", path);
	return file_sync_folder(path, e);
}

bool master_sweep(const char *state_dir, struct err *e)
{
	static const char *const files[] = {MASTER_KEY_FILE, MASTER_KEY_NEXT_FILE};
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		if (!path_join(path, sizeof(path), state_dir, files[i], e))
			return false;
		file_sweep(path);
	}
	(void)unlink(path); /* the next one: of a restore that went no further */
	return true;
}

/* The first program on a new database makes the key, inside a write transaction: no other one can
 * make a second. */
static bool master_make_first(struct core *c, const char *path, struct err *e)
{
	struct secret master AUTO_SECRET = SECRET_INIT;
	char id[2 * SHA256_BYTES + 1];
	struct buf was AUTO_BUF = BUF_INIT;
	bool known = false;
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!tx_begin(c, &tx, e) || !id_read(c, &was, &known, e))
		return false;
	if (known)
		return tx_commit(&tx, e) && master_load_known(c, path, buf_str(&was), e);
	if (!master_key_load(path, true, &master, e) ||
	    !state_dir_give(c->state_dir, MASTER_KEY_FILE, e) || !master_id(&master, id, e) ||
	    !store_meta_set(c->store, META_MASTER_ID, span_str(id), e) || !tx_commit(&tx, e))
		return false;
	secret_move(&c->master, &master);
	return true;
}

bool master_ready(struct core *c, struct err *e)
{
	char path[PATH_MAX];
	struct buf id AUTO_BUF = BUF_INIT;
	bool known = false;

	if (!path_join(path, sizeof(path), c->state_dir, MASTER_KEY_FILE, e) ||
	    !id_read(c, &id, &known, e))
		return false;
	return known ? master_load_known(c, path, buf_str(&id), e) : master_make_first(c, path, e);
}
