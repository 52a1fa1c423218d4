/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/extension_text.h"

#include "base/text.h"
#include "x509/der.h"
#include "x509/oid.h"
#include "x509/string.h"

/* Certificate policies and what bounds them (RFC 5280 4.2.1.4, .5, .11 and .14). */

static void policy_add(struct buf *out, struct span oid)
{
	const struct {
		struct span oid;
		const char *name;
	} known[] = {
		{OID_LITERAL(OID_ANY_POLICY), "Any policy"},
		{OID_LITERAL("\x67\x81\x0c\x01\x02\x01"), "Domain validated"},
		{OID_LITERAL("\x67\x81\x0c\x01\x02\x02"), "Organisation validated"},
		{OID_LITERAL("\x67\x81\x0c\x01\x02\x03"), "Individual validated"},
		{OID_LITERAL("\x67\x81\x0c\x01\x01"), "Extended validation"},
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (oid_is(oid, known[i].oid)) {
			buf_printf(out, "%s (", known[i].name);
			oid_text(oid, out);
			buf_add_char(out, ')');
			return;
		}
	oid_text(oid, out);
}

/* UserNotice: a reference, then the text that is to be shown. */
static bool notice_line(struct der *q, struct extension_lines *l)
{
	struct buf text AUTO_BUF = BUF_INIT, line AUTO_BUF = BUF_INIT;
	struct der notice;
	struct der_item item;

	if (!der_enter(q, DER_SEQUENCE, &notice))
		return false;
	while (der_next(&notice, &item)) {
		if (!string_is_text(item.tag))
			continue;
		if (!string_to_utf8(item.tag, item.contents, &text))
			return false;
		buf_add_str(&line, "  notice: ");
		text_escape(&line, buf_span(&text));
		line_add(l, &line);
		return true;
	}
	return der_done(&notice);
}

static bool qualifier_lines(struct span qualifiers, struct extension_lines *l)
{
	struct der list, q;
	struct span oid, uri;

	if (!der_only(qualifiers, DER_SEQUENCE, &list))
		return false;
	while (!der_done(&list)) {
		struct buf line AUTO_BUF = BUF_INIT;

		if (!der_enter(&list, DER_SEQUENCE, &q) || !der_get(&q, DER_OID, &oid))
			return false;
		if (oid_is(oid, OID_LITERAL(OID_PKIX("\x02\x02")))) {
			if (!notice_line(&q, l))
				return false;
			continue;
		}
		if (oid_is(oid, OID_LITERAL(OID_PKIX("\x02\x01"))) && der_get(&q, DER_IA5, &uri)) {
			buf_add_str(&line, "  practice statement: ");
			text_escape(&line, uri);
		} else {
			buf_add_str(&line, "  qualifier ");
			oid_text(oid, &line);
		}
		line_add(l, &line);
	}
	return true;
}

static bool policies(const struct cert *c, struct extension_lines *l)
{
	for (size_t i = 0; i < c->n_policies; i++) {
		struct buf line AUTO_BUF = BUF_INIT;

		policy_add(&line, c->policies[i].oid);
		line_add(l, &line);
		if (c->policies[i].qualifiers.len && !qualifier_lines(c->policies[i].qualifiers, l))
			return false;
	}
	return c->has_policies;
}

static bool mappings(const struct cert *c, struct extension_lines *l)
{
	for (size_t i = 0; i < c->n_policy_mappings; i++) {
		struct buf line AUTO_BUF = BUF_INIT;

		policy_add(&line, c->policy_mappings[i].issuer);
		buf_add_str(&line, " counts as ");
		policy_add(&line, c->policy_mappings[i].subject);
		line_add(l, &line);
	}
	return l->n > 0;
}

/* "Skip certs": how many further authorities of the path the rule lets pass. */
static void after_line(const char *what, int skip, struct extension_lines *l)
{
	if (skip == 0)
		line_printf(l, "%s from here on", what);
	else if (skip > 0)
		line_printf(l, "%s after %d more certificate%s", what, skip, skip == 1 ? "" : "s");
}

static bool constraints(const struct cert *c, struct extension_lines *l)
{
	after_line("An explicit policy is required", c->require_explicit_policy, l);
	after_line("Policies may not be mapped", c->inhibit_policy_mapping, l);
	return l->n > 0;
}

static bool inhibit_any(const struct cert *c, struct extension_lines *l)
{
	after_line("\"Any policy\" no longer counts", c->inhibit_any_policy, l);
	return l->n > 0;
}

bool extension_policies(const struct cert *c, struct span oid, struct extension_lines *l)
{
	if (oid_is(oid, OID_LITERAL(OID_CE("\x20"))))
		return policies(c, l);
	if (oid_is(oid, OID_LITERAL(OID_CE("\x21"))))
		return mappings(c, l);
	if (oid_is(oid, OID_LITERAL(OID_CE("\x24"))))
		return constraints(c, l);
	if (oid_is(oid, OID_LITERAL(OID_CE("\x36"))))
		return inhibit_any(c, l);
	return false;
}
