/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A cursor over BER (X.690), for the containers that people bring: PFX and P7B files of Windows, Java and NSS use
 * indefinite lengths and octet strings in pieces, which DER forbids. Certificates are not read with it.
 * Every function takes the span that is still unread and moves it on success only; false means that the bytes are
 * not what was asked for. Nothing is copied, but for octet strings in pieces.
 */
#define BER_DEPTH_MAX 32 /* nesting of indefinite lengths and of strings in pieces */

enum ber_tag {
	BER_INTEGER = 0x02,
	BER_BIT_STRING = 0x03,
	BER_OCTETS = 0x04,
	BER_NULL = 0x05,
	BER_OID = 0x06,
	BER_UTF8 = 0x0c,
	BER_BMP = 0x1e,
	BER_SEQUENCE = 0x30,
	BER_SET = 0x31,
	BER_PRIMITIVE_0 = 0x80,
	BER_EXPLICIT_0 = 0xa0,
	BER_EXPLICIT_1 = 0xa1
};
#define BER_CONSTRUCTED 0x20u

struct ber_item {
	unsigned tag;	     /* identifier octet; numbers above 30 are refused */
	struct span content; /* without end-of-contents */
	struct span whole;
};

bool ber_next(struct span *in, struct ber_item *out) MUST_USE;
bool ber_is(struct span in, unsigned tag); /* the next item has this tag */
/* Goes into the first item and on to the end of in: tells what a file is, even when it is cut. */
bool ber_look_into(struct span in, unsigned tag, struct span *inside_out) MUST_USE;
bool ber_take(struct span *in, unsigned tag, struct span *content_out) MUST_USE;
bool ber_uint(struct span *in, uint64_t *out)
	MUST_USE; /* INTEGER, not negative; more than 64 bits gives UINT64_MAX */

/* An octet string, or with tag 0x80 an implicitly tagged one, whole or in pieces; pieces are joined in store. */
bool ber_octets(struct span *in, unsigned tag, struct buf *store, struct span *out) MUST_USE;

struct ber_algorithm {
	struct span oid;
	struct span parameters; /* the whole item; empty when absent */
};
bool ber_algorithm(struct span *in, struct ber_algorithm *out) MUST_USE;
bool ber_is_null_or_absent(struct span parameters);

/* Constant object identifiers: OID_SPAN("\x2a\x86...") */
#define OID_SPAN(bytes)                                                                            \
	{                                                                                          \
		.p = (const uint8_t *)(bytes), .len = sizeof(bytes) - 1                            \
	}
