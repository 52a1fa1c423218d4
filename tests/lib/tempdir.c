/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "lib/tempdir.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

void tempdir_make(struct tempdir *t)
{
	const char *base = getenv("TMPDIR");

	snprintf(t->path, sizeof(t->path), "%s/certbinder-test-XXXXXX", base ? base : "/tmp");
	assert_non_null(mkdtemp(t->path));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void tempdir_remove(struct tempdir *t)
{
	(void)nftw(t->path, remove_one, 16, FTW_DEPTH | FTW_PHYS); /* what stays is in $TMPDIR */
}

const char *tempdir_file(const struct tempdir *t, const char *name)
{
	static char path[PATH_MAX + 256];

	snprintf(path, sizeof(path), "%s/%s", t->path, name);
	return path;
}
