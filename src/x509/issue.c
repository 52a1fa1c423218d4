/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/issue.h"

#include "base/clock.h"
#include "base/mem.h"
#include "x509/issue_names.h"
#include "x509/key.h"
#include "x509/mbed.h"

#include <mbedtls/oid.h>
#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>
#include <mbedtls/x509_csr.h>
#include <stdio.h>

#define SERIAL_BYTES 17	       /* 128 random bits and six */
#define OUTSIDE_NAMES_MAX 8192 /* what a request or certificate takes besides its names */

struct extension {
	const char *oid;
	size_t oid_len;
	struct buf value;
};

/* All that goes into either writer. */
struct draft {
	mbedtls_pk_context key;
	mbedtls_md_type_t md;
	unsigned char usage;
	struct buf subject;
	struct extension extensions[2]; /* SAN and EKU; empty ones are left out */
};

static void draft_clear(struct draft *d)
{
	mbedtls_pk_free(&d->key);
	buf_clear(&d->subject);
	for (size_t i = 0; i < ARRAY_LEN(d->extensions); i++)
		buf_clear(&d->extensions[i].value);
}

static bool draft_fill(struct draft *d, const struct secret *pkcs8, const struct issue_params *p,
		       struct err *e)
{
	struct key_info info;
	*d = (struct draft){
		.extensions = {{MBEDTLS_OID_SUBJECT_ALT_NAME,
				MBEDTLS_OID_SIZE(MBEDTLS_OID_SUBJECT_ALT_NAME), BUF_INIT},
			       {MBEDTLS_OID_EXTENDED_KEY_USAGE,
				MBEDTLS_OID_SIZE(MBEDTLS_OID_EXTENDED_KEY_USAGE), BUF_INIT}}};
	mbedtls_pk_init(&d->key);
	if (!key_describe(pkcs8, &info, e))
		return false;
	if (info.type != KEY_RSA && info.type != KEY_EC)
		return err_reason(e, "x509.unsupported_key",
				  "requests are made with RSA and EC keys");
	d->md = info.type == KEY_EC && info.bits >= 384 ? MBEDTLS_MD_SHA384 : MBEDTLS_MD_SHA256;
	d->usage = MBEDTLS_X509_KU_DIGITAL_SIGNATURE;
	if (info.type == KEY_RSA && !p->digital_signature_only)
		d->usage |= MBEDTLS_X509_KU_KEY_ENCIPHERMENT;
	int r = mbedtls_pk_parse_key(&d->key, pkcs8->data, pkcs8->len, NULL, 0, mbed_random, NULL);
	if (r != 0)
		return mbed_error(e, r, "cannot load the key");
	issue_purposes(p, &d->extensions[1].value);
	if (!issue_names(p, &d->subject, &d->extensions[0].value, e))
		return false;
	return buf_ok(&d->extensions[1].value) || err_nomem(e);
}

/* mbedTLS writes from the end of its buffer and returns the length. */
static bool take_written(int r, const uint8_t *room, size_t size, struct buf *out, struct err *e)
{
	if (r < 0)
		return mbed_error(e, r, "cannot write it");
	buf_add(out, room + size - (size_t)r, (size_t)r);
	return buf_ok(out) || err_nomem(e);
}

static size_t room_for(const struct draft *d)
{
	return OUTSIDE_NAMES_MAX + d->extensions[0].value.len + d->subject.len;
}

static int fill_csr(mbedtls_x509write_csr *csr, struct draft *d)
{
	mbedtls_x509write_csr_set_key(csr, &d->key);
	mbedtls_x509write_csr_set_md_alg(csr, d->md);
	int r = mbedtls_x509write_csr_set_subject_name(csr, buf_str(&d->subject));
	if (r == 0)
		r = mbedtls_x509write_csr_set_key_usage(csr, d->usage);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(d->extensions); i++) {
		const struct extension *x = &d->extensions[i];
		if (x->value.len > 0)
			r = mbedtls_x509write_csr_set_extension(csr, x->oid, x->oid_len, 0,
								x->value.data, x->value.len);
	}
	return r;
}

