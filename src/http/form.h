/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "http/server.h"

/*
 * Forms: multipart/form-data (RFC 7578) and application/x-www-form-urlencoded, read from the whole
 * body once. Parts borrow from the body.
 */
#define FORM_BOUNDARY_MAX 70	/* RFC 2046 5.1.1 */
#define FORM_PART_HEAD_MAX 4096 /* bytes of the fields of one part: 400 */
#define FORM_DELIMITER_SIZE (FORM_BOUNDARY_MAX + 5)

/* Of a multipart/form-data content type; false: it has none, or one too long. */
bool form_boundary(const char *type, char out[static FORM_BOUNDARY_MAX + 1]);
/* What ends a part: line end, two dashes, boundary; the first of a form has no line end. Gives its length. */
size_t form_delimiter(const char *boundary, char out[static FORM_DELIMITER_SIZE]);
void form_clear(struct http_call *c); /* wipes the copies */
