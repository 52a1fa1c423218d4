/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/cms.h"

#include "base/mem.h"
#include "x509/ber.h"
#include "x509/pem.h"
#include "x509/signature.h"
#include "x509/signature_algorithm.h"

#define PKCS7(n) OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x07" n)
#define PKCS9(n) OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x09" n)

#define SIGNED_ATTRIBUTES BER_EXPLICIT_0
#define UNSIGNED_ATTRIBUTES BER_EXPLICIT_1
#define KEY_IDENTIFIER BER_PRIMITIVE_0

static const struct span oid_data = PKCS7("\x01"), oid_signed = PKCS7("\x02"),
			 oid_content_type = PKCS9("\x03"), oid_message_digest = PKCS9("\x04"),
			 oid_sha256 = OID_SPAN("\x60\x86\x48\x01\x65\x03\x04\x02\x01"),
			 oid_rsa = OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01");

/* sha256WithRSAEncryption with NULL: what a signer means that names the key alone (RFC 3370 3.2). */
static const uint8_t rsa_sha256[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
				     0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00};

void cms_clear(struct cms *m)
{
	cert_unref(m->signer);
	cert_list_clear(&m->certs);
	mem_free(m->kept);
	*m = (struct cms)CMS_INIT;
}

static bool corrupt(struct err *e, const char *where)
{
	return err_reason(e, "cms.corrupt", "broken %s of the signature", where);
}

static bool unsupported(struct err *e, const char *what)
{
	return err_reason(e, "cms.unsupported", "the signature has %s", what);
}

static bool read_certs(struct span in, struct cms *m, struct err *e)
{
	struct ber_item item;
	while (in.len > 0) {
		struct cert *c AUTO_CERT = NULL;
		if (!ber_next(&in, &item))
			return corrupt(e, "list of certificates");
		if (item.tag != BER_SEQUENCE)
			continue; /* other kinds of certificate (RFC 5652 10.2.2) */
		if (m->certs.n >= CMS_CERTS_MAX)
			return err_set(e, ERR_LIMIT, "more than %d certificates in a signature",
				       CMS_CERTS_MAX);
		if (!cert_parse(item.whole.p, item.whole.len, &c, e))
			return err_wrap(e, "certificate %zu of the signature", m->certs.n + 1);
		if (!cert_list_add(&m->certs, c, e))
			return false;
	}
	return true;
}

/* By issuer and serial number, or by subject key identifier (RFC 5652 5.3). */
static bool find_signer(struct span *info, struct cms *m, struct err *e)
{
	struct span id, serial = span_of(NULL, 0);
	struct name issuer = {.n_attributes = 0};
	struct ber_item name;
	bool by_key = ber_is(*info, KEY_IDENTIFIER);
	if (by_key ? !ber_take(info, KEY_IDENTIFIER, &id)
		   : !ber_take(info, BER_SEQUENCE, &id) || !ber_next(&id, &name) ||
			     !ber_take(&id, BER_INTEGER, &serial) || id.len > 0)
		return corrupt(e, "name of the signer");
	if (!by_key &&
	    !name_parse(name.whole, &issuer, e)) /* a want of memory says nothing of it */
		return e->code != ERR_NOMEM && corrupt(e, "name of the signer");
	for (size_t i = 0; i < m->certs.n && !m->signer; i++) {
		struct cert *c = m->certs.items[i];
		if (by_key ? c->subject_key_id.len > 0 && span_equal(c->subject_key_id, id)
			   : span_equal(c->serial, serial) && name_equal(&c->issuer, &issuer))
			m->signer = cert_ref(c);
	}
	name_clear(&issuer);
	return m->signer
		       ? true
		       : err_reason(e, "cms.no_signer",
				    "the signature names a signer whose certificate is not in it");
}

/* One attribute: the only value that it may have. */
static bool single_value(struct span values, unsigned tag, struct span *out)
{
	return out->p == NULL && ber_take(&values, tag, out) && values.len == 0;
}

