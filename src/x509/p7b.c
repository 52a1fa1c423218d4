/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/p7b.h"

#include "base/text.h"
#include "x509/ber.h"
#include "x509/derout.h"

#define PKCS7(n) OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x07" n)

static const struct span oid_data = PKCS7("\x01"), oid_signed = PKCS7("\x02");

#define CERTIFICATES BER_EXPLICIT_0
#define LISTS BER_EXPLICIT_1

static bool take_signed_data(struct span *in, struct span *body_out)
{
	struct span info, type, content;
	return ber_take(in, BER_SEQUENCE, &info) && ber_take(&info, BER_OID, &type) &&
	       span_equal(type, oid_signed) && ber_take(&info, BER_EXPLICIT_0, &content) &&
	       ber_take(&content, BER_SEQUENCE, body_out);
}

bool p7b_looks_like(struct span in)
{
	struct span body, type;
	return ber_look_into(in, BER_SEQUENCE, &body) && ber_take(&body, BER_OID, &type) &&
	       span_equal(type, oid_signed);
}

/* CertificateSet: other kinds of certificate (RFC 5652 10.2.2) have tags of their own and are passed over. */
static bool read_certs(struct span in, struct bag *out, struct err *e)
{
	struct ber_item item;
	while (in.len > 0) {
		struct cert *c AUTO_CERT = NULL;
		if (!ber_next(&in, &item))
			return err_reason(e, "p7b.corrupt", "broken list of certificates");
		if (item.tag != BER_SEQUENCE) {
			out->n_ignored++;
			continue;
		}
		if (!cert_parse(item.whole.p, item.whole.len, &c, e))
			return err_wrap(e, "certificate %zu of the P7B", out->certs.n + 1);
		if (!bag_add_cert(out, c, "", e))
			return false;
	}
	return true;
}

static bool read_lists(struct span in, struct bag *out, struct err *e)
{
	struct ber_item item;
	while (in.len > 0) {
		struct crl *l AUTO(crl_autop) = NULL;
		if (!ber_next(&in, &item))
			return err_reason(e, "p7b.corrupt", "broken list of CRLs");
		if (item.tag != BER_SEQUENCE) {
			out->n_ignored++;
			continue;
		}
		if (!crl_parse(item.whole.p, item.whole.len, &l, e))
			return err_wrap(e, "CRL %zu of the P7B", out->n_crls + 1);
		if (!bag_add_crl(out, l, e))
			return false;
	}
	return true;
}

/* SignedData ::= SEQUENCE { version, digestAlgorithms SET, contentInfo, [0] certificates, [1] crls, signerInfos SET } */
static bool read_signed_data(struct span in, struct bag *out, struct err *e)
{
	struct span body, skipped;
	struct ber_item item;
	uint64_t version;
	if (!take_signed_data(&in, &body) || in.len > 0 || !ber_uint(&body, &version) ||
	    !ber_take(&body, BER_SET, &skipped) || !ber_take(&body, BER_SEQUENCE, &skipped))
		return err_reason(e, "p7b.corrupt", "not a P7B, or cut short");
	while (body.len > 0) {
		if (!ber_next(&body, &item))
			return err_reason(e, "p7b.corrupt", "broken signed-data");
		if (item.tag == CERTIFICATES && !read_certs(item.content, out, e))
			return false;
		if (item.tag == LISTS && !read_lists(item.content, out, e))
			return false;
	}
	if (out->certs.n == 0 && out->n_crls == 0)
		return err_reason(e, "p7b.empty", "no certificate in it");
	return true;
}

bool p7b_read(struct span in, struct bag *out, struct err *e)
{
	struct bag b = BAG_INIT;
	if (in.len > P7B_MAX_BYTES)
		return err_reason(e, "limit.body", "a P7B of %zu bytes, at most %zu", in.len,
				  P7B_MAX_BYTES);
	text_copy(b.format, sizeof(b.format), "P7B");
	if (!read_signed_data(in, &b, e)) {
		bag_clear(&b);
		return false;
	}
	*out = b;
	return true;
}

bool p7b_write(const struct cert_list *certs, struct buf *out, struct err *e)
{
	size_t info = der_begin(out, BER_SEQUENCE);
	der_oid(out, oid_signed);
	size_t content = der_begin(out, BER_EXPLICIT_0);
	size_t data = der_begin(out, BER_SEQUENCE);
	der_uint(out, 1);
	der_add(out, BER_SET, span_of(NULL, 0));
	size_t inner = der_begin(out, BER_SEQUENCE);
	der_oid(out, oid_data);
	der_end(out, inner);
	size_t list = der_begin(out, CERTIFICATES);
	for (size_t i = 0; i < certs->n; i++)
		buf_add(out, certs->items[i]->der, certs->items[i]->der_len);
	der_end(out, list);
	der_add(out, BER_SET, span_of(NULL, 0));
	der_end(out, data);
	der_end(out, content);
	der_end(out, info);
	return buf_ok(out) || err_nomem(e);
}
