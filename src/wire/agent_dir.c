/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/agent_dir.h"

#include "base/files.h"
#include "base/text.h"
#include "x509/pem.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool agent_dir_ready(const char *dir, bool create, struct err *e)
{
	struct stat st;

	if (stat(dir, &st) != 0) {
		if (errno == EACCES)
			return err_reason(e, "auth.not_owner", "no permission for '%s'", dir);
		if (errno != ENOENT)
			return err_sys(e, errno, "cannot look at '%s'", dir);
		if (!create)
			return err_set(e, ERR_NOT_FOUND, "there is no agent in '%s'", dir);
		return dir_make(dir, 0700, e);
	}
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_INVALID, "'%s' is no folder", dir);
	if (geteuid() != 0 && geteuid() != st.st_uid)
		return err_reason(e, "auth.not_owner", "'%s' belongs to another user", dir);
	return true;
}

bool agent_dir_become_owner(const char *dir, struct err *e)
{
	struct stat st;

	if (geteuid() != 0)
		return true;
	if (stat(dir, &st) != 0)
		return err_sys(e, errno, "cannot look at '%s'", dir);
	if (st.st_uid == 0)
		return true;
	if (setgroups(0, NULL) != 0 || setresgid(st.st_gid, st.st_gid, st.st_gid) != 0 ||
	    setresuid(st.st_uid, st.st_uid, st.st_uid) != 0)
		return err_sys(e, errno, "cannot act as the owner of '%s'", dir);
	return true;
}

static bool is_unc(const char *path)
{
	return text_starts_with(path, "\\\\");
}

static bool take_pem(struct span text, struct cert **out, struct err *e)
{
	struct pem pem AUTO_PEM = {.n = 0};

	if (!pem_read(text, &pem, e))
		return false;
	for (size_t i = 0; i < pem.n; i++)
		if (strcmp(pem.members[i].label, "CERTIFICATE") == 0)
			return cert_parse(pem.members[i].der.data, pem.members[i].der.len, out, e);
	return err_reason(e, "pem.corrupt", "there is no certificate in it");
}

bool agent_cert_file(const char *path, struct cert **out, struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;
	struct span in;

	if (!file_exists(path) && is_unc(path))
		return err_set(e, ERR_NOT_FOUND,
			       "'%s' is a Windows share, which this machine cannot open by that "
			       "name: mount it, or copy the file here",
			       path);
	if (!file_exists(path))
		return err_reason(e, "file.not_found", "there is no file '%s'", path);
	if (!file_read(path, AGENT_CERT_FILE_MAX, &text, e))
		return false;
	in = buf_span(&text);
	if (pem_looks_like(in) ? take_pem(in, out, e) : cert_parse(in.p, in.len, out, e))
		return true;
	return err_wrap(e, "'%s' is no certificate", path);
}
