/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/files.h"
#include "base/text.h"
#include "wire/agent_trust.h"
#include "wire/agent_trust_folder.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_MODE 0700
#define FILE_MODE 0644

/* A link in its place could lead into the system's stores: those are not ours. */
static bool is_folder(const char *path, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return err_sys(e, errno, "cannot look at '%s'", path);
	return S_ISDIR(st.st_mode) || err_sys(e, ENOTDIR, "'%s' is no folder of our own", path);
}

static bool folder_make(const char *dir, const char *store, struct err *e)
{
	char path[PATH_MAX];

	return trust_folder_path(dir, NULL, NULL, path, sizeof(path), e) &&
	       dir_make(path, FOLDER_MODE, e) && is_folder(path, e) &&
	       trust_folder_path(dir, store, NULL, path, sizeof(path), e) &&
	       dir_make(path, FOLDER_MODE, e) && is_folder(path, e);
}

/* "<sha256>.cer.<tag>.tmp", as file_replace() names them. */
static bool is_leftover(const char *name)
{
	size_t hex = strspn(name, "0123456789abcdef"), len = strlen(name);

	return hex == (size_t)2 * SHA256_BYTES && strncmp(name + hex, ".cer.", 5) == 0 && len > 4 &&
	       strcmp(name + len - 4, ".tmp") == 0;
}

static void folder_sweep(const char *dir, const char *store)
{
	struct err ignored = ERR_INIT;
	const struct dirent *x;
	char path[PATH_MAX];
	DIR *d;

	if (!trust_folder_path(dir, store, NULL, path, sizeof(path), &ignored))
		return;
	d = opendir(path);
	while (d && (x = readdir(d)) != NULL)
		if (is_leftover(x->d_name))
			(void)unlinkat(dirfd(d), x->d_name, 0); /* harmless where it stays */
	if (d)
		closedir(d);
}

bool agent_trust_ready(const char *state_dir, struct err *e)
{
	static const char *const stores[] = {AGENT_TRUST_ROOT, AGENT_TRUST_CA,
					     AGENT_TRUST_DISALLOWED};

	for (size_t i = 0; i < ARRAY_LEN(stores); i++) {
		if (!folder_make(state_dir, stores[i], e))
			return err_wrap(e, "trust directory");
		folder_sweep(state_dir, stores[i]);
	}
	return true;
}

static bool is_there(const char *dir, const char *store, const char *name, const struct cert *c)
{
	struct trust_folder f AUTO_TRUST_FOLDER = TRUST_FOLDER_INIT;
	struct buf held AUTO_BUF = BUF_INIT;
	struct err ignored = ERR_INIT;

	return trust_folder_open(dir, store, &f, &ignored) && f.fd >= 0 &&
	       trust_folder_read(&f, name, &held, &ignored) &&
	       span_equal(buf_span(&held), span_of(c->der, c->der_len));
}

bool agent_trust_add(const char *state_dir, const char *store, const struct cert *c,
		     bool *existed_out, struct err *e)
{
	char name[2 * SHA256_BYTES + sizeof(".cer")], path[PATH_MAX];

	if (!agent_trust_is_store(store))
		return err_set(e, ERR_INVALID, "there is no store '%.40s'", store);
	(void)snprintf(name, sizeof(name), "%s.cer", c->id);
	if (!folder_make(state_dir, store, e) ||
	    !trust_folder_path(state_dir, store, name, path, sizeof(path), e))
		return false;
	*existed_out = is_there(state_dir, store, name, c);
	return *existed_out || file_replace(path, FILE_MODE, span_of(c->der, c->der_len), e);
}
