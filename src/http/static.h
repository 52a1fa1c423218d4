/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "http/server.h"

/*
 * The files of the console, read into memory at start: GET and HEAD with strong ETags; paths that
 * carry a hash ("assets/3f2a91bc/app.js") may be kept for ever, others are asked for anew. Where
 * NAME.gz lies beside NAME, who takes gzip gets that. "/" is index.html.
 */
#define STATIC_FILES_MAX 512		    /* files of the pages */
#define STATIC_FILE_MAX ((size_t)4 << 20)   /* bytes of one of them */
#define STATIC_BYTES_MAX ((size_t)32 << 20) /* bytes of all of them */

bool static_load(struct http_server *s, const char *dir, struct static_files **out,
		 struct err *e) MUST_USE;
void static_free(struct static_files *f);
/* Replies with the file or 404. */
void static_reply(struct http_call *c);
