/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/der.h"

/* X.690 10.1: a length in the fewest octets. */
static bool length_is_shortest(const struct der_item *i)
{
	size_t header = i->whole.len - i->contents.len;
	if (i->contents.len < 0x80)
		return header == 2;
	size_t octets = 0;
	for (size_t n = i->contents.len; n > 0; n >>= 8)
		octets++;
	return header == 2 + octets;
}

static bool integer_is_shortest(struct span s)
{
	if (s.len == 0)
		return false;
	if (s.len == 1)
		return true;
	return !(s.p[0] == 0x00 && (s.p[1] & 0x80) == 0) &&
	       !(s.p[0] == 0xff && (s.p[1] & 0x80) != 0);
}

/* X.690 11.2.1: unused bits are zero. */
static bool bits_are_clean(struct span s)
{
	if (s.len == 0 || s.p[0] > 7 || (s.len == 1 && s.p[0] != 0))
		return false;
	return s.len == 1 || (s.p[s.len - 1] & ((1u << s.p[0]) - 1)) == 0;
}

static bool oid_is_sound(struct span s)
{
	if (s.len == 0 || (s.p[s.len - 1] & 0x80) != 0)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == 0x80 && (i == 0 || (s.p[i - 1] & 0x80) == 0))
			return false;
	return true;
}

/* X.690 11.6: the members of a SET OF ascend by their encoding. */
static bool set_is_sorted(struct span contents)
{
	struct der d = der_of(contents);
	struct der_item last = {0}, i;
	for (bool first = true; !der_done(&d); first = false, last = i) {
		if (!der_next(&d, &i))
			return false;
		if (first)
			continue;
		size_t n = last.whole.len < i.whole.len ? last.whole.len : i.whole.len;
		int order = memcmp(last.whole.p, i.whole.p, n);
		if (order > 0 || (order == 0 && last.whole.len > i.whole.len))
			return false;
	}
	return true;
}

static bool primitive_is_canonical(const struct der_item *i)
{
	switch (i->tag) {
	case DER_BOOLEAN:
		return i->contents.len == 1 &&
		       (i->contents.p[0] == 0x00 || i->contents.p[0] == 0xff);
	case DER_INTEGER:
	case DER_ENUMERATED:
		return integer_is_shortest(i->contents);
	case DER_BIT_STRING:
		return bits_are_clean(i->contents);
	case DER_NULL:
		return i->contents.len == 0;
	case DER_OID:
		return oid_is_sound(i->contents);
	case DER_SET:
		return set_is_sorted(i->contents);
	default:
		/* Strings, bits and octets in pieces are BER. */
		return (i->tag & 0xe0) != 0x20 || i->tag == DER_SEQUENCE;
	}
}

static bool all_canonical(struct span s, unsigned depth)
{
	struct der d = der_of(s);
	if (depth > DER_DEPTH_MAX)
		return false;
	while (!der_done(&d)) {
		struct der_item i;
		if (!der_next(&d, &i) || !length_is_shortest(&i) || !primitive_is_canonical(&i))
			return false;
		if ((i.tag & 0x20) != 0 && !all_canonical(i.contents, depth + 1))
			return false;
	}
	return true;
}

bool der_is_canonical(struct span s)
{
	return all_canonical(s, 0);
}
