/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/csr.h"

#include "base/mem.h"
#include "base/text.h"
#include "x509/der.h"
#include "x509/oid.h"
#include "x509/pem.h"
#include "x509/signature.h"

#define OID_EXTENSION_REQUEST "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e" /* RFC 2985 5.4.2 */
#define OID_MS_EXTENSIONS "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0e"
#define OID_SAN OID_CE("\x11")

static bool corrupt(struct err *e, const char *what)
{
	return err_reason(e, "csr.corrupt", "broken %s", what);
}

/* Extensions ::= SEQUENCE OF { OID, critical BOOLEAN DEFAULT FALSE, OCTET STRING }; only the names matter here. */
static bool read_extensions(struct der list, struct csr *c, struct err *e)
{
	struct der extension, names;
	struct span oid, value;
	bool critical;
	while (!der_done(&list)) {
		if (!der_enter(&list, DER_SEQUENCE, &extension) ||
		    !der_get(&extension, DER_OID, &oid) ||
		    (der_is(&extension, DER_BOOLEAN) && !der_bool(&extension, &critical)) ||
		    !der_get(&extension, DER_OCTET_STRING, &value) || !der_done(&extension))
			return corrupt(e, "extension of the request");
		if (!oid_is(oid, OID_LITERAL(OID_SAN)) || c->has_san)
			continue;
		if (!der_only(value, DER_SEQUENCE, &names))
			return corrupt(e, "alternative names of the request");
		struct span contents = span_of(names.p, (size_t)(names.end - names.p));
		if (!general_names_parse(contents, &c->san, e))
			return corrupt(e, "alternative names of the request");
		c->has_san = true;
	}
	return true;
}

/* Attributes ::= SET OF SEQUENCE { OID, SET OF value } */
static bool read_attributes(struct der set, struct csr *c, struct err *e)
{
	struct der attribute, values, list;
	struct span oid;
	while (!der_done(&set)) {
		if (!der_enter(&set, DER_SEQUENCE, &attribute) ||
		    !der_get(&attribute, DER_OID, &oid) || !der_enter(&attribute, DER_SET, &values))
			return corrupt(e, "attribute of the request");
		if (!oid_is(oid, OID_LITERAL(OID_EXTENSION_REQUEST)) &&
		    !oid_is(oid, OID_LITERAL(OID_MS_EXTENSIONS)))
			continue;
		if (!der_enter(&values, DER_SEQUENCE, &list) || !read_extensions(list, c, e))
			return corrupt(e, "extension request");
	}
	return true;
}

static bool read_info(struct span info, struct csr *c, struct err *e)
{
	struct der d, attributes;
	struct der_item subject, key;
	int version;
	if (!der_only(info, DER_SEQUENCE, &d) || !der_small_int(&d, DER_INTEGER, 2, &version) ||
	    !der_is(&d, DER_SEQUENCE) || !der_next(&d, &subject) || !der_is(&d, DER_SEQUENCE) ||
	    !der_next(&d, &key))
		return corrupt(e, "request");
	if (!name_parse(subject.whole, &c->subject, e))
		return corrupt(e, "subject of the request");
	c->spki = key.whole;
	sha256(c->spki, c->spki_sha256);
	if (der_done(&d))
		return true; /* some programs leave the empty set away */
	if (!der_enter(&d, DER_CONTEXT_CONSTRUCTED(0), &attributes) || !der_done(&d))
		return corrupt(e, "request");
	return read_attributes(attributes, c, e);
}

/* CertificationRequest ::= SEQUENCE { info, algorithm, signature BIT STRING } */
static bool read_request(struct csr *c, struct err *e)
{
	struct der d;
	struct der_item info, algorithm;
	struct span signature;
	unsigned unused;
	if (!der_only(span_of(c->der, c->der_len), DER_SEQUENCE, &d) || !der_is(&d, DER_SEQUENCE) ||
	    !der_next(&d, &info) || !der_is(&d, DER_SEQUENCE) || !der_next(&d, &algorithm) ||
	    !der_bits(&d, DER_BIT_STRING, &signature, &unused) || unused != 0 || !der_done(&d))
		return corrupt(e, "request");
	if (!read_info(info.whole, c, e))
		return false;
	switch (signature_verify(info.whole, algorithm.whole, signature, c->spki)) {
	case SIGNATURE_GOOD:
		return true;
	case SIGNATURE_UNSUPPORTED:
		return err_reason(e, "x509.unsupported_signature",
				  "the signature of the request is of an unknown kind");
	case SIGNATURE_BAD:
		break;
	}
	return err_reason(e, "csr.corrupt", "the request is not signed with its own key");
}

/* The DER of the one request in a PEM file. */
static bool take_pem(const struct pem *p, struct span *out, struct err *e)
{
	const struct pem_member *found = NULL;
	for (size_t i = 0; i < p->n; i++) {
		const char *label = p->members[i].label;
		if (strcmp(label, "CERTIFICATE REQUEST") != 0 &&
		    strcmp(label, "NEW CERTIFICATE REQUEST") != 0)
			continue;
		if (found)
			return err_reason(e, "csr.corrupt", "more than one request in the file");
		found = &p->members[i];
	}
	if (!found)
		return err_reason(e, "csr.corrupt", "no request in the file");
	*out = buf_span(&found->der);
	return true;
}

bool csr_parse(struct span in, struct csr *out, struct err *e)
{
	struct pem p AUTO_PEM = {.n = 0};
	struct csr c AUTO_CSR = CSR_INIT;
	if (in.len > CSR_MAX_BYTES)
		return err_reason(e, "limit.body", "a request of %zu bytes, at most %zu", in.len,
				  CSR_MAX_BYTES);
	if (pem_looks_like(in) && (!pem_read(in, &p, e) || !take_pem(&p, &in, e)))
		return false;
	c.der = mem_dup(in.p, in.len);
	if (!c.der)
		return err_nomem(e);
	c.der_len = in.len;
	if (!read_request(&c, e))
		return false;
	*out = c;
	c = (struct csr)CSR_INIT;
	return true;
}

void csr_clear(struct csr *c)
{
	name_clear(&c->subject);
	general_names_clear(&c->san);
	mem_free(c->der);
	*c = (struct csr)CSR_INIT;
}
