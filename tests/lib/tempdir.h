/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <limits.h>

/*
 * A directory of one test's own under $TMPDIR, gone with everything in it at the end.
 */
struct tempdir {
	char path[PATH_MAX];
};

void tempdir_make(struct tempdir *t); /* fails the test when it cannot */
void tempdir_remove(struct tempdir *t);
const char *tempdir_file(const struct tempdir *t, const char *name); /* static, until the next */
