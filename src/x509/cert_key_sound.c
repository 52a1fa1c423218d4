/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/cert.h"
#include "x509/curve.h"

bool cert_key_is_sound(const struct cert *c)
{
	uint8_t one[CURVE_BYTES_MAX] = {0}, x[CURVE_BYTES_MAX], y[CURVE_BYTES_MAX];
	if (c->key_type != KEY_EC || (c->key_bits != 256 && c->key_bits != 384) ||
	    (c->defects & CERT_DEFECT_KEY) != 0)
		return (c->defects & CERT_DEFECT_KEY) == 0;
	enum curve curve = c->key_bits == 256 ? CURVE_P256 : CURVE_P384;
	size_t n = curve_bytes(curve);
	const uint8_t *point = c->key_bits_octets.p;
	/* secp256k1 has 256 bits too; compressed points are left to whoever uses them. */
	if (c->key_curve.len == 5 && c->key_bits == 256)
		return true;
	if (c->key_bits_octets.len != 1 + 2 * n)
		return true;
	one[n - 1] = 1;
	return curve_multiply(curve, one, point + 1, point + 1 + n, x, y);
}
