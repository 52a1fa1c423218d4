/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "http/server.h"

/*
 * Replies out of a file, for reply.c: what lies in the page cache is read on the worker, everything else on the job
 * pool with the connection suspended, so that a slow disk holds nobody else up.
 */
#define HTTP_FILE_BLOCK_BYTES ((size_t)64 << 10) /* read at a time */

struct http_file;

void file_free(struct http_file *f);
struct MHD_Response *file_response(struct http_call *c); /* takes c->file over; NULL: no memory */
/* The worker ends while a block is being read: the reply breaks off. */
void file_give_up(struct http_call *c);
