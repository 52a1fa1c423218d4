/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "core/bindings/bindings.h"
#include "wire/agent_state.h"

#include <stdbool.h>

/*
 * The agent's command line. Server, ports and certificate make a new agent; one that is there keeps
 * its server whatever they say: IpXfer moves agents, and proves the new server first.
 */
#define OPTIONS_HTTPS_PORT 4343

enum options_ask { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION };

struct options {
	enum options_ask ask;
	const char *state_dir;		   /* borrowed, as the rest */
	struct agent_place server;	   /* host "": not given */
	const char *ntcer, *password_file; /* NULL: not given */
	const char *listen_text;	   /* NULL: not given */
	struct endpoint listen;
};

extern const char options_help[];
/* state_dir_env: what CERTBINDER_STATE_DIR holds, or NULL. */
bool options_read(int argc, char **argv, const char *state_dir_env, struct options *out,
		  struct err *e) MUST_USE;