bool csr_make(const struct secret *pkcs8, const struct issue_params *p, struct buf *der_out,
	      struct err *e)
{
	struct draft d AUTO(draft_clear);
	if (!draft_fill(&d, pkcs8, p, e))
		return false;
	if (p->n_dns_names + p->n_ip_addresses == 0)
		return err_reason(e, "csr.no_name", "neither a DNS name nor an address");
	size_t size = room_for(&d);
	uint8_t *room AUTO_MEM = mem_alloc(size);
	if (!room)
		return err_nomem(e);
	mbedtls_x509write_csr csr;
	mbedtls_x509write_csr_init(&csr);
	int r = fill_csr(&csr, &d);
	if (r == 0)
		r = mbedtls_x509write_csr_der(&csr, room, size, mbed_random, NULL);
	mbedtls_x509write_csr_free(&csr);
	return take_written(r, room, size, der_out, e);
}

static void mbed_time(int64_t t_s, char out[static 16])
{
	struct civil c;
	time_to_civil(t_s, &c);
	(void)snprintf(out, 16, "%04d%02d%02d%02d%02d%02d", c.year % 10000, c.month, c.day, c.hour,
		       c.minute, c.second);
}

static int fill_cert(mbedtls_x509write_cert *cert, struct draft *d, const struct issue_params *p)
{
	unsigned char serial[SERIAL_BYTES];
	char from[16], until[16];
	random_bytes(serial, sizeof(serial));
	/* positive, and never with a zero octet in front that DER forbids (X.690 8.3.2) */
	serial[0] = (serial[0] & 0x7f) | 0x40;
	mbed_time(p->not_before_s, from);
	mbed_time(p->not_after_s, until);
	mbedtls_x509write_crt_set_version(cert, MBEDTLS_X509_CRT_VERSION_3);
	mbedtls_x509write_crt_set_subject_key(cert, &d->key);
	mbedtls_x509write_crt_set_issuer_key(cert, &d->key);
	mbedtls_x509write_crt_set_md_alg(cert, d->md);
	int r = mbedtls_x509write_crt_set_serial_raw(cert, serial, sizeof(serial));
	if (r == 0)
		r = mbedtls_x509write_crt_set_subject_name(cert, buf_str(&d->subject));
	if (r == 0)
		r = mbedtls_x509write_crt_set_issuer_name(cert, buf_str(&d->subject));
	if (r == 0)
		r = mbedtls_x509write_crt_set_validity(cert, from, until);
	if (r == 0)
		r = mbedtls_x509write_crt_set_basic_constraints(cert, 0, -1);
	if (r == 0)
		r = mbedtls_x509write_crt_set_key_usage(cert, d->usage);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(d->extensions); i++) {
		const struct extension *x = &d->extensions[i];
		if (x->value.len > 0)
			r = mbedtls_x509write_crt_set_extension(cert, x->oid, x->oid_len, 0,
								x->value.data, x->value.len);
	}
	if (r == 0)
		r = mbedtls_x509write_crt_set_subject_key_identifier(cert);
	if (r == 0)
		r = mbedtls_x509write_crt_set_authority_key_identifier(cert);
	return r;
}

bool cert_make_self_signed(const struct secret *pkcs8, const struct issue_params *p,
			   struct buf *der_out, struct err *e)
{
	struct draft d AUTO(draft_clear);
	if (!draft_fill(&d, pkcs8, p, e))
		return false;
	if (p->not_after_s <= p->not_before_s)
		return err_set(e, ERR_INVALID, "it would end before it begins");
	size_t size = room_for(&d);
	uint8_t *room AUTO_MEM = mem_alloc(size);
	if (!room)
		return err_nomem(e);
	mbedtls_x509write_cert cert;
	mbedtls_x509write_crt_init(&cert);
	int r = fill_cert(&cert, &d, p);
	if (r == 0)
		r = mbedtls_x509write_crt_der(&cert, room, size, mbed_random, NULL);
	mbedtls_x509write_crt_free(&cert);
	return take_written(r, room, size, der_out, e);
}
