/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

#include <jansson.h>

/*
 * What went wrong, as programs say it: the members of an RFC 9457 problem.
 */

/* remedy NULL: that of the code. NULL: out of memory. */
json_t *problem_of(const struct err *e, const char *remedy);

/* The end of a daemon that cannot start: what and its cure on standard error, with as_json the problem on
 * standard output too. Gives the exit status. */
int problem_tell(const char *program, const struct err *e, bool as_json);
/* Whether --json stands among the arguments, also when others of them are wrong. */
bool problem_wants_json(int argc, char *const *argv);
