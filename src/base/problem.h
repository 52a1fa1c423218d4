/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>

/*
 * What went wrong, as programs say it: the members of an RFC 9457 problem.
 */

/* remedy NULL: that of the code. NULL: out of memory. */
json_t *problem_of(const struct err *e, const char *remedy);

/* What helps with the command line of a daemon. */
const char *problem_remedy(const struct err *e);
/* As JSON of several lines; on standard output where --json was given. */
bool problem_text(const struct err *e, struct buf *out) MUST_USE;
