/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/der.h"

#include <mbedtls/asn1.h>

struct der der_of(struct span s)
{
	return (struct der){.p = s.p, .end = s.p + s.len};
}

bool der_done(const struct der *d)
{
	return d->p == d->end;
}

bool der_is(const struct der *d, int tag)
{
	return d->p < d->end && *d->p == tag;
}

bool der_next(struct der *d, struct der_item *out)
{
	if (d->p >= d->end || (*d->p & 0x1f) == 0x1f)
		return false;
	/* The primitive takes a pointer to non-const by history; it writes nothing. */
	unsigned char *p = (unsigned char *)d->p + 1;
	size_t len = 0;
	if (mbedtls_asn1_get_len(&p, d->end, &len) != 0 || len > (size_t)(d->end - p))
		return false;
	out->tag = *d->p;
	out->contents = span_of(p, len);
	out->whole = span_of(d->p, (size_t)(p - d->p) + len);
	d->p = p + len;
	return true;
}

bool der_get(struct der *d, int tag, struct span *contents_out)
{
	struct der_item item;
	if (!der_is(d, tag) || !der_next(d, &item))
		return false;
	*contents_out = item.contents;
	return true;
}

bool der_enter(struct der *d, int tag, struct der *inner_out)
{
	struct span contents;
	if (!der_get(d, tag, &contents))
		return false;
	*inner_out = der_of(contents);
	return true;
}

bool der_only(struct span s, int tag, struct der *inner_out)
{
	struct der d = der_of(s), inner;
	if (!der_enter(&d, tag, &inner) || !der_done(&d))
		return false;
	*inner_out = inner;
	return true;
}

bool der_bool(struct der *d, bool *out)
{
	struct span s;
	if (!der_get(d, DER_BOOLEAN, &s) || s.len != 1)
		return false;
	*out = s.p[0] != 0;
	return true;
}

bool der_small_int(struct der *d, int tag, int max, int *out)
{
	struct span s;
	if (!der_get(d, tag, &s) || s.len == 0 || (s.p[0] & 0x80) != 0)
		return false;
	int64_t v = 0;
	for (size_t i = 0; i < s.len; i++) {
		v = v << 8 | s.p[i];
		if (v > max)
			return false;
	}
	*out = (int)v;
	return true;
}

bool der_bits(struct der *d, int tag, struct span *out, unsigned *unused_out)
{
	struct span s;
	if (!der_get(d, tag, &s) || s.len == 0 || s.p[0] > 7 || (s.len == 1 && s.p[0] != 0))
		return false;
	*out = span_of(s.p + 1, s.len - 1);
	*unused_out = s.p[0];
	return true;
}

bool der_named_bits(struct der *d, int tag, uint32_t *out)
{
	struct span s;
	unsigned unused;
	if (!der_bits(d, tag, &s, &unused) || s.len > 4)
		return false;
	uint32_t v = 0;
	for (size_t i = 0; i < 8 * s.len - unused; i++)
		if (s.p[i / 8] & 0x80u >> i % 8)
			v |= UINT32_C(1) << i;
	*out = v;
	return true;
}
