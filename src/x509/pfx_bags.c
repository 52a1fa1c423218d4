/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/pfx_read.h"

#include "base/text.h"
#include "x509/pfx.h"
#include "x509/string.h"

#define PKCS12_BAG(n) OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01" n)
#define PKCS9(n) OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x09" n)

static const struct span oid_friendly_name = PKCS9("\x14"), oid_x509_cert = PKCS9("\x16\x01"),
			 oid_x509_crl = PKCS9("\x17\x01");

/* One SafeBag, taken apart. */
struct safe_bag {
	struct span type;
	struct span value; /* what stands in the [0], whole */
	char name[BAG_NAME_BYTES];
};

static bool corrupt(struct pfx_reader *r, const char *what, struct err *e)
{
	return err_reason(e, "pfx.corrupt", "broken %s (member %u)", what, r->n_bags);
}

/* A BMPString has no surrogates by the standard, but everybody writes UTF-16 into it. */
static bool name_to_utf8(const struct ber_item *value, struct buf *out)
{
	const uint8_t *p = value->content.p;
	size_t n = value->content.len / 2;
	if (value->tag != BER_BMP)
		return string_to_utf8((int)value->tag, value->content, out);
	for (size_t i = 0; i < n; i++) {
		uint32_t c = (uint32_t)p[2 * i] << 8 | p[2 * i + 1];
		bool is_pair =
			c >> 10 == 0xd800 >> 10 && i + 1 < n && p[2 * i + 2] >> 2 == 0xdc >> 2;
		if (is_pair) {
			i++;
			c = 0x10000 + ((c & 0x3ff) << 10) + ((p[2 * i] & 3u) << 8 | p[2 * i + 1]);
		} else if (c >> 11 == 0xd800 >> 11 || c == 0) {
			return false;
		}
		utf8_add(out, c);
	}
	return value->content.len % 2 == 0;
}

/* PKCS12Attribute ::= SEQUENCE { attrId, attrValues SET }; of a name that is given twice the first counts. */
static bool read_attributes(struct span set, struct safe_bag *out)
{
	struct buf text AUTO_BUF = BUF_INIT;
	struct span attribute, oid, values;
	struct ber_item value;
	while (set.len > 0) {
		if (!ber_take(&set, BER_SEQUENCE, &attribute) ||
		    !ber_take(&attribute, BER_OID, &oid) || !ber_take(&attribute, BER_SET, &values))
			return false;
		if (!span_equal(oid, oid_friendly_name) || out->name[0] != '\0')
			continue;
		/* A name that is no text is no reason to refuse the file. */
		buf_reset(&text);
		if (ber_next(&values, &value) && name_to_utf8(&value, &text) && buf_ok(&text))
			text_copy(out->name, sizeof(out->name), buf_str(&text));
	}
	return true;
}

static bool take_safe_bag(struct span *in, struct safe_bag *out)
{
	struct span body, set;
	out->name[0] = '\0';
	if (!ber_take(in, BER_SEQUENCE, &body) || !ber_take(&body, BER_OID, &out->type) ||
	    !ber_take(&body, BER_EXPLICIT_0, &out->value))
		return false;
	if (body.len == 0)
		return true;
	return ber_take(&body, BER_SET, &set) && body.len == 0 && read_attributes(set, out);
}

/* CertBag and CRLBag: SEQUENCE { type, [0] EXPLICIT OCTET STRING } */
static bool take_wrapped(struct span value, struct span *type, struct buf *store, struct span *out)
{
	struct span body, tagged;
	if (!ber_take(&value, BER_SEQUENCE, &body) || !ber_take(&body, BER_OID, type) ||
	    !ber_take(&body, BER_EXPLICIT_0, &tagged) || body.len > 0)
		return false;
	if (!ber_is(tagged, BER_OCTETS) && !ber_is(tagged, BER_OCTETS | BER_CONSTRUCTED)) {
		*out = tagged; /* SDSI certificates are text; they are passed over by their type */
		return true;
	}
	return ber_octets(&tagged, BER_OCTETS, store, out) && tagged.len == 0;
}

static bool read_cert(struct pfx_reader *r, const struct safe_bag *b, struct err *e)
{
	struct buf store AUTO_BUF = BUF_INIT;
	struct cert *c AUTO_CERT = NULL;
	struct span type, der;
	if (!take_wrapped(b->value, &type, &store, &der))
		return corrupt(r, "certificate bag", e);
	if (!span_equal(type, oid_x509_cert)) {
		r->bag.n_ignored++;
		return true;
	}
	if (!cert_parse(der.p, der.len, &c, e))
		return err_wrap(e, "certificate %zu of the PFX", r->bag.certs.n + 1);
	return bag_add_cert(&r->bag, c, b->name, e);
}

