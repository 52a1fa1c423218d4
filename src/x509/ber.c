/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/ber.h"

static void advance(struct span *in, size_t n)
{
	in->p += n;
	in->len -= n;
}

/* Identifier and length octets. *indefinite: the length is to be found by looking for the end. */
static bool read_header(struct span *in, unsigned *tag, size_t *len, bool *indefinite)
{
	struct span s = *in;
	if (s.len < 2 || (s.p[0] & 0x1f) == 0x1f)
		return false;
	*tag = s.p[0];
	unsigned first = s.p[1];
	advance(&s, 2);
	*indefinite = first == 0x80;
	*len = first;
	if (first > 0x80) {
		size_t n = first & 0x7f, value = 0;
		if (n > sizeof(size_t) || n > s.len)
			return false;
		for (size_t i = 0; i < n; i++)
			value = value << 8 | s.p[i];
		advance(&s, n);
		*len = value;
	}
	if (*indefinite ? !(*tag & BER_CONSTRUCTED) : *len > s.len)
		return false;
	*in = s;
	return true;
}

static bool next_at_depth(struct span *in, struct ber_item *out, unsigned depth);

/* Steps over the members of an item of indefinite length, up to its end-of-contents octets. */
static bool find_end(struct span *in, struct span *content, unsigned depth)
{
	struct span s = *in;
	struct ber_item member;
	if (depth >= BER_DEPTH_MAX)
		return false;
	for (;;) {
		if (s.len >= 2 && s.p[0] == 0 && s.p[1] == 0) {
			*content = span_of(in->p, (size_t)(s.p - in->p));
			advance(&s, 2);
			*in = s;
			return true;
		}
		if (!next_at_depth(&s, &member, depth + 1))
			return false;
	}
}

static bool next_at_depth(struct span *in, struct ber_item *out, unsigned depth)
{
	struct span s = *in;
	struct ber_item item;
	bool indefinite;
	size_t len;
	if (!read_header(&s, &item.tag, &len, &indefinite))
		return false;
	if (indefinite) {
		if (!find_end(&s, &item.content, depth))
			return false;
	} else {
		item.content = span_of(s.p, len);
		advance(&s, len);
	}
	item.whole = span_of(in->p, (size_t)(s.p - in->p));
	*out = item;
	*in = s;
	return true;
}

bool ber_next(struct span *in, struct ber_item *out)
{
	return next_at_depth(in, out, 0);
}

bool ber_is(struct span in, unsigned tag)
{
	return in.len > 0 && in.p[0] == tag;
}

bool ber_look_into(struct span in, unsigned tag, struct span *inside_out)
{
	size_t head = 2;
	if (in.len < head || in.p[0] != tag)
		return false;
	if (in.p[1] > 0x80)
		head += in.p[1] & 0x7f;
	if (in.len < head)
		return false;
	advance(&in, head);
	*inside_out = in;
	return true;
}

bool ber_take(struct span *in, unsigned tag, struct span *content_out)
{
	struct ber_item item;
	if (!ber_is(*in, tag) || !ber_next(in, &item))
		return false;
	*content_out = item.content;
	return true;
}

bool ber_uint(struct span *in, uint64_t *out)
{
	struct span s = *in, n;
	if (!ber_take(&s, BER_INTEGER, &n) || n.len == 0 || (n.p[0] & 0x80))
		return false;
	uint64_t value = 0;
	for (size_t i = 0; i < n.len; i++)
		value = value >> 56 ? UINT64_MAX : value << 8 | n.p[i];
	*out = value;
	*in = s;
	return true;
}

static bool join_pieces(struct span pieces, struct buf *store, unsigned depth)
{
	struct ber_item item;
	if (depth >= BER_DEPTH_MAX)
		return false;
	while (pieces.len > 0) {
		if (!ber_next(&pieces, &item))
			return false;
		if (item.tag == BER_OCTETS)
			buf_add_span(store, item.content);
		else if (item.tag != (BER_OCTETS | BER_CONSTRUCTED) ||
			 !join_pieces(item.content, store, depth + 1))
			return false;
	}
	return true;
}

bool ber_octets(struct span *in, unsigned tag, struct buf *store, struct span *out)
{
	if (ber_is(*in, tag))
		return ber_take(in, tag, out);
	struct span s = *in, pieces;
	if (!ber_take(&s, tag | BER_CONSTRUCTED, &pieces))
		return false;
	buf_reset(store);
	if (!join_pieces(pieces, store, 0) || !buf_ok(store))
		return false;
	*out = buf_span(store);
	*in = s;
	return true;
}

bool ber_algorithm(struct span *in, struct ber_algorithm *out)
{
	struct span s = *in, body;
	struct ber_item parameters = {.whole = {.p = NULL, .len = 0}};
	struct ber_algorithm a;
	if (!ber_take(&s, BER_SEQUENCE, &body) || !ber_take(&body, BER_OID, &a.oid) ||
	    a.oid.len == 0)
		return false;
	if (body.len > 0 && (!ber_next(&body, &parameters) || body.len > 0))
		return false;
	a.parameters = parameters.whole;
	*out = a;
	*in = s;
	return true;
}

bool ber_is_null_or_absent(struct span parameters)
{
	return parameters.len == 0 ||
	       (parameters.len == 2 && parameters.p[0] == BER_NULL && parameters.p[1] == 0);
}
