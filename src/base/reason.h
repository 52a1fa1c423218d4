/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

#include <stddef.h>

/*
 * The one table of public codes: what REST, command line and console say about a failure or a
 * failed check.
 * code     dotted and stable, e.g. "pfx.wrong_password"; scripts branch on it
 * status   HTTP status
 * exit     exit code of the command line (CONTRACTS: 0 to 10)
 * title    one short sentence, the same for every instance
 * remedy   what the administrator does next
 */
struct reason {
	const char *code;
	enum err_code class;
	int status;
	int exit;
	const char *title;
	const char *remedy;
};

/* NULL when there is no such code. */
const struct reason *reason_find(const char *dotted);
const struct reason *reason_of_class(enum err_code code);

/* Where a code is described: "key.mismatch" at /problems/key-mismatch. */
#define REASON_PATH_SIZE 128
void reason_path(const char *dotted, char out[static REASON_PATH_SIZE]);

/* All rows, in the order of the table; for docs, tests and /problems pages. */
const struct reason *reason_table(size_t *n_out);
