/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/config_file.h"

/*
 * What the daemon was told: command line over configuration file. Without --listen the default
 * binding stays where it was; on an empty state directory it begins at OPTIONS_LISTEN.
 */
#define OPTIONS_LISTEN "*:4343"
#define OPTIONS_STATE_DIR "/var/lib/certbinder"

enum options_ask { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION };

struct options {
	enum options_ask ask;
	const char *user;	   /* --user, NULL: not given; borrowed from the command line */
	struct config_file config; /* merged */
};

/* state_dir_env: CERTBINDER_STATE_DIR, or NULL. Errors: ERR_INVALID for usage. */
bool options_read(int argc, char **argv, const char *state_dir_env, struct options *out,
		  struct err *e) MUST_USE;
extern const char options_help[];
