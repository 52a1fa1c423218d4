/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/cert_read.h"

#include "base/mem.h"
#include "base/text.h"
#include "x509/der.h"

#define MALFORMED(e) err_set((e), ERR_FORMAT, "malformed extension")

/* RFC 4632: ones, then zeros. */
static bool mask_is_prefix(struct span mask)
{
	bool zero_seen = false;
	for (size_t i = 0; i < 8 * mask.len; i++) {
		bool one = (mask.p[i / 8] & 0x80u >> i % 8) != 0;
		if (one && zero_seen)
			return false;
		zero_seen = zero_seen || !one;
	}
	return true;
}

/* Labels of letters, digits, hyphens and underscores, no wildcard; empty stands for every host. */
static bool is_host(struct span s)
{
	size_t label = 0;
	for (size_t i = 0; i < s.len; i++) {
		char ch = (char)s.p[i];
		bool dot = ch == '.';
		if ((dot && label == 0) ||
		    (!dot && !ascii_is_alpha(ch) && !ascii_is_digit(ch) && ch != '-' && ch != '_'))
			return false;
		label = dot ? 0 : label + 1;
	}
	return s.len == 0 || label > 0;
}

/* A mailbox, a host, or a period and a domain; the last two forms are those of URIs too. */
static bool is_mail_or_uri_base(struct span s, bool mail)
{
	const uint8_t *at = s.len == 0 ? NULL : memrchr(s.p, '@', s.len);
	if (mail && at != NULL)
		return at > s.p && at + 1 < s.p + s.len &&
		       is_host(span_of(at + 1, s.len - (size_t)(at + 1 - s.p)));
	if (s.len > 1 && s.p[0] == '.')
		return is_host(span_of(s.p + 1, s.len - 1));
	return is_host(s);
}

/* 4.2.1.10: forms whose constraints are defined, in their shape. */
static bool base_is_sound(const struct general_name *base)
{
	switch (base->kind) {
	case GN_IP:
		if (base->value.len != 8 && base->value.len != 32)
			return false;
		return mask_is_prefix(
			span_of(base->value.p + base->value.len / 2, base->value.len / 2));
	case GN_DNS:
		/* A leading period is for URIs and mail (4.2.1.10); here it says nothing defined. */
		return is_host(base->value);
	case GN_EMAIL:
	case GN_URI:
		return is_mail_or_uri_base(base->value, base->kind == GN_EMAIL);
	case GN_DIRECTORY:
		return true;
	case GN_OTHER:
	case GN_X400:
	case GN_EDI:
	case GN_RID:
		break;
	}
	return false;
}

/* GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] DEFAULT 0, maximum [1] OPTIONAL } */
static bool read_subtree(struct cert *c, struct der *d, bool excluded, struct err *e)
{
	struct name_constraint *out = &c->name_constraints[c->n_name_constraints];
	struct general_names one AUTO(general_names_clear) = {.items = NULL};
	struct der subtree;
	struct der_item base;
	if (!der_enter(d, DER_SEQUENCE, &subtree) || !der_next(&subtree, &base))
		return MALFORMED(e);
	if (!general_names_parse(base.whole, &one, e))
		return false;
	if (!der_done(&subtree)) {
		int minimum = 0;
		if (der_is(&subtree, DER_CONTEXT(0)) &&
		    !der_small_int(&subtree, DER_CONTEXT(0), 0, &minimum))
			out->odd_distance = true;
		else if (der_done(&subtree))
			c->defects |= CERT_DEFECT_ENCODING; /* the default, written out */
		if (!der_done(&subtree))
			out->odd_distance = true;
	}
	out->base = one.items[0];
	out->excluded = excluded;
	one.items[0].directory = (struct name){.der = {NULL, 0}};
	c->n_name_constraints++;
	if (out->odd_distance || !base_is_sound(&out->base))
		c->defects |= CERT_DEFECT_CONSTRAINTS;
	return true;
}

static bool count_subtrees(struct der d, size_t *n, struct err *e)
{
	while (!der_done(&d)) {
		struct der_item item;
		if (!der_next(&d, &item))
			return MALFORMED(e);
		if (++*n > GENERAL_NAMES_MAX)
			return err_set(e, ERR_LIMIT, "more than %d name constraints",
				       GENERAL_NAMES_MAX);
	}
	return true;
}

static bool enter_optional(struct cert *c, struct der *d, int tag, struct der *out, struct err *e)
{
	*out = (struct der){.p = d->p, .end = d->p};
	if (!der_is(d, tag))
		return true;
	if (!der_enter(d, tag, out))
		return MALFORMED(e);
	if (der_done(out))
		c->defects |= CERT_DEFECT_EMPTY_EXTENSION;
	return true;
}

bool cert_read_name_constraints(struct cert *c, struct span value, struct err *e)
{
	struct der d, permitted, excluded;
	size_t n = 0;
	if (!der_only(value, DER_SEQUENCE, &d))
		return MALFORMED(e);
	if (!enter_optional(c, &d, DER_CONTEXT_CONSTRUCTED(0), &permitted, e) ||
	    !enter_optional(c, &d, DER_CONTEXT_CONSTRUCTED(1), &excluded, e))
		return false;
	if (!der_done(&d))
		return MALFORMED(e);
	if (!count_subtrees(permitted, &n, e) || !count_subtrees(excluded, &n, e))
		return false;
	c->has_name_constraints = true;
	if (n == 0) {
		c->defects |= CERT_DEFECT_EMPTY_EXTENSION;
		return true;
	}
	c->name_constraints = mem_array(n, sizeof *c->name_constraints);
	if (c->name_constraints == NULL)
		return err_nomem(e);
	while (!der_done(&permitted))
		if (!read_subtree(c, &permitted, false, e))
			return false;
	while (!der_done(&excluded))
		if (!read_subtree(c, &excluded, true, e))
			return false;
	return true;
}
