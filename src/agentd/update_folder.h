/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "wire/agent_updates.h"

/* Folders for the agent's updates: for the files update_*.c alone. */

/* "cannot VERB 'NAME'"; a full disk is update.space. Returns false. */
bool update_sys(struct err *e, int errnum, const char *verb, const char *name);
bool update_folder_sync(int dir, const char *name, struct err *e) MUST_USE;
/* Removes each file or folder of files in dir/name that keep() does not want, as far as that can be done. */
void update_folder_keep(int dir, const char *name, bool (*keep)(const char *name, void *arg),
			void *arg);
/* Removes dir/name: a file, a link, or a folder with what is in it. Fine when it is not there. */
void update_folder_remove(int dir, const char *name);
/* Removes what is neither the installed version nor the one before it. */
void update_versions_sweep(int dir, const struct agent_update *i);
