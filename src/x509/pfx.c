/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/pfx.h"

#include "base/text.h"
#include "x509/pfx_read.h"

#define PKCS7(n) OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x07" n)

static const struct span oid_data = PKCS7("\x01"), oid_signed = PKCS7("\x02"),
			 oid_enveloped = PKCS7("\x03"), oid_encrypted = PKCS7("\x06");

_Static_assert(PFX_MAX_ITERATIONS == PBE_ROUNDS_MAX, "one limit under two names");

struct content_info {
	struct span type;
	struct span content; /* of the [0] */
};

static bool take_content_info(struct span *in, struct content_info *out)
{
	struct span body;
	return ber_take(in, BER_SEQUENCE, &body) && ber_take(&body, BER_OID, &out->type) &&
	       ber_take(&body, BER_EXPLICIT_0, &out->content) && body.len == 0;
}

/* No other sequence that we know begins with the number 3, or has PKCS#7 behind another number. */
bool pfx_looks_like(struct span in)
{
	struct span body, safe, type;
	uint64_t version;
	if (!ber_look_into(in, BER_SEQUENCE, &body) || !ber_uint(&body, &version))
		return false;
	if (version == 3 && (body.len == 0 || ber_is(body, BER_SEQUENCE)))
		return true;
	return ber_look_into(body, BER_SEQUENCE, &safe) && ber_take(&safe, BER_OID, &type) &&
	       (span_equal(type, oid_data) || span_equal(type, oid_signed));
}

/*
 * EncryptedData ::= SEQUENCE { version, SEQUENCE { contentType, algorithm, [0] IMPLICIT OCTET STRING } }
 * (RFC 5652 section 8). The unprotected attributes of version 2 say nothing that we need.
 */
static bool read_encrypted(struct pfx_reader *r, struct span in, struct err *e)
{
	struct buf store AUTO_BUF = BUF_INIT, plain AUTO_BUF = {.secret = true};
	struct span body, info, type, data;
	struct ber_algorithm a;
	struct pbe p;
	uint64_t version;
	if (!ber_take(&in, BER_SEQUENCE, &body) || in.len > 0 || !ber_uint(&body, &version) ||
	    !ber_take(&body, BER_SEQUENCE, &info) || !ber_take(&info, BER_OID, &type) ||
	    !span_equal(type, oid_data) || !ber_algorithm(&info, &a) ||
	    !ber_octets(&info, BER_PRIMITIVE_0, &store, &data) || info.len > 0)
		return err_reason(e, "pfx.corrupt", "broken encrypted contents");
	if (!pbe_parse(&a, &pbe_codes_pfx, &p, e) ||
	    !pbe_decrypt(&p, data, r->password, pfx_safe_looks_right, &r->work, &plain, e))
		return err_wrap(e, "contents of the PFX");
	return pfx_read_safe(r, buf_span(&plain), 0, e);
}

static bool read_plain(struct pfx_reader *r, struct span in, struct err *e)
{
	struct buf store AUTO_BUF = BUF_INIT;
	struct span safe;
	if (!ber_octets(&in, BER_OCTETS, &store, &safe) || in.len > 0)
		return err_reason(e, "pfx.corrupt", "broken contents");
	return pfx_read_safe(r, safe, 0, e);
}

/* AuthenticatedSafe ::= SEQUENCE OF ContentInfo */
static bool read_authenticated(struct pfx_reader *r, struct span in, struct err *e)
{
	struct span body;
	struct content_info c;
	if (!ber_take(&in, BER_SEQUENCE, &body) || in.len > 0)
		return err_reason(e, "pfx.corrupt", "broken authenticated contents");
	for (unsigned n = 0; body.len > 0; n++) {
		if (n == PFX_MAX_BAGS)
			return err_reason(e, "pfx.corrupt", "more than %d parts", PFX_MAX_BAGS);
		if (!take_content_info(&body, &c))
			return err_reason(e, "pfx.corrupt", "broken authenticated contents");
		bool read;
		if (span_equal(c.type, oid_data))
			read = read_plain(r, c.content, e);
		else if (span_equal(c.type, oid_encrypted))
			read = read_encrypted(r, c.content, e);
		else if (span_equal(c.type, oid_enveloped))
			read = err_reason(e, "pfx.unsupported_algorithm",
					  "contents encrypted to a certificate, not to a password");
		else
			read = err_reason(e, "pfx.corrupt", "contents of an unknown kind");
		if (!read)
			return false;
	}
	return true;
}

/* PFX ::= SEQUENCE { version 3, authSafe ContentInfo, macData MacData OPTIONAL } */
static bool take_shell(struct span in, struct content_info *safe, struct span *mac, bool *has_mac,
		       struct err *e)
{
	struct span body;
	uint64_t version;
	if (!ber_take(&in, BER_SEQUENCE, &body) || !ber_uint(&body, &version) ||
	    !take_content_info(&body, safe))
		return err_reason(e, "pfx.corrupt", "not a PFX, or cut short");
	if (in.len > 0)
		return err_reason(e, "pfx.corrupt", "%zu bytes behind its end", in.len);
	if (version != 3)
		return err_reason(e, "pfx.corrupt", "a version that is not 3");
	*has_mac = body.len > 0;
	if (*has_mac && (!ber_take(&body, BER_SEQUENCE, mac) || body.len > 0))
		return err_reason(e, "pfx.corrupt", "broken MacData");
	if (span_equal(safe->type, oid_signed))
		return err_reason(e, "pfx.unsupported_algorithm",
				  "guarded by a signature, not by a password");
	if (!span_equal(safe->type, oid_data))
		return err_reason(e, "pfx.corrupt", "contents of an unknown kind");
	return true;
}

static bool read_file(struct pfx_reader *r, struct span in, bool allow_no_mac, struct err *e)
{
	struct buf store AUTO_BUF = BUF_INIT;
	struct content_info safe;
	struct span mac, data;
	bool has_mac = false;
	if (!take_shell(in, &safe, &mac, &has_mac, e))
		return false;
	if (!ber_octets(&safe.content, BER_OCTETS, &store, &data) || safe.content.len > 0)
		return err_reason(e, "pfx.corrupt", "broken authenticated contents");
	if (!has_mac && !allow_no_mac)
		return err_reason(e, "pfx.no_mac", "nothing guards its contents");
	if (has_mac && !pfx_check_mac(r, mac, data, e))
		return false;
	r->bag.had_mac = has_mac;
	if (!read_authenticated(r, data, e)) {
		if (has_mac && err_is(e, "pfx.wrong_password"))
			return err_wrap(e, "the password fits the MAC, but not the encryption");
		return false;
	}
	if (r->bag.certs.n == 0 && r->bag.n_keys == 0 && r->bag.n_crls == 0)
		return err_reason(e, "pfx.empty", "no certificate and no key in it");
	return true;
}

bool pfx_read(struct span in, const struct secret *password, bool allow_no_mac, struct bag *out,
	      struct err *e)
{
	struct pfx_reader r = {
		.password = password, .work = {PBE_WORK_MAX, &pbe_codes_pfx}, .bag = BAG_INIT};
	if (in.len > PFX_MAX_BYTES)
		return err_reason(e, "limit.body", "a PFX of %zu bytes, at most %zu", in.len,
				  PFX_MAX_BYTES);
	text_copy(r.bag.format, sizeof(r.bag.format), "PFX");
	if (!read_file(&r, in, allow_no_mac, e)) {
		bag_clear(&r.bag);
		return false;
	}
	*out = r.bag;
	return true;
}
