/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/roots/reg_file.h"

/*
 * Reads a Registry.pol, the file in which group policies lie (in a backup of a GPO and below GroupPolicy\Machine): "PReg",
 * version 1, then [key;value;type;size;data] in UTF-16 with keys relative to HKEY_LOCAL_MACHINE. For the reader of files
 * alone, like reg_file_read(), which calls it.
 */
bool pol_file_is(struct span in);
/* Errors: reg.format, ERR_NOMEM */
bool pol_file_read(struct span in, struct reg_settings *out, struct err *e) MUST_USE;
