/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/digest.h"
#include "core/core.h"

#include <limits.h>

/*
 * Files of update packages, for core/ alone: SHA256.zip and SHA256.p7s. A ZIP comes in under a temporary name that its
 * writer holds a lock on, is synced, and is renamed while the writer holds the database's lock: what has neither a row
 * nor a living writer is left over from a crash.
 */
#define UPDATE_DIGEST_SIZE (2 * SHA256_BYTES + 1)

struct update_incoming {
	int fd; /* read and write; -1: none */
	char path[PATH_MAX];
};
#define UPDATE_INCOMING_INIT                                                                       \
	{                                                                                          \
		.fd = -1                                                                           \
	}
void update_incoming_clear(struct update_incoming *i); /* with the file, unless it was kept */
#define AUTO_INCOMING AUTO(update_incoming_clear)

/* A copy of what fd holds from its start (or of file, where fd is -1). Errors: disk.full, limit.file */
bool update_incoming_take(struct core *c, int fd, struct span file, struct update_incoming *out,
			  struct err *e) MUST_USE;
/* Before the transaction: it may take as long as the disk needs for the whole of it. */
bool update_incoming_sync(struct update_incoming *i, struct err *e) MUST_USE;
/* In a transaction, before the row, synced: both files have their names afterwards. */
bool update_incoming_keep(struct core *c, struct update_incoming *i, const char *sha256,
			  struct span p7s, struct err *e) MUST_USE;
/* After the row went: unless somebody else added the same ZIP meanwhile. Within a larger transaction nothing is certain
 * yet, and the sweep has it. */
void update_files_drop(struct core *c, const char *sha256);
bool update_file_path(struct core *c, const char *name, char *out, size_t size,
		      struct err *e) MUST_USE;
