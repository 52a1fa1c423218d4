/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/digest.h"
#include "http/form.h"

/*
 * Large uploads: of the forms that routes with spools take, the first part above HTTP_PART_MEMORY_MAX goes into a file
 * without a name in the spool folder while it arrives; the rest of the form stays in memory and is read as any form,
 * with that part empty. A call's spool belongs to whoever the call belongs to; writing is done on the job pool.
 * Errors   disk.full, busy (HTTP_SPOOLS_MAX are under way), ERR_IO
 */
#define HTTP_SPOOL_CHUNK_BYTES ((size_t)1 << 20) /* gathered in memory before it is written */
#define HTTP_SPOOL_MEMORY_MAX ((size_t)4 << 20)	 /* what stays in memory of one such form: 413 */
#define HTTP_PART_MEMORY_MAX ((size_t)256 << 10) /* a part above it goes to disk */
#define HTTP_SPOOLS_MAX 2			 /* large uploads at a time: 503 */

enum spool_where { SPOOL_START, SPOOL_DELIMITED, SPOOL_HEAD, SPOOL_DATA, SPOOL_END };

struct http_spool {
	atomic_int *count; /* of the server; borrowed */
	int fd;
	bool taken;		    /* a part goes there */
	size_t part;		    /* its place in the form */
	int64_t bytes;		    /* of it, so far */
	struct sha256_state digest; /* of what was written */
	/* how far the body in memory has been looked through */
	enum spool_where where;
	size_t at, data_at, n_parts;
	char delimiter[FORM_DELIMITER_SIZE];
	size_t delimiter_len;
};

/* length: what is announced; 0 unknown. */
bool spool_open(const char *dir, const char *boundary, int64_t length, atomic_int *count,
		struct http_spool **out, struct err *e) MUST_USE;
void spool_free(struct http_spool *s);
/* Removes what named files a killed process left; none may be in use. */
void spool_sweep(const char *dir);
/* Of the part on disk, as far as it has come: the same for the same bytes, however they came. */
void spool_digest(const struct http_spool *s, uint8_t out[static SHA256_BYTES]);
/* Looks through what has come in, and moves what belongs on disk there: body shrinks. */
bool spool_take(struct http_spool *s, struct buf *body, struct err *e) MUST_USE;
