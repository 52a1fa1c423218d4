/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"
#include "certbinderd/options.h"

/*
 * Who the console runs as. Started by root it becomes the user that was named, else the owner of the
 * state directory, else USER_DEFAULT where there is such a user and the state directory is new or the
 * usual one; else it stays root. Whoever it is keeps one capability, to open ports below 1024 (root also
 * that of reading others' files, or it could not reach a folder of somebody's), and gains no privilege any
 * more. Before anything secret is read; single-threaded.
 */
#define USER_DEFAULT "certbinder"

/* What only root may open is opened here: the state directory is handed over, the console's pages stay
 * within reach (config->www_dir). Errors: ERR_DENIED, ERR_NOT_FOUND (no such user), ERR_IO */
bool user_become(const char *named, struct config_file *config, struct err *e) MUST_USE;
