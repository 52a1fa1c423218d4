/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "x509/cert.h"

/*
 * Extensions as people read them: one line for each thing that is said. Whatever a stranger wrote is
 * escaped, so that a line stays a line. For looking at alone: the engine judges by struct cert.
 */
#define EXTENSION_LINES_MAX 500 /* lines of one extension; the rest is counted */

/* Appends the lines of extension i, each ended by '\n'. False, nothing added: its form is not known
 * here, or its contents are not what its form says. */
bool extension_text(const struct cert *c, size_t i, struct buf *out);

/* For extension_text*.c alone: the lines so far, and one more. */
struct extension_lines {
	struct buf *out;
	size_t n, n_left_out;
};
void line_add(struct extension_lines *l, const struct buf *line);
void line_printf(struct extension_lines *l, const char *fmt, ...) PRINTF(2, 3);
bool extension_names(const struct cert *c, struct span oid, struct span value,
		     struct extension_lines *l);
bool extension_policies(const struct cert *c, struct span oid, struct extension_lines *l);
