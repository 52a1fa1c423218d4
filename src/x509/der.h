/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A small reader of DER over mbedTLS's ASN.1 primitives, for the readers of this floor. It borrows, never copies, and
 * refuses indefinite lengths, tags above 30 and lengths past the end. Lengths longer than needed pass here, since much
 * that is in use has them: der_is_canonical() tells.
 * Every function returns false and leaves its outputs alone when the next element is not what was asked for.
 */
enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_ENUMERATED = 0x0a,
	DER_UTF8 = 0x0c,
	DER_PRINTABLE = 0x13,
	DER_T61 = 0x14,
	DER_IA5 = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_VISIBLE = 0x1a,
	DER_UNIVERSAL = 0x1c,
	DER_BMP = 0x1e,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31
};
#define DER_CONTEXT(n) (0x80 | (n))
#define DER_CONTEXT_CONSTRUCTED(n) (0xa0 | (n))
#define DER_DEPTH_MAX 24 /* levels of nesting that der_is_canonical() follows */

struct der {
	const uint8_t *p, *end;
};

struct der_item {
	int tag;
	struct span contents; /* without the header */
	struct span whole;    /* with it */
};

struct der der_of(struct span s);
bool der_done(const struct der *d);
bool der_is(const struct der *d, int tag); /* the next element has this tag */
bool der_next(struct der *d, struct der_item *out);
bool der_get(struct der *d, int tag, struct span *contents_out);
bool der_enter(struct der *d, int tag, struct der *inner_out);
/* The one element of s with this tag, and nothing behind it. */
bool der_only(struct span s, int tag, struct der *inner_out);
bool der_bool(struct der *d, bool *out);
/* An INTEGER from 0 to max; min_tag lets implicit tags through. */
bool der_small_int(struct der *d, int tag, int max, int *out);
/* A BIT STRING under this tag: its octets and how many bits of the last one are not used. */
bool der_bits(struct der *d, int tag, struct span *out, unsigned *unused_out);
/* Up to 32 named bits, bit 0 first. */
bool der_named_bits(struct der *d, int tag, uint32_t *out);

/* Whether s, one element, is DER down to its last octet: shortest lengths and integers, clean bits and booleans. */
bool der_is_canonical(struct span s);

/*
 * A Time (RFC 5280 4.1.2.5) under either tag, as Unix seconds. Forms that the RFC forbids but which are unambiguous
 * (no seconds, an offset, GeneralizedTime before 2050) are read, and *odd_out is set.
 */
bool der_time(struct der *d, int64_t *out, bool *odd_out);