static bool read_crl(struct pfx_reader *r, const struct safe_bag *b, struct err *e)
{
	struct buf store AUTO_BUF = BUF_INIT;
	struct crl *l AUTO(crl_autop) = NULL;
	struct span type, der;
	if (!take_wrapped(b->value, &type, &store, &der))
		return corrupt(r, "CRL bag", e);
	if (!span_equal(type, oid_x509_crl)) {
		r->bag.n_ignored++;
		return true;
	}
	if (!crl_parse(der.p, der.len, &l, e))
		return err_wrap(e, "CRL %zu of the PFX", r->bag.n_crls + 1);
	return bag_add_crl(&r->bag, l, e);
}

static bool add_key(struct pfx_reader *r, struct span plain, const char *name, struct err *e)
{
	struct secret pkcs8 AUTO_SECRET = SECRET_INIT;
	struct key_info info;
	if (!key_read(plain, "PRIVATE KEY", NULL, NULL, &pkcs8, &info, e))
		return err_wrap(e, "key %zu of the PFX", r->bag.n_keys + 1);
	return bag_add_key(&r->bag, &pkcs8, &info, name, e);
}

static bool read_key(struct pfx_reader *r, const struct safe_bag *b, struct err *e)
{
	return add_key(r, b->value, b->name, e);
}

/* EncryptedPrivateKeyInfo ::= SEQUENCE { AlgorithmIdentifier, OCTET STRING } */
static bool read_shrouded_key(struct pfx_reader *r, const struct safe_bag *b, struct err *e)
{
	struct buf store AUTO_BUF = BUF_INIT, plain AUTO_BUF = {.secret = true};
	struct span in = b->value, body, data;
	struct ber_algorithm a;
	struct pbe p;
	if (!ber_take(&in, BER_SEQUENCE, &body) || in.len > 0 || !ber_algorithm(&body, &a) ||
	    !ber_octets(&body, BER_OCTETS, &store, &data) || body.len > 0)
		return corrupt(r, "key bag", e);
	if (!pbe_parse(&a, &pbe_codes_pfx, &p, e) ||
	    !pbe_decrypt(&p, data, r->password, key_looks_like, &r->work, &plain, e))
		return err_wrap(e, "key %zu of the PFX", r->bag.n_keys + 1);
	return add_key(r, buf_span(&plain), b->name, e);
}

static bool ignore(struct pfx_reader *r, const struct safe_bag *b, struct err *e)
{
	(void)b, (void)e;
	r->bag.n_ignored++;
	return true;
}

struct bag_kind {
	struct span oid;
	bool (*read)(struct pfx_reader *r, const struct safe_bag *b, struct err *e);
};

static const struct bag_kind kinds[] = {
	{PKCS12_BAG("\x01"), read_key},	 {PKCS12_BAG("\x02"), read_shrouded_key},
	{PKCS12_BAG("\x03"), read_cert}, {PKCS12_BAG("\x04"), read_crl},
	{PKCS12_BAG("\x05"), ignore},
};
static const struct span oid_safe_contents = PKCS12_BAG("\x06");

static bool read_bag(struct pfx_reader *r, const struct safe_bag *b, unsigned depth, struct err *e)
{
	if (++r->n_bags > PFX_MAX_BAGS)
		return err_reason(e, "pfx.corrupt", "more than %d members", PFX_MAX_BAGS);
	if (span_equal(b->type, oid_safe_contents))
		return pfx_read_safe(r, b->value, depth + 1, e);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (span_equal(b->type, kinds[i].oid))
			return kinds[i].read(r, b, e);
	return ignore(r, b, e);
}

bool pfx_read_safe(struct pfx_reader *r, struct span safe, unsigned depth, struct err *e)
{
	struct span in;
	if (depth >= PFX_MAX_DEPTH)
		return err_reason(e, "pfx.corrupt", "nested more than %d deep", PFX_MAX_DEPTH);
	if (!ber_take(&safe, BER_SEQUENCE, &in) || safe.len > 0)
		return corrupt(r, "contents", e);
	while (in.len > 0) {
		struct safe_bag b;
		if (!take_safe_bag(&in, &b))
			return corrupt(r, "bag", e);
		if (!read_bag(r, &b, depth, e))
			return false;
	}
	return true;
}

/* A wrong key without a MAC to notice it seldom gives this: a sequence of bags, down to the last octet. */
bool pfx_safe_looks_right(struct span safe)
{
	struct span in;
	struct safe_bag b;
	if (!ber_take(&safe, BER_SEQUENCE, &in) || safe.len > 0)
		return false;
	while (in.len > 0)
		if (!take_safe_bag(&in, &b))
			return false;
	return true;
}