/* contentType and messageDigest, once each (RFC 5652 11.1, 11.2); the rest is the signer's word. */
static bool read_attributes(struct span in, struct cms *m, struct err *e)
{
	struct span type = span_of(NULL, 0), digest = span_of(NULL, 0);
	while (in.len > 0) {
		struct span attribute, oid, values;
		if (!ber_take(&in, BER_SEQUENCE, &attribute) ||
		    !ber_take(&attribute, BER_OID, &oid) ||
		    !ber_take(&attribute, BER_SET, &values) || attribute.len > 0)
			return corrupt(e, "attributes");
		if ((span_equal(oid, oid_content_type) && !single_value(values, BER_OID, &type)) ||
		    (span_equal(oid, oid_message_digest) &&
		     !single_value(values, BER_OCTETS, &digest)))
			return corrupt(e, "attributes");
	}
	if (!span_equal(type, oid_data) || digest.len != SHA256_BYTES)
		return corrupt(e, "attributes");
	memcpy(m->digest, digest.p, SHA256_BYTES);
	return true;
}

/* What was signed is the SET OF (RFC 5652 5.4): the same octets under another tag. */
static bool take_attributes(struct span *info, struct cms *m, struct err *e)
{
	struct ber_item item;
	if (!ber_is(*info, SIGNED_ATTRIBUTES))
		return unsupported(e, "no signed attributes");
	if (!ber_next(info, &item) || item.whole.p[1] == 0x80)
		return corrupt(e, "attributes");
	m->kept = mem_dup(item.whole.p, item.whole.len);
	if (!m->kept)
		return err_nomem(e);
	m->kept[0] = BER_SET;
	m->attributes = span_of(m->kept, item.whole.len);
	return read_attributes(item.content, m, e);
}

static bool take_algorithm(struct span *info, struct cms *m, struct err *e)
{
	struct ber_item item;
	struct ber_algorithm a;
	struct span copy = *info;
	struct signature_algorithm known;
	if (!ber_algorithm(&copy, &a) || !ber_next(info, &item))
		return corrupt(e, "algorithm");
	m->algorithm =
		span_equal(a.oid, oid_rsa) ? span_of(rsa_sha256, sizeof(rsa_sha256)) : item.whole;
	if (!signature_algorithm_read(m->algorithm, &known) || known.digest != DIGEST_SHA256)
		return unsupported(e, "another algorithm than SHA-256 with RSA or ECDSA");
	return true;
}

/* Unsigned attributes are not looked at: whoever likes writes them. */
static bool nothing_more(struct span rest)
{
	struct ber_item item;
	return rest.len == 0 ||
	       (ber_is(rest, UNSIGNED_ATTRIBUTES) && ber_next(&rest, &item) && rest.len == 0);
}

/* SignerInfo ::= SEQUENCE { version, sid, digestAlgorithm, [0] signedAttrs, signatureAlgorithm, signature, [1] ... } */
static bool read_signer(struct span set, struct cms *m, struct err *e)
{
	struct span info;
	struct ber_algorithm digest;
	uint64_t version;
	if (!ber_take(&set, BER_SEQUENCE, &info) || !ber_uint(&info, &version))
		return corrupt(e, "signer");
	if (set.len > 0)
		return unsupported(e, "several signers");
	if (!find_signer(&info, m, e))
		return false;
	if (!ber_algorithm(&info, &digest))
		return corrupt(e, "algorithm");
	if (!span_equal(digest.oid, oid_sha256))
		return unsupported(e, "another digest than SHA-256");
	if (!take_attributes(&info, m, e) || !take_algorithm(&info, m, e))
		return false;
	if (!ber_take(&info, BER_OCTETS, &m->signature))
		return corrupt(e, "value");
	return nothing_more(info) || corrupt(e, "end");
}

