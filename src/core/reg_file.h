/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Reads what a .reg file (regedit's export: UTF-16 of either order, UTF-8, or the old ANSI form) says
 * of Schannel's two settings on client certificates. Other keys and values are passed over.
 */
#define REG_FILE_MAX ((size_t)8 << 20) /* bytes */

struct reg_schannel {
	bool found_key;	 /* the key of Schannel is in the file */
	int64_t mode;	 /* ClientAuthTrustMode as it stands there; -1: not there */
	int64_t send;	 /* SendTrustedIssuerList; -1: not there */
	bool misspelled; /* SendTrustedIssuers, which Windows does not know */
};

/* Errors: ERR_FORMAT reg.format (no .reg file), ERR_LIMIT, ERR_NOMEM. Looks at nothing else. */
bool reg_file_read(struct span in, struct reg_schannel *out, struct err *e) MUST_USE;
