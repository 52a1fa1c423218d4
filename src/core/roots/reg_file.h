/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Reads what a .reg file (regedit's export: UTF-16 of either order, UTF-8, or the old ANSI form) says
 * of Schannel's two settings on client certificates, and of the policy on the automatic update of roots; of the latter a
 * Registry.pol too. Other keys and values are passed over. For the reader of files alone (core/reading/reader.h).
 */
#define REG_FILE_MAX ((size_t)8 << 20) /* bytes */

#define REG_POLICY_KEY "Software\\Policies\\Microsoft\\SystemCertificates\\AuthRoot"
#define REG_POLICY_VALUE "DisableRootAutoUpdate"
#define REG_DELETED (-2) /* the file takes the value away */

struct reg_settings {
	bool found_key;	       /* the key of Schannel is in the file */
	int64_t mode;	       /* ClientAuthTrustMode as it stands there; -1: not there */
	int64_t send;	       /* SendTrustedIssuerList; -1: not there */
	bool misspelled;       /* SendTrustedIssuers, which Windows does not know */
	bool found_policy_key; /* AuthRoot below the policies */
	int64_t root_update;   /* DisableRootAutoUpdate; -1: not there; REG_DELETED */
};
#define REG_SETTINGS_INIT                                                                          \
	{                                                                                          \
		.mode = -1, .send = -1, .root_update = -1                                          \
	}

/* Errors: ERR_FORMAT reg.format (no .reg file), ERR_LIMIT, ERR_NOMEM. Looks at nothing else. */
bool reg_file_read(struct span in, struct reg_settings *out, struct err *e) MUST_USE;
