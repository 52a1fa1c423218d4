/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/span.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Writes DER into a buf, outside in: der_begin(), the members, der_end() with what der_begin() gave. Failure is that
 * of the buf: sticky, asked for once with buf_ok(). Set the buf's secret flag where a key goes through.
 */
size_t der_begin(struct buf *b, unsigned tag) MUST_USE;
void der_end(struct buf *b, size_t start);

void der_add(struct buf *b, unsigned tag, struct span content);
void der_uint(struct buf *b, uint64_t value);
void der_integer(
	struct buf *b,
	struct span magnitude); /* big-endian, not negative; leading zeros as DER wants them */
void der_octets(struct buf *b, struct span content);
void der_oid(struct buf *b, struct span oid);
void der_null(struct buf *b);
void der_algorithm(struct buf *b, struct span oid); /* with NULL parameters */
