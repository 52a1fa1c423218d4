/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "wire/agent_updates.h"

/*
 * The agent's updates on disk, below the state directory:
 *   updates/incoming/NAME-VERSION.zip.part, .zip, .p7s
 *   updates/NAME-VERSION.zip_Invalid	set aside: never loaded
 *   updates/installed/NAME/VERSION/...	whole, or not there
 *   updates/installed/NAME/current	a link to VERSION
 * dir is a descriptor of updates/. Names come from packages that passed package_name_is_plain(), and no
 * symbolic link is followed.
 * Threads  one at a time
 */
#define UPDATE_INVALID_KEPT 8 /* files set aside that no package needs any more */
#define UPDATE_ROOM_KEPT_BYTES ((int64_t)64 << 20) /* of the disk that updates leave free */
#define UPDATE_FOLDER "updates"
#define UPDATE_CURRENT_LINK "current"

enum update_file { UPDATE_FILE_PART, UPDATE_FILE_ZIP, UPDATE_FILE_P7S, UPDATE_FILE_INVALID };

/* Makes the folders. */
bool update_dir_open(const char *state_dir, int *dir_out, struct err *e) MUST_USE;
/* Errors: ERR_NOT_FOUND without O_CREAT */
bool update_file_open(int dir, const struct agent_update *i, enum update_file f, int flags,
		      int *fd_out, struct err *e) MUST_USE;
bool update_file_is_there(int dir, const struct agent_update *i, enum update_file f);
/* Over what is there; on disk when it returns. */
bool update_file_move(int dir, const struct agent_update *i, enum update_file from,
		      enum update_file to, struct err *e) MUST_USE;
void update_file_drop(int dir, const struct agent_update *i, enum update_file f);
/* Whether the disk has room for so many bytes more. Errors: update.space */
bool update_room(int dir, int64_t bytes, struct err *e) MUST_USE;

/*
 * Installs a package that was found good: unpacked beside, whole and synced, then renamed, then
 * switched to. A kill at any moment leaves the version before or this one as the current one.
 * i->unpacked is what it needed, or would need.
 * Errors   package.manifest, zip.* (the package is not what it says), update.space, ERR_IO
 */
bool update_install(int dir, struct agent_update *i, int zip_fd, struct err *e) MUST_USE;
/* Name of the version that is switched to, "" for none. */
void update_installed(int dir, const char *package, char out[static PACKAGE_NAME_MAX + 1]);

/* Removes what no package needs: after a change of the offer, and at the start. */
void update_sweep(int dir, const struct agent_updates *u);
