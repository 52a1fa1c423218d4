/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/key_forms.h"

#include "x509/derout.h"
#include "x509/oid.h"

const struct span key_oid_rsa = OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"),
		  key_oid_rsa_pss = OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"),
		  key_oid_ec = OID_SPAN("\x2a\x86\x48\xce\x3d\x02\x01"),
		  key_oid_ed25519 = OID_SPAN("\x2b\x65\x70"),
		  key_oid_ed448 = OID_SPAN("\x2b\x65\x71"),
		  key_oid_dsa = OID_SPAN("\x2a\x86\x48\xce\x38\x04\x01");

static const uint8_t der_of_null[] = {BER_NULL, 0};

void key_parts_clear(struct key_parts *k)
{
	buf_clear(&k->pkcs8);
	buf_clear(&k->spki);
}

static void add_algorithm(struct buf *out, struct span oid, struct span parameters)
{
	size_t a = der_begin(out, BER_SEQUENCE);
	der_oid(out, oid);
	buf_add_span(out, parameters);
	der_end(out, a);
}

void key_wrap_private(struct buf *out, struct span oid, struct span parameters, struct span key)
{
	size_t whole = der_begin(out, BER_SEQUENCE);
	der_uint(out, 0);
	add_algorithm(out, oid, parameters);
	der_octets(out, key);
	der_end(out, whole);
}

void key_wrap_public(struct buf *out, struct span oid, struct span parameters, struct span key)
{
	size_t whole = der_begin(out, BER_SEQUENCE);
	add_algorithm(out, oid, parameters);
	size_t bits = der_begin(out, BER_BIT_STRING);
	buf_add_char(out, 0);
	buf_add_span(out, key);
	der_end(out, bits);
	der_end(out, whole);
}

static bool read_pkcs8_rsa(struct span key, struct ber_algorithm a, struct key_parts *out,
			   struct err *e)
{
	bool is_pss = span_equal(a.oid, key_oid_rsa_pss);
	if (!is_pss && !ber_is_null_or_absent(a.parameters))
		return err_reason(e, "key.corrupt", "an RSA key with parameters");
	if (!is_pss)
		a.parameters = span_of(der_of_null, sizeof(der_of_null));
	return key_rsa_read(key, &a, out, e);
}

/* PrivateKeyInfo (RFC 5958). Attributes and the second copy of the public half say nothing that we need. */
static bool read_pkcs8(struct span in, struct key_parts *out, struct err *e)
{
	static const struct {
		const struct span *oid;
		enum key_type type;
	} others[] = {{&key_oid_ed25519, KEY_ED25519},
		      {&key_oid_ed448, KEY_ED448},
		      {&key_oid_dsa, KEY_DSA}};
	struct buf plain AUTO_BUF = {.secret = true};
	struct span body, key;
	struct ber_algorithm a;
	struct ber_item extra;
	uint64_t version;
	if (!ber_take(&in, BER_SEQUENCE, &body) || in.len > 0 || !ber_uint(&body, &version) ||
	    version > 1 || !ber_algorithm(&body, &a) || !ber_take(&body, BER_OCTETS, &key))
		return err_reason(e, "key.corrupt", "broken PKCS#8 key");
	while (body.len > 0)
		if (!ber_next(&body, &extra) || (extra.tag != 0xa0 && extra.tag != 0x81))
			return err_reason(e, "key.corrupt",
					  "a PKCS#8 key with something behind it");
	if (span_equal(a.oid, key_oid_rsa) || span_equal(a.oid, key_oid_rsa_pss))
		return read_pkcs8_rsa(key, a, out, e);
	if (span_equal(a.oid, key_oid_ec))
		return key_ec_read(key, a.parameters, out, e);
	key_wrap_private(&plain, a.oid, a.parameters, key);
	if (!buf_ok(&plain))
		return err_nomem(e);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (span_equal(a.oid, *others[i].oid))
			return key_other_read(buf_span(&plain), others[i].type, out, e);
	struct buf text AUTO_BUF = BUF_INIT;
	oid_text(a.oid, &text);
	return err_reason(e, "x509.unsupported_key", "a key of type %s", buf_str(&text));
}

/* The old DSA form: SEQUENCE { 0, p, q, g, y, x }. */
static bool read_old_dsa(struct span body, struct key_parts *out, struct err *e)
{
	struct buf pkcs8 AUTO_BUF = {.secret = true}, parameters AUTO_BUF = BUF_INIT,
			 inner AUTO_BUF = {.secret = true};
	struct ber_item n[5];
	for (size_t i = 0; i < ARRAY_LEN(n); i++)
		if (!ber_next(&body, &n[i]) || n[i].tag != BER_INTEGER)
			return err_reason(e, "key.corrupt", "broken DSA key");
	if (body.len > 0)
		return err_reason(e, "key.corrupt", "a DSA key with something behind it");
	size_t s = der_begin(&parameters, BER_SEQUENCE);
	for (size_t i = 0; i < 3; i++)
		buf_add_span(&parameters, n[i].whole);
	der_end(&parameters, s);
	buf_add_span(&inner, n[4].whole);
	if (!buf_ok(&parameters) || !buf_ok(&inner))
		return err_nomem(e);
	key_wrap_private(&pkcs8, key_oid_dsa, buf_span(&parameters), buf_span(&inner));
	return buf_ok(&pkcs8) ? key_other_read(buf_span(&pkcs8), KEY_DSA, out, e) : err_nomem(e);
}

static size_t count_items(struct span body)
{
	struct ber_item item;
	size_t n = 0;
	while (body.len > 0 && ber_next(&body, &item))
		n++;
	return n;
}

static bool take_apart(struct span in, struct key_parts *out, const char **form_out, struct err *e)
{
	const struct ber_algorithm rsa = {key_oid_rsa, span_of(der_of_null, sizeof(der_of_null))};
	struct span s = in, body;
	uint64_t version;
	if (!ber_take(&s, BER_SEQUENCE, &body) || s.len > 0)
		return err_reason(e, "key.corrupt", "not a key");
	struct span members = body;
	if (!ber_uint(&body, &version))
		return err_reason(e, "key.corrupt", "not a key");
	if (ber_is(body, BER_SEQUENCE)) {
		*form_out = "PKCS#8";
		return read_pkcs8(in, out, e);
	}
	if (ber_is(body, BER_OCTETS)) {
		*form_out = "SEC1";
		return key_ec_read(in, span_of(NULL, 0), out, e);
	}
	if (ber_is(body, BER_INTEGER) && version == 0 && count_items(members) == 6) {
		*form_out = "DSA";
		return read_old_dsa(body, out, e);
	}
	*form_out = "PKCS#1";
	return key_rsa_read(in, &rsa, out, e);
}

bool key_take_apart(struct span in, struct key_parts *out, const char **form_out, struct err *e)
{
	struct key_parts k AUTO_KEY_PARTS = KEY_PARTS_INIT;
	if (!take_apart(in, &k, form_out, e))
		return false;
	if (!buf_ok(&k.pkcs8) || !buf_ok(&k.spki))
		return err_nomem(e);
	*out = k;
	k = (struct key_parts)KEY_PARTS_INIT;
	return true;
}
