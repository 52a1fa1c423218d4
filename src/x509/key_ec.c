/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/key_forms.h"

#include "x509/derout.h"
#include "x509/mbed.h"

#include <string.h>

#define POINT_MAX (1 + 2 * MBEDTLS_ECP_MAX_BYTES)

static const struct key_curve curves[] = {
	{OID_SPAN("\x2a\x86\x48\xce\x3d\x03\x01\x07"), MBEDTLS_ECP_DP_SECP256R1, 256, "P-256"},
	{OID_SPAN("\x2b\x81\x04\x00\x22"), MBEDTLS_ECP_DP_SECP384R1, 384, "P-384"},
	{OID_SPAN("\x2b\x81\x04\x00\x23"), MBEDTLS_ECP_DP_SECP521R1, 521, "P-521"},
	{OID_SPAN("\x2a\x86\x48\xce\x3d\x03\x01\x01"), MBEDTLS_ECP_DP_SECP192R1, 192, "P-192"},
	{OID_SPAN("\x2b\x81\x04\x00\x21"), MBEDTLS_ECP_DP_SECP224R1, 224, "P-224"},
	{OID_SPAN("\x2b\x81\x04\x00\x0a"), MBEDTLS_ECP_DP_SECP256K1, 256, "secp256k1"},
	{OID_SPAN("\x2b\x81\x04\x00\x20"), MBEDTLS_ECP_DP_SECP224K1, 224, "secp224k1"},
	{OID_SPAN("\x2b\x81\x04\x00\x1f"), MBEDTLS_ECP_DP_SECP192K1, 192, "secp192k1"},
	{OID_SPAN("\x2b\x24\x03\x03\x02\x08\x01\x01\x07"), MBEDTLS_ECP_DP_BP256R1, 256,
	 "brainpoolP256r1"},
	{OID_SPAN("\x2b\x24\x03\x03\x02\x08\x01\x01\x0b"), MBEDTLS_ECP_DP_BP384R1, 384,
	 "brainpoolP384r1"},
	{OID_SPAN("\x2b\x24\x03\x03\x02\x08\x01\x01\x0d"), MBEDTLS_ECP_DP_BP512R1, 512,
	 "brainpoolP512r1"},
};

const struct key_curve *key_curve_find(struct span oid)
{
	for (size_t i = 0; i < ARRAY_LEN(curves); i++)
		if (span_equal(oid, curves[i].oid))
			return &curves[i];
	return NULL;
}

struct ec_numbers {
	struct span d, parameters, point; /* point: empty when absent */
};

static bool read_numbers(struct span in, struct ec_numbers *out, struct err *e)
{
	struct span body, tagged, bits;
	uint64_t version;
	*out = (struct ec_numbers){.point = {.p = NULL}};
	if (!ber_take(&in, BER_SEQUENCE, &body) || in.len > 0 || !ber_uint(&body, &version) ||
	    version != 1 || !ber_take(&body, BER_OCTETS, &out->d))
		return err_reason(e, "key.corrupt", "broken EC key");
	if (ber_is(body, BER_EXPLICIT_0) && !ber_take(&body, BER_EXPLICIT_0, &out->parameters))
		return err_reason(e, "key.corrupt", "broken EC parameters");
	if (ber_is(body, BER_EXPLICIT_1)) {
		if (!ber_take(&body, BER_EXPLICIT_1, &tagged) ||
		    !ber_take(&tagged, BER_BIT_STRING, &bits) || bits.len < 2 || bits.p[0] != 0)
			return err_reason(e, "key.corrupt", "broken public half of the EC key");
		out->point = span_of(bits.p + 1, bits.len - 1);
	}
	if (body.len > 0)
		return err_reason(e, "key.corrupt", "an EC key with something behind it");
	while (out->d.len > 0 && out->d.p[0] == 0)
		out->d = span_of(out->d.p + 1, out->d.len - 1);
	return true;
}

