/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * ZIP files in memory, with AES-256 (WinZip AE-2) when there is a password, through libarchive. Knows
 * nothing of what is in them. Members are treated as secrets: wiped when cleared,
 * though in common memory, since thousands of them in pages of their own would leave a process none.
 * Read with limits, since a ZIP comes from outside: what inflates past them is refused, not cut.
 * Errors   zip.wrong_password, zip.corrupt, zip.bomb, zip.member (a folder, a link, a bad name), ERR_NOMEM
 */
#define ZIP_MAX_BYTES ((size_t)64 << 20)	/* one file, packed */
#define ZIP_MAX_MEMBERS 20000			/* members in one file */
#define ZIP_MEMBER_MAX_BYTES SECRET_MAX_BYTES	/* one member, unpacked */
#define ZIP_TOTAL_MAX_BYTES ((size_t)128 << 20) /* all members, unpacked */
#define ZIP_NAME_MAX 200			/* bytes of a member's name */

struct zip_member {
	char name[ZIP_NAME_MAX + 1]; /* relative, "/" between parts, no ".." */
	struct buf data;	     /* wiped when cleared */
};

struct zip {
	struct zip_member *members;
	size_t n;
};

#define ZIP_INIT                                                                                   \
	{                                                                                          \
		.members = NULL                                                                    \
	}

/* Names in the ZIP files of others are UTF-8, whatever the environment says: libarchive asks the locale of
 * the process. By each main() whose program reads ZIP files, before there is a thread. */
void zip_names_utf8(void);

void zip_clear(struct zip *z);
#define AUTO_ZIP AUTO(zip_clear)

bool zip_add(struct zip *z, const char *name, struct span data,
	     struct err *e) MUST_USE;					  /* copies */
const struct zip_member *zip_find(const struct zip *z, const char *name); /* NULL: none */

/* password NULL: not encrypted. mtime_s goes on every member. out is marked secret. */
bool zip_write(const struct zip *z, const struct secret *password, int64_t mtime_s, struct buf *out,
	       struct err *e) MUST_USE;
bool zip_read(struct span in, const struct secret *password, struct zip *out,
	      struct err *e) MUST_USE;
