/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/name_canonical.h"

#include "x509/string.h"

#include <stdlib.h>

#define CANONICAL_MAX ((size_t)1 << 20) /* octets; a name of CERT_MAX_BYTES cannot grow beyond */

static void add_length(struct buf *out, size_t len)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_add_char(out, (char)(len >> shift & 0xff));
}

/* Folded text; false where the value is no sound text, with out as it was. */
static bool add_text(struct buf *out, const struct name_attribute *a)
{
	size_t start = out->len;
	struct string_reader r = string_reader(a->tag, a->value);
	bool any = false, space = false;
	uint32_t cp;
	enum string_step step;
	while ((step = string_next(&r, &cp)) == STRING_CHAR) {
		if (unicode_is_space(cp)) {
			space = any;
			continue;
		}
		if (space)
			buf_add_char(out, ' ');
		utf8_add(out, unicode_fold(cp));
		any = true;
		space = false;
	}
	if (step == STRING_BAD)
		out->len = start;
	return step != STRING_BAD;
}

static void add_attribute(struct buf *out, const struct name_attribute *a)
{
	struct buf value AUTO_BUF = BUF_INIT;
	buf_init(&value, CANONICAL_MAX);
	bool text = string_is_text(a->tag) && add_text(&value, a);
	if (!text)
		buf_add_span(&value, a->value);
	add_length(out, a->oid.len);
	buf_add_span(out, a->oid);
	buf_add_char(out, text ? '\0' : (char)a->tag);
	add_length(out, value.len);
	buf_add_span(out, buf_span(&value));
	if (!buf_ok(&value))
		out->failed = true;
}

static int compare_spans(const void *x, const void *y)
{
	const struct span *a = x, *b = y;
	int order = memcmp(a->p, b->p, a->len < b->len ? a->len : b->len);
	if (order != 0)
		return order;
	return a->len < b->len ? -1 : a->len > b->len;
}

/* The n attributes of one relative name, whose order in the SET says nothing. */
static void add_rdn(struct buf *out, const struct name_attribute *attributes, size_t n)
{
	struct buf parts AUTO_BUF = BUF_INIT;
	size_t ends[NAME_ATTRIBUTE_MAX];
	struct span order[NAME_ATTRIBUTE_MAX];
	buf_init(&parts, CANONICAL_MAX);
	for (size_t i = 0; i < n; i++) {
		add_attribute(&parts, &attributes[i]);
		ends[i] = parts.len;
	}
	if (!buf_ok(&parts)) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		size_t start = i == 0 ? 0 : ends[i - 1];
		order[i] = span_of(parts.data + start, ends[i] - start);
	}
	qsort(order, n, sizeof order[0], compare_spans);
	add_length(out, parts.len);
	for (size_t i = 0; i < n; i++)
		buf_add_span(out, order[i]);
}

bool name_make_canonical(struct name *n)
{
	struct buf out AUTO_BUF = BUF_INIT;
	buf_init(&out, CANONICAL_MAX);
	for (size_t i = 0; i < n->n_attributes;) {
		size_t in_rdn = 1;
		while (i + in_rdn < n->n_attributes && !n->attributes[i + in_rdn].starts_rdn)
			in_rdn++;
		add_rdn(&out, &n->attributes[i], in_rdn);
		i += in_rdn;
	}
	if (!buf_ok(&out))
		return false;
	n->canonical_len = out.len;
	n->canonical = (uint8_t *)buf_steal_str(&out);
	return n->canonical != NULL;
}
