/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/engine.h"

/* In the order in which they are told. */
static const struct {
	unsigned defect;
	const char *text;
} defect_texts[] = {
	{CERT_DEFECT_SERIAL, "its serial number is not a positive number of up to 20 octets"},
	{CERT_DEFECT_TIME, "a date is not in the form that RFC 5280 wants"},
	{CERT_DEFECT_EMPTY_ISSUER, "it names no issuer"},
	{CERT_DEFECT_NAME_STRING, "a name has characters that its string type does not have"},
	{CERT_DEFECT_SAN_SHAPE, "an alternative name is missing or malformed"},
	{CERT_DEFECT_CRITICALITY, "an extension is critical that must not be, or the reverse"},
	{CERT_DEFECT_POLICY_CRITICALITY, "its policy constraints are not critical"},
	{CERT_DEFECT_EMPTY_EXTENSION, "an extension has nothing in it"},
	{CERT_DEFECT_CA_FIELDS, "it has fields that only a CA may have"},
	{CERT_DEFECT_POLICIES, "its policies contradict RFC 5280"},
	{CERT_DEFECT_POINTERS, "a key identifier or distribution point is half given"},
	{CERT_DEFECT_CONSTRAINTS, "its name constraints are not in a defined form"},
	{CERT_DEFECT_KEY, "its public key is malformed or of an unknown kind"},
	{CERT_DEFECT_ENCODING, "it is not DER"},
};

static void check_shape(const struct cert *c, unsigned spared, size_t step, struct findings *f)
{
	for (size_t i = 0; i < ARRAY_LEN(defect_texts); i++)
		if (c->defects & ~spared & defect_texts[i].defect) {
			note(f, step, FAULT_MALFORMED, "%s", defect_texts[i].text);
			return;
		}
}

/* 4.2.1.1: every certificate that is not self-signed says by key identifier whose key signed it. */
static void check_authority_key_id(const struct cert *c, const struct cert *issuer, size_t step,
				   struct findings *f)
{
	if (c->authority_key_id.len == 0)
		note(f, step, FAULT_KEY_IDENTIFIER, "it has no authority key identifier");
	else if (graph_key_ids_disagree(c, issuer))
		note(f, step, FAULT_KEY_IDENTIFIER, "it names another key than its issuer's");
}

/*
 * 4.2.1.2, 4.2.1.9: what every CA certificate has. A key usage is for CAs to include (4.2.1.3); who
 * validates asks for keyCertSign where there is one (6.1.4 n): without it the key is for everything.
 */
static void check_ca(const struct cert *c, size_t step, struct findings *f)
{
	if (c->subject_key_id.len == 0)
		note(f, step, FAULT_KEY_IDENTIFIER, "it has no subject key identifier");
	if (!c->has_basic_constraints || !c->is_ca)
		note(f, step, FAULT_BASIC_CONSTRAINTS, "it is not marked as a CA");
	if (c->has_key_usage && (c->key_usage & KU_KEY_CERT_SIGN) == 0)
		note(f, step, FAULT_KEY_USAGE, "its key usage does not let it sign certificates");
}

/*
 * An anchor's own form counts here too, but for the rules on policies, which 6.1 does not read in it: an accepted path
 * then holds nothing that RFC 5280 forbids.
 */
static void check_strict_anchor(struct judgement *j, const struct path *p, struct findings *f)
{
	size_t last = p->n - 1;
	const struct cert *c = p->nodes[last]->cert;
	check_shape(c, CERT_DEFECT_POLICY_CRITICALITY, last, f);
	/* Version 1 cannot say what it is: only as a root can it be meant. */
	bool self_signed = graph_self_signed(j, p->nodes[last]) == SELF_YES;
	if (last > 0 && (c->version == 3 || !self_signed))
		check_ca(c, last, f);
	if (c->has_unknown_critical)
		note(f, last, FAULT_UNKNOWN_CRITICAL,
		     "it has a critical extension that is not known here");
	if (self_signed && graph_key_ids_disagree(c, c))
		note(f, last, FAULT_KEY_IDENTIFIER, "it signed itself and names another key");
}

void check_strict(struct judgement *j, const struct path *p, struct findings *f)
{
	for (size_t i = 0; i + 1 < p->n; i++) {
		const struct cert *c = p->nodes[i]->cert;
		check_shape(c, 0, i, f);
		check_authority_key_id(c, p->nodes[i + 1]->cert, i, f);
		if (!cert_signature_is_exact(c, p->nodes[i + 1]->cert))
			note(f, i, FAULT_MALFORMED,
			     "the parameters of its signature are not as they must be");
		if (i > 0)
			check_ca(c, i, f);
	}
	/* The keys above have proved themselves on a signature. */
	if (!cert_key_is_sound(p->nodes[0]->cert))
		note(f, 0, FAULT_MALFORMED, "its public key is not on its curve");
	check_strict_anchor(j, p, f);
}
