/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/cert_read.h"

#include "x509/der.h"
#include "x509/oid.h"

struct key_algorithm {
	struct span oid;
	enum key_type type;
	unsigned bits; /* 0: from the key or its curve */
};

struct curve {
	struct span oid;
	unsigned bits;
};

#define LITERAL(s)                                                                                 \
	{                                                                                          \
		(const uint8_t *)(s), sizeof(s) - 1                                                \
	}
static const struct key_algorithm algorithms[] = {
	{LITERAL("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"), KEY_RSA, 0},
	{LITERAL("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"), KEY_RSA_PSS, 0},
	{LITERAL("\x2a\x86\x48\xce\x3d\x02\x01"), KEY_EC, 0},
	{LITERAL("\x2b\x65\x70"), KEY_ED25519, 256},
	{LITERAL("\x2b\x65\x71"), KEY_ED448, 456},
	{LITERAL("\x2a\x86\x48\xce\x38\x04\x01"), KEY_DSA, 0},
};

static const struct curve curves[] = {
	{LITERAL("\x2a\x86\x48\xce\x3d\x03\x01\x01"), 192},	/* secp192r1 */
	{LITERAL("\x2b\x81\x04\x00\x21"), 224},			/* secp224r1 */
	{LITERAL("\x2a\x86\x48\xce\x3d\x03\x01\x07"), 256},	/* secp256r1 */
	{LITERAL("\x2b\x81\x04\x00\x22"), 384},			/* secp384r1 */
	{LITERAL("\x2b\x81\x04\x00\x23"), 521},			/* secp521r1 */
	{LITERAL("\x2b\x81\x04\x00\x0a"), 256},			/* secp256k1 */
	{LITERAL("\x2b\x24\x03\x03\x02\x08\x01\x01\x07"), 256}, /* brainpoolP256r1 */
	{LITERAL("\x2b\x24\x03\x03\x02\x08\x01\x01\x0b"), 384}, /* brainpoolP384r1 */
	{LITERAL("\x2b\x24\x03\x03\x02\x08\x01\x01\x0d"), 512}, /* brainpoolP512r1 */
};
#undef LITERAL

/* Bits of a positive INTEGER; 0 where it is none. */
static unsigned integer_bits(struct span s)
{
	if (s.len == 0 || (s.p[0] & 0x80) != 0)
		return 0;
	while (s.len > 0 && s.p[0] == 0) {
		s.p++;
		s.len--;
	}
	unsigned bits = (unsigned)(8 * s.len);
	for (uint8_t mask = 0x80; s.len > 0 && mask != 0 && (s.p[0] & mask) == 0; mask >>= 1)
		bits--;
	return bits;
}

static bool read_rsa(struct cert *c)
{
	struct der d;
	struct span modulus, exponent;
	if (!der_only(c->key_bits_octets, DER_SEQUENCE, &d) ||
	    !der_get(&d, DER_INTEGER, &modulus) || !der_get(&d, DER_INTEGER, &exponent) ||
	    !der_done(&d))
		return false;
	c->key_bits = integer_bits(modulus);
	/* RFC 8017 3.1: both odd. RFC 3279 2.3.1: NULL parameters, which PSS keys need not have. */
	return c->key_bits > 0 && integer_bits(exponent) > 1 &&
	       (modulus.p[modulus.len - 1] & 1) != 0 && (exponent.p[exponent.len - 1] & 1) != 0 &&
	       (c->key_type == KEY_RSA_PSS ||
		span_equal(c->key_parameters, span_of("\x05\x00", 2)));
}

/* A named curve and an uncompressed or compressed point of its size (RFC 5480). */
static bool read_ec(struct cert *c)
{
	struct der d = der_of(c->key_parameters);
	if (!der_get(&d, DER_OID, &c->key_curve) || !der_done(&d))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(curves); i++) {
		size_t octets = (curves[i].bits + 7) / 8;
		struct span point = c->key_bits_octets;
		if (!oid_is(c->key_curve, curves[i].oid))
			continue;
		c->key_bits = curves[i].bits;
		if (point.len == 0)
			return false;
		return (point.p[0] == 4 && point.len == 1 + 2 * octets) ||
		       ((point.p[0] == 2 || point.p[0] == 3) && point.len == 1 + octets);
	}
	return false;
}

/* DSA without parameters takes its issuer's (RFC 3279 2.3.2): size unknown here, and no fault. */
static bool read_dsa(struct cert *c)
{
	struct der d;
	struct span p;
	if (c->key_parameters.len == 0)
		return true;
	if (!der_only(c->key_parameters, DER_SEQUENCE, &d) || !der_get(&d, DER_INTEGER, &p))
		return false;
	c->key_bits = integer_bits(p);
	return c->key_bits > 0;
}

static bool read_by_type(struct cert *c)
{
	switch (c->key_type) {
	case KEY_RSA:
	case KEY_RSA_PSS:
		return read_rsa(c);
	case KEY_EC:
		return read_ec(c);
	case KEY_ED25519:
		return c->key_bits_octets.len == 32 && c->key_parameters.len == 0;
	case KEY_ED448:
		return c->key_bits_octets.len == 57 && c->key_parameters.len == 0;
	case KEY_DSA:
		return read_dsa(c);
	case KEY_UNKNOWN:
		break;
	}
	return false;
}

static bool read_spki(struct cert *c)
{
	struct der d, algorithm;
	struct span oid;
	unsigned unused;
	if (!der_only(c->spki, DER_SEQUENCE, &d) || !der_enter(&d, DER_SEQUENCE, &algorithm) ||
	    !der_get(&algorithm, DER_OID, &oid))
		return false;
	c->key_parameters = span_of(algorithm.p, (size_t)(algorithm.end - algorithm.p));
	if (!der_bits(&d, DER_BIT_STRING, &c->key_bits_octets, &unused) || unused != 0 ||
	    !der_done(&d))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++)
		if (oid_is(oid, algorithms[i].oid)) {
			c->key_type = algorithms[i].type;
			c->key_bits = algorithms[i].bits;
			return read_by_type(c);
		}
	return false;
}

void cert_read_key(struct cert *c)
{
	if (!read_spki(c))
		c->defects |= CERT_DEFECT_KEY;
}
