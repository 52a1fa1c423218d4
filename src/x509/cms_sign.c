/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/cms.h"

#include "base/buf.h"
#include "x509/ber.h"
#include "x509/derout.h"
#include "x509/key.h"

#define PKCS7(n) OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x07" n)
#define PKCS9(n) OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x09" n)
#define VERSION_1 1 /* the signer is named by issuer and serial number (RFC 5652 5.1, 5.3) */

static const struct span oid_data = PKCS7("\x01"), oid_signed = PKCS7("\x02"),
			 oid_content_type = PKCS9("\x03"), oid_message_digest = PKCS9("\x04"),
			 oid_sha256 = OID_SPAN("\x60\x86\x48\x01\x65\x03\x04\x02\x01"),
			 oid_rsa_sha256 = OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"),
			 oid_ecdsa_sha256 = OID_SPAN("\x2a\x86\x48\xce\x3d\x04\x03\x02");

static void digest_algorithm(struct buf *b)
{
	size_t all = der_begin(b, BER_SEQUENCE);
	der_oid(b, oid_sha256); /* parameters absent (RFC 5754 2) */
	der_end(b, all);
}

static void attribute(struct buf *b, struct span oid, unsigned tag, struct span value)
{
	size_t all = der_begin(b, BER_SEQUENCE);
	der_oid(b, oid);
	size_t values = der_begin(b, BER_SET);
	der_add(b, tag, value);
	der_end(b, values);
	der_end(b, all);
}

/* In the order of their encodings, as DER wants a SET OF (RFC 5652 5.4). */
static bool attributes_write(const uint8_t digest[static SHA256_BYTES], struct buf *b,
			     struct err *e)
{
	size_t all = der_begin(b, BER_SET);
	attribute(b, oid_content_type, BER_OID, oid_data);
	attribute(b, oid_message_digest, BER_OCTETS, span_of(digest, SHA256_BYTES));
	der_end(b, all);
	return buf_ok(b) || err_nomem(e);
}

static void signature_algorithm(struct buf *b, enum key_type type)
{
	if (type == KEY_RSA) {
		der_algorithm(b, oid_rsa_sha256);
		return;
	}
	size_t all = der_begin(b, BER_SEQUENCE);
	der_oid(b, oid_ecdsa_sha256);
	der_end(b, all);
}

static void signer_info(struct buf *b, const struct cert *signer, const struct buf *attributes,
			const struct buf *signature)
{
	size_t all = der_begin(b, BER_SEQUENCE);
	der_uint(b, VERSION_1);
	size_t id = der_begin(b, BER_SEQUENCE);
	buf_add_span(b, signer->issuer.der);
	der_add(b, BER_INTEGER, signer->serial);
	der_end(b, id);
	digest_algorithm(b);
	/* what was signed is the SET OF; here it stands under its implicit tag */
	buf_add_char(b, (char)BER_EXPLICIT_0);
	buf_add_span(b, span_of(attributes->data + 1, attributes->len - 1));
	signature_algorithm(b, signer->key_type);
	der_octets(b, buf_span(signature));
	der_end(b, all);
}

static void certificates(struct buf *b, const struct cert *signer, const struct cert_list *chain)
{
	size_t all = der_begin(b, BER_EXPLICIT_0);
	buf_add(b, signer->der, signer->der_len);
	for (size_t i = 0; i < chain->n; i++)
		buf_add(b, chain->items[i]->der, chain->items[i]->der_len);
	der_end(b, all);
}

static void signed_data(struct buf *b, const struct cert *signer, const struct cert_list *chain,
			const struct buf *attributes, const struct buf *signature)
{
	size_t all = der_begin(b, BER_SEQUENCE);
	der_uint(b, VERSION_1);
	size_t digests = der_begin(b, BER_SET);
	digest_algorithm(b);
	der_end(b, digests);
	size_t content = der_begin(b, BER_SEQUENCE);
	der_oid(b, oid_data); /* and none of it: detached */
	der_end(b, content);
	certificates(b, signer, chain);
	size_t signers = der_begin(b, BER_SET);
	signer_info(b, signer, attributes, signature);
	der_end(b, signers);
	der_end(b, all);
}

bool cms_sign(const uint8_t digest[static SHA256_BYTES], const struct cert *signer,
	      const struct cert_list *chain, const struct secret *pkcs8, struct buf *out,
	      struct err *e)
{
	struct buf attributes AUTO_BUF = BUF_INIT, signature AUTO_BUF = BUF_INIT;
	if (signer->key_type != KEY_RSA && signer->key_type != KEY_EC)
		return err_reason(e, "cms.unsupported",
				  "packages are signed with RSA or ECDSA keys");
	if (!attributes_write(digest, &attributes, e) ||
	    !key_sign(pkcs8, buf_span(&attributes), false, &signature, e))
		return false;
	size_t all = der_begin(out, BER_SEQUENCE);
	der_oid(out, oid_signed);
	size_t content = der_begin(out, BER_EXPLICIT_0);
	signed_data(out, signer, chain, &attributes, &signature);
	der_end(out, content);
	der_end(out, all);
	return buf_ok(out) || err_nomem(e);
}
