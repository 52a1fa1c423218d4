/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/secret.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * IpXfer's command line: the switches of the original in any case, with a dash, a slash, or the en
 * dash (U+2013) that word processors make of it.
 */
struct switches {
	const char *server, *certificate;	    /* borrowed from argv, as the rest */
	uint16_t http_port, https_port, agent_port; /* 0: not given */
	const char *state_dir;			    /* NULL: not given */
	const char *password_file;
	char *password; /* "-": is asked for; NULL: not given */
	bool json, help, version;
};

extern const char switches_help[];
bool switches_read(int argc, char **argv, struct switches *out, struct err *e) MUST_USE;