/* Up to and without the signers. */
static bool read_head(struct span *in, struct span *body, struct err *e)
{
	struct span info, type, content, skipped, encapsulated, inner_type;
	uint64_t version;
	if (!ber_take(in, BER_SEQUENCE, &info) || in->len > 0 || !ber_take(&info, BER_OID, &type) ||
	    !span_equal(type, oid_signed) || !ber_take(&info, BER_EXPLICIT_0, &content) ||
	    !ber_take(&content, BER_SEQUENCE, body) || !ber_uint(body, &version) ||
	    !ber_take(body, BER_SET, &skipped) || !ber_take(body, BER_SEQUENCE, &encapsulated) ||
	    !ber_take(&encapsulated, BER_OID, &inner_type))
		return err_reason(e, "cms.corrupt", "not a CMS signature, or cut short");
	if (encapsulated.len > 0)
		return unsupported(e, "the content inside; it has to be detached");
	return span_equal(inner_type, oid_data) || unsupported(e, "content that is not data");
}

static bool read_signed_data(struct span in, struct cms *m, struct err *e)
{
	struct span body, signers;
	struct ber_item item;
	if (!read_head(&in, &body, e))
		return false;
	while (body.len > 0 && !ber_is(body, BER_SET)) {
		if (!ber_next(&body, &item))
			return corrupt(e, "list of certificates");
		if (item.tag == BER_EXPLICIT_0 && !read_certs(item.content, m, e))
			return false;
	}
	if (!ber_take(&body, BER_SET, &signers) || body.len > 0)
		return corrupt(e, "list of signers");
	return signers.len > 0
		       ? read_signer(signers, m, e)
		       : err_reason(e, "cms.corrupt", "nobody signed: a bag of certificates");
}

/* The spans of m borrow from kept, so algorithm and signature are to lie there too. */
static bool keep(struct cms *m, struct err *e)
{
	size_t a = m->attributes.len, b = m->algorithm.len, c = m->signature.len;
	uint8_t *all = mem_alloc(a + b + c);
	if (!all)
		return err_nomem(e);
	memcpy(all, m->attributes.p, a);
	memcpy(all + a, m->algorithm.p, b);
	if (c > 0)
		memcpy(all + a + b, m->signature.p, c);
	mem_free(m->kept);
	m->kept = all;
	m->attributes = span_of(all, a);
	m->algorithm = span_of(all + a, b);
	m->signature = span_of(all + a + b, c);
	return true;
}

bool cms_read(struct span in, struct cms *out, struct err *e)
{
	struct cms m AUTO_CMS = CMS_INIT;
	struct pem p AUTO_PEM = {.n = 0};
	if (in.len > CMS_MAX_BYTES)
		return err_reason(e, "limit.body", "a signature of %zu bytes, at most %zu", in.len,
				  CMS_MAX_BYTES);
	if (pem_looks_like(in)) {
		if (!pem_read(in, &p, e))
			return false;
		in = buf_span(&p.members[0].der);
	}
	if (!read_signed_data(in, &m, e) || !keep(&m, e))
		return false;
	*out = m;
	m = (struct cms)CMS_INIT;
	return true;
}

bool cms_verify(const struct cms *m, const uint8_t digest[static SHA256_BYTES], struct err *e)
{
	if (!span_equal(span_of(digest, SHA256_BYTES), span_of(m->digest, SHA256_BYTES)))
		return err_reason(e, "cms.digest", "the file is not the one that was signed");
	switch (signature_verify(m->attributes, m->algorithm, m->signature, m->signer->spki)) {
	case SIGNATURE_GOOD:
		return true;
	case SIGNATURE_UNSUPPORTED:
		return unsupported(e, "a signer whose kind of key is not supported");
	case SIGNATURE_BAD:
		break;
	}
	return err_reason(e, "cms.signature",
			  "the signature does not verify with the key of its signer");
}