static const struct key_curve *curve_of(struct span parameters, struct err *e)
{
	struct span oid;
	const struct key_curve *c = NULL;
	if (parameters.len == 0)
		(void)err_reason(e, "key.corrupt", "an EC key that names no curve");
	else if (ber_is(parameters, BER_SEQUENCE))
		(void)err_reason(e, "x509.unsupported_key", "an EC key with a curve of its own");
	else if (!ber_take(&parameters, BER_OID, &oid) || parameters.len > 0)
		(void)err_reason(e, "key.corrupt", "broken EC parameters");
	else if (!(c = key_curve_find(oid)))
		(void)err_reason(e, "x509.unsupported_key", "an EC key on an unknown curve");
	return c;
}

/* Whole, compressed or hybrid (SEC 1 2.3.3): the same point as ours, which is whole. */
static bool same_point(struct span given, const uint8_t *ours, size_t ours_len)
{
	size_t n = (ours_len - 1) / 2;
	unsigned form = given.p[0], parity = ours[ours_len - 1] & 1;
	if (form == 2 || form == 3)
		return given.len == 1 + n && (form & 1) == parity &&
		       memcmp(given.p + 1, ours + 1, n) == 0;
	return given.len == ours_len && (form == 4 || form == 6 + parity) &&
	       memcmp(given.p + 1, ours + 1, 2 * n) == 0;
}

static bool public_point(const struct key_curve *c, struct span d, uint8_t out[static POINT_MAX],
			 size_t *len_out, struct err *e)
{
	mbedtls_ecp_keypair pair;
	mbedtls_ecp_keypair_init(&pair);
	int r = mbedtls_ecp_read_key(c->group, &pair, d.p, d.len);
	if (r == 0)
		r = mbedtls_ecp_keypair_calc_public(&pair, mbed_random, NULL);
	if (r == 0)
		r = mbedtls_ecp_write_public_key(&pair, MBEDTLS_ECP_PF_UNCOMPRESSED, len_out, out,
						 POINT_MAX);
	mbedtls_ecp_keypair_free(&pair);
	if (r == MBEDTLS_ERR_ECP_INVALID_KEY || r == MBEDTLS_ERR_ECP_BAD_INPUT_DATA)
		return err_reason(e, "key.corrupt", "a number that is no key on %s", c->name);
	return r == 0 || mbed_error(e, r, "cannot work out the public half of the EC key");
}

static void write_private(struct buf *out, const struct key_curve *c, struct span d,
			  struct span point)
{
	size_t n = (c->bits + 7) / 8;
	size_t whole = der_begin(out, BER_SEQUENCE);
	der_uint(out, 1);
	size_t number = der_begin(out, BER_OCTETS);
	for (size_t i = d.len; i < n; i++)
		buf_add_char(out, 0);
	buf_add_span(out, d);
	der_end(out, number);
	size_t tagged = der_begin(out, BER_EXPLICIT_1);
	size_t bits = der_begin(out, BER_BIT_STRING);
	buf_add_char(out, 0);
	buf_add_span(out, point);
	der_end(out, bits);
	der_end(out, tagged);
	der_end(out, whole);
}

bool key_ec_read(struct span in, struct span parameters, struct key_parts *out, struct err *e)
{
	struct ec_numbers n;
	struct buf inner AUTO_BUF = {.secret = true}, curve AUTO_BUF = BUF_INIT;
	uint8_t point[POINT_MAX];
	size_t len;
	if (!read_numbers(in, &n, e))
		return false;
	const struct key_curve *c = curve_of(parameters.len > 0 ? parameters : n.parameters, e);
	if (!c)
		return false;
	if (n.d.len == 0 || n.d.len > (c->bits + 7) / 8)
		return err_reason(e, "key.corrupt", "a number that is no key on %s", c->name);
	if (!public_point(c, n.d, point, &len, e))
		return false;
	if (n.point.len > 0 && !same_point(n.point, point, len))
		return err_reason(e, "key.corrupt",
				  "the halves of the EC key do not belong together");
	write_private(&inner, c, n.d, span_of(point, len));
	der_oid(&curve, c->oid);
	if (!buf_ok(&inner) || !buf_ok(&curve))
		return err_nomem(e);
	out->type = KEY_EC;
	out->bits = c->bits;
	out->curve = c->name;
	key_wrap_private(&out->pkcs8, key_oid_ec, buf_span(&curve), buf_span(&inner));
	key_wrap_public(&out->spki, key_oid_ec, buf_span(&curve), span_of(point, len));
	return true;
}
