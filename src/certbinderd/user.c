/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "certbinderd/user.h"

#include "base/files.h"
#include "base/harden.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "base/text.h"
#include "certbinderd/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEPT (UINT64_C(1) << CAP_NET_BIND_SERVICE)
/* Root whose console stays root may have put it below somebody else's folder. */
#define KEPT_BY_ROOT (KEPT | UINT64_C(1) << CAP_DAC_OVERRIDE)
#define DEPTH_MAX 16 /* descriptors for the walk through the state directory */

struct identity {
	uid_t uid;
	gid_t gid;
	char name[64]; /* "" without an entry */
};

static bool fill(const struct passwd *found, struct identity *out)
{
	if (!found)
		return false;
	out->uid = found->pw_uid;
	out->gid = found->pw_gid;
	text_copy(out->name, sizeof(out->name), found->pw_name);
	return true;
}

static bool by_name(const char *name, struct identity *out)
{
	char room[4096];
	struct passwd entry, *found = NULL;

	return getpwnam_r(name, &entry, room, sizeof(room), &found) == 0 && fill(found, out);
}

static void by_owner(const struct stat *st, struct identity *out)
{
	char room[4096];
	struct passwd entry, *found = NULL;

	if (getpwuid_r(st->st_uid, &entry, room, sizeof(room), &found) == 0 && fill(found, out))
		return;
	*out = (struct identity){.uid = st->st_uid, .gid = st->st_gid, .name = ""};
}

/* Whether others than root come as far as path's folder: the user's own rights are not asked. */
static bool is_in_reach(const char *path)
{
	char folder[PATH_MAX], *slash;
	struct stat st;

	text_copy(folder, sizeof(folder), path);
	while ((slash = strrchr(folder, '/')) != NULL) {
		*slash = '\0';
		if (stat(slash == folder ? "/" : folder, &st) == 0 && !(st.st_mode & S_IXOTH))
			return false;
	}
	return true;
}

/* Whose console it is to be when root starts it. */
static bool choose(const char *named, const char *state_dir, struct identity *out, struct err *e)
{
	struct stat st;
	bool there = stat(state_dir, &st) == 0;

	if (named)
		return by_name(named, out) ||
		       err_set(e, ERR_NOT_FOUND, "there is no user '%.60s'", named);
	if (there && st.st_uid != 0)
		by_owner(&st, out);
	else if ((there && strcmp(state_dir, OPTIONS_STATE_DIR) != 0) || !is_in_reach(state_dir) ||
		 !by_name(USER_DEFAULT, out))
		*out = (struct identity){.name = "root"};
	return true;
}

static struct identity handing_to;

/* Links are handed over themselves, never what they point to. */
static int hand_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)kind;
	(void)at;
	if (st->st_uid != 0)
		return 0; /* somebody's already */
	return lchown(path, handing_to.uid, handing_to.gid);
}

/* A new folder, or one that was root's alone; nobody else could have put anything into it. */
static bool hand_over(const char *state_dir, const struct identity *to, struct err *e)
{
	struct stat st;

	if (!dir_make(state_dir, 0700, e))
		return false;
	if (stat(state_dir, &st) != 0)
		return err_sys(e, errno, "cannot look at '%s'", state_dir);
	if (st.st_uid != 0)
		return st.st_uid == to->uid ||
		       err_reason(e, "auth.not_owner", "'%s' belongs to another user", state_dir);
	if ((st.st_mode & 022) != 0)
		return err_set(e, ERR_INVALID, "'%s' can be written by others than root",
			       state_dir);
	handing_to = *to;
	return nftw(state_dir, hand_one, DEPTH_MAX, FTW_PHYS | FTW_MOUNT) == 0 ||
	       err_sys(e, errno, "cannot hand '%s' to its user", state_dir);
}

/* A folder of root's, say below /root, stays open by its descriptor. */
static void keep_pages(struct config_file *config)
{
	char log_dir[PATH_MAX], www[PATH_MAX];
	struct err ignored = ERR_INIT;
	int fd;

	if (!paths_find(config, log_dir, sizeof(log_dir), www, sizeof(www), &ignored) ||
	    www[0] == '\0')
		return;
	fd = open(www, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		(void)snprintf(config->www_dir, sizeof(config->www_dir), "/proc/self/fd/%d", fd);
}

/* Effective rights go with the number; KEEPCAPS lets the permitted ones stay until they are cut. */
static bool switch_to(const struct identity *who, struct err *e)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
		return err_sys(e, errno, "cannot keep the right to open low ports");
	if ((who->name[0] ? initgroups(who->name, who->gid) : setgroups(0, NULL)) != 0 ||
	    setresgid(who->gid, who->gid, who->gid) != 0 ||
	    setresuid(who->uid, who->uid, who->uid) != 0)
		return err_sys(e, errno, "cannot become user %u", (unsigned)who->uid);
	return true;
}

static bool from_root(const char *named, struct config_file *config, struct err *e)
{
	struct identity who = {.uid = 0};

	if (!choose(named, config->state_dir, &who, e))
		return false;
	if (who.uid != 0) {
		if (!hand_over(config->state_dir, &who, e))
			return false;
		keep_pages(config);
		sandbox_bounding(KEPT);
		if (!switch_to(&who, e))
			return false;
	} else {
		sandbox_bounding(KEPT_BY_ROOT);
	}
	log_info("daemon.user", "runs as %s (%u)", who.name[0] ? who.name : "a user without name",
		 (unsigned)who.uid);
	return true;
}

bool user_become(const char *named, struct config_file *config, struct err *e)
{
	struct identity who = {.uid = 0};

	if (geteuid() == 0
		    ? !from_root(named, config, e)
		    : named && (!by_name(named, &who) || who.uid != geteuid()) &&
			      !err_set(e, ERR_DENIED,
				       "only root can make the console run as '%.60s'", named))
		return false;
	return sandbox_capabilities(geteuid() == 0 ? KEPT_BY_ROOT : KEPT, e) &&
	       sandbox_no_new_privileges(e) && process_harden(e);
}
