/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Object identifiers: as dotted text, and the literals of the PKIX arcs. An identifier is the contents of its element.
 */
#define OID_LITERAL(s) span_of((s), sizeof(s) - 1)
#define OID_CE(last) "\x55\x1d" last		       /* 2.5.29: certificate extensions */
#define OID_PKIX(rest) "\x2b\x06\x01\x05\x05\x07" rest /* 1.3.6.1.5.5.7 */
#define OID_X520(last) "\x55\x04" last		       /* 2.5.4: attribute types */
#define OID_PKCS9_EMAIL "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"
#define OID_ANY_POLICY OID_CE("\x20\x00")
#define OID_ANY_USAGE OID_CE("\x25\x00")

#define OID_TEXT_ARCS_MAX 64 /* arcs written out; a longer one ends in "..." */

static inline bool oid_is(struct span oid, struct span literal)
{
	return span_equal(oid, literal);
}

void oid_text(struct span oid, struct buf *out); /* "2.5.29.17"; "?" where it is malformed */
/* The reverse: contents octets of a dotted text. */
bool oid_from_text(const char *dotted, struct buf *out) MUST_USE;
