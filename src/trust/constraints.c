/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/engine.h"

#include "base/buf.h"
#include "trust/subtree.h"
#include "x509/name.h"

/* One name of a certificate on its way through the constraints of one CA. */
struct bearer {
	struct judgement *j;
	const struct cert *ca;
	size_t step; /* whose name it is */
	struct findings *f;
};

static const char *kind_name(enum general_name_kind kind)
{
	static const char *const names[] = {"other name",    "e-mail address", "DNS name",
					    "X.400 address", "directory name", "EDI party",
					    "URI",	     "IP address",     "registered id"};
	return names[kind];
}

/* One comparison of names of a usual length; long ones count as many. */
static unsigned cost_of(const struct name_constraint *c, struct span value,
			const struct name *directory)
{
	size_t octets = c->base.kind == GN_DIRECTORY && directory != NULL
				? directory->canonical_len + c->base.directory.canonical_len
				: value.len + c->base.value.len;
	return 1 + (unsigned)(octets / 128);
}

/* False: stop, either refused or out of work. */
static bool pass(struct bearer *b, enum general_name_kind kind, struct span value,
		 const struct name *directory)
{
	bool must_be_within = false, is_within = false;
	char ca[CALLED_SIZE];
	if (!spend_names(b->j, 1 + (unsigned)b->ca->n_name_constraints / 8))
		return false;
	for (size_t i = 0; i < b->ca->n_name_constraints; i++) {
		const struct name_constraint *c = &b->ca->name_constraints[i];
		if (c->base.kind != kind)
			continue;
		if (!spend_names(b->j, cost_of(c, value, directory)))
			return false;
		enum subtree s = subtree_compare(c, value, directory);
		if (s == SUBTREE_ODD || (c->excluded && s == SUBTREE_WITHIN)) {
			note(b->f, b->step, FAULT_NAME_CONSTRAINTS, "its %s is %s by %s",
			     kind_name(kind),
			     s == SUBTREE_ODD ? "not one that can be judged" : "excluded",
			     cert_called(b->ca, ca, sizeof ca));
			return false;
		}
		must_be_within = must_be_within || !c->excluded;
		is_within = is_within || (!c->excluded && s == SUBTREE_WITHIN);
	}
	if (!must_be_within || is_within)
		return true;
	note(b->f, b->step, FAULT_NAME_CONSTRAINTS, "its %s is not permitted by %s",
	     kind_name(kind), cert_called(b->ca, ca, sizeof ca));
	return false;
}

static bool has_dns_name(const struct cert *c)
{
	return general_names_find(&c->san, GN_DNS, 0) != NULL;
}

/* Many programs still read a host name out of the subject: it may not escape the constraints on host names. */
static bool pass_common_name(struct bearer *b, const struct cert *c)
{
	struct buf text AUTO_BUF = BUF_INIT;
	if (has_dns_name(c) || !name_common_name(&c->subject, &text))
		return true;
	if (!buf_ok(&text)) {
		b->j->out_of_memory = true;
		return false;
	}
	if (!looks_like_host(buf_span(&text)))
		return true;
	return pass(b, GN_DNS, buf_span(&text), NULL);
}

static void pass_all(struct bearer *b, const struct cert *c)
{
	struct span mail;
	if (!name_is_empty(&c->subject) && !pass(b, GN_DIRECTORY, span_of(NULL, 0), &c->subject))
		return;
	for (size_t i = 0; name_email(&c->subject, i, &mail); i++)
		if (!pass(b, GN_EMAIL, mail, NULL))
			return;
	for (size_t i = 0; i < c->san.n; i++) {
		const struct general_name *n = &c->san.items[i];
		if (!pass(b, n->kind, n->value, &n->directory))
			return;
	}
	if (b->step == 0)
		(void)pass_common_name(b, c);
}

/* RFC 5280 6.1.3 (b) and (c): every name below, but for those of self-issued CAs on the way. */
void check_name_constraints(struct judgement *j, const struct path *p, struct findings *f)
{
	for (size_t i = 1; i < p->n; i++) {
		const struct cert *ca = p->nodes[i]->cert;
		if (ca->n_name_constraints == 0)
			continue;
		for (size_t k = 0; k < i && j->limit != FAULT_LIMIT_NAMES; k++) {
			const struct cert *c = p->nodes[k]->cert;
			struct bearer b = {.j = j, .ca = ca, .step = k, .f = f};
			if (k == 0 || !cert_is_self_issued(c))
				pass_all(&b, c);
			if (j->limit == FAULT_LIMIT_NAMES)
				note(f, k, FAULT_LIMIT_NAMES, "too many names and constraints");
		}
	}
}
