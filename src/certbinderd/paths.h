/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/config_file.h"

/*
 * Where logs go and where the pages of the console are: as configured, else below the state
 * directory, and beside the program (a build tree) or where they were installed. www is "" when
 * there are no pages.
 */
bool paths_find(const struct config_file *c, char *log_dir, size_t log_size, char *www, size_t size,
		struct err *e) MUST_USE;
