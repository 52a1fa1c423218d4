/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/derout.h"

#include "base/secret.h"
#include "x509/ber.h"

/* Five octets are kept for every length and closed up at the end: one forward pass, no sizes known beforehand. */
#define LENGTH_ROOM 5

size_t der_begin(struct buf *b, unsigned tag)
{
	static const uint8_t room[LENGTH_ROOM];
	buf_add_char(b, (char)tag);
	size_t start = b->len;
	buf_add(b, room, sizeof(room));
	return start;
}

void der_end(struct buf *b, size_t start)
{
	if (!buf_ok(b))
		return;
	size_t len = b->len - start - LENGTH_ROOM, n = 0;
	uint8_t head[LENGTH_ROOM];
	if (len < 0x80) {
		head[n++] = (uint8_t)len;
	} else {
		size_t octets = len > 0xffffff ? 4 : len > 0xffff ? 3 : len > 0xff ? 2 : 1;
		head[n++] = (uint8_t)(0x80 | octets);
		for (size_t i = octets; i-- > 0;)
			head[n++] = (uint8_t)(len >> (8 * i));
	}
	memmove(b->data + start + n, b->data + start + LENGTH_ROOM, len);
	memcpy(b->data + start, head, n);
	secret_wipe(b->data + start + n + len, LENGTH_ROOM - n);
	b->len = start + n + len;
	b->data[b->len] = 0;
}

void der_add(struct buf *b, unsigned tag, struct span content)
{
	size_t start = der_begin(b, tag);
	buf_add_span(b, content);
	der_end(b, start);
}

void der_uint(struct buf *b, uint64_t value)
{
	uint8_t bytes[8];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(value >> (8 * (sizeof(bytes) - 1 - i)));
	der_integer(b, span_of(bytes, sizeof(bytes)));
}

void der_integer(struct buf *b, struct span magnitude)
{
	while (magnitude.len > 1 && magnitude.p[0] == 0) {
		magnitude.p++;
		magnitude.len--;
	}
	size_t start = der_begin(b, BER_INTEGER);
	if (magnitude.len == 0 || (magnitude.p[0] & 0x80))
		buf_add_char(b, 0);
	buf_add_span(b, magnitude);
	der_end(b, start);
}

void der_octets(struct buf *b, struct span content)
{
	der_add(b, BER_OCTETS, content);
}

void der_oid(struct buf *b, struct span oid)
{
	der_add(b, BER_OID, oid);
}

void der_null(struct buf *b)
{
	der_add(b, BER_NULL, span_of(NULL, 0));
}

void der_algorithm(struct buf *b, struct span oid)
{
	size_t start = der_begin(b, BER_SEQUENCE);
	der_oid(b, oid);
	der_null(b);
	der_end(b, start);
}
