/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/name.h"

#include "base/mem.h"
#include "base/text.h"
#include "x509/der.h"
#include "x509/oid.h"
#include "x509/string.h"

/* 1.3.6.1.4.1.311.20.2.3: by which Windows knows its users */
#define OID_PRINCIPAL_NAME "\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03"

/* RFC 5280 4.2.1.6: which alternatives are constructed. */
static bool tag_to_kind(int tag, enum general_name_kind *out)
{
	int n = tag & 0x1f;
	bool constructed = n == GN_OTHER || n == GN_X400 || n == GN_DIRECTORY || n == GN_EDI;
	if (n > GN_RID || tag != (constructed ? DER_CONTEXT_CONSTRUCTED(n) : DER_CONTEXT(n)))
		return false;
	*out = (enum general_name_kind)n;
	return true;
}

static bool read_one(const struct der_item *item, struct general_name *out, struct err *e)
{
	if (!tag_to_kind(item->tag, &out->kind))
		return err_reason(e, "x509.corrupt", "malformed general name");
	out->value = item->contents;
	/* Name is a CHOICE, so its tag is explicit. */
	return out->kind != GN_DIRECTORY || name_parse(item->contents, &out->directory, e);
}

bool general_names_parse(struct span contents, struct general_names *out, struct err *e)
{
	struct general_names g AUTO(general_names_clear) = {.items = NULL};
	struct der d = der_of(contents);
	struct der_item item;
	size_t n = 0;
	for (struct der count = d; !der_done(&count); n++)
		if (!der_next(&count, &item))
			return err_reason(e, "x509.corrupt", "malformed list of general names");
	if (n > GENERAL_NAMES_MAX)
		return err_set(e, ERR_LIMIT, "%zu general names in one list, at most %d", n,
			       GENERAL_NAMES_MAX);
	if (n > 0) {
		g.items = mem_array(n, sizeof *g.items);
		if (g.items == NULL)
			return err_nomem(e);
	}
	while (g.n < n) {
		if (!der_next(&d, &item) || !read_one(&item, &g.items[g.n], e))
			return false;
		g.n++;
	}
	*out = g;
	g = (struct general_names){.items = NULL};
	return true;
}

void general_names_clear(struct general_names *g)
{
	for (size_t i = 0; i < g->n; i++)
		name_clear(&g->items[i].directory);
	mem_free(g->items);
	*g = (struct general_names){.items = NULL};
}

const struct general_name *general_names_find(const struct general_names *g,
					      enum general_name_kind kind, size_t i)
{
	for (size_t k = 0; k < g->n; k++)
		if (g->items[k].kind == kind && i-- == 0)
			return &g->items[k];
	return NULL;
}

/* Text of a stranger in a list that people read: separators and what does not print is escaped. */
static void add_ia5(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] > 0x20 && s.p[i] < 0x7f && s.p[i] != '\\' && s.p[i] != ',')
			buf_add_char(out, (char)s.p[i]);
		else
			buf_printf(out, "\\x%02X", s.p[i]);
	}
}

/* The same for text in Unicode. */
static void add_text(struct buf *out, struct span utf8)
{
	struct buf safe AUTO_BUF = BUF_INIT;

	text_escape(&safe, utf8);
	for (size_t i = 0; i < safe.len; i++) {
		if (safe.data[i] == ',')
			buf_add_str(out, "\\x2C");
		else
			buf_add_char(out, (char)safe.data[i]);
	}
}

/* OtherName: an identifier, then under [0] a value that mostly is a text. */
static bool other_text(struct span value, struct buf *out)
{
	struct buf text AUTO_BUF = BUF_INIT;
	struct der d = der_of(value), inner;
	struct der_item item;
	struct span oid;

	if (!der_get(&d, DER_OID, &oid) || !der_enter(&d, DER_CONTEXT_CONSTRUCTED(0), &inner) ||
	    !der_next(&inner, &item) || !string_to_utf8(item.tag, item.contents, &text))
		return false;
	if (oid_is(oid, OID_LITERAL(OID_PRINCIPAL_NAME))) {
		buf_add_str(out, "UPN:");
	} else {
		buf_add_str(out, "othername:");
		oid_text(oid, out);
		buf_add_char(out, '=');
	}
	add_text(out, buf_span(&text));
	return true;
}

void general_name_text(const struct general_name *g, struct buf *out)
{
	static const char *const prefixes[] = {
		"othername:", "email:", "DNS:", "X400:", "DirName:", "EDI:", "URI:", "IP:", "RID:"};
	if (g->kind == GN_OTHER && other_text(g->value, out))
		return;
	buf_add_str(out, prefixes[g->kind]);
	switch (g->kind) {
	case GN_EMAIL:
	case GN_DNS:
	case GN_URI:
		add_ia5(out, g->value);
		break;
	case GN_IP:
		ip_text(g->value, out);
		break;
	case GN_DIRECTORY:
		name_text(&g->directory, out);
		break;
	case GN_RID:
		oid_text(g->value, out);
		break;
	case GN_OTHER:
	case GN_X400:
	case GN_EDI:
		for (size_t i = 0; i < g->value.len; i++)
			buf_printf(out, "%02x", g->value.p[i]);
		break;
	}
}
