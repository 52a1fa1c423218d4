/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/curve.h"

#include "base/secret.h"

#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <string.h>

static const struct ecc_curve *curve_of(enum curve c)
{
	return c == CURVE_P256 ? nettle_get_secp_256r1() : nettle_get_secp_384r1();
}

size_t curve_bytes(enum curve c)
{
	return c == CURVE_P256 ? 32 : 48;
}

static void read_number(mpz_t z, const uint8_t *bytes, size_t len)
{
	mpz_init2(z, CURVE_BYTES_MAX * 8);
	mpz_import(z, len, 1, 1, 1, 0, bytes);
}

static void wipe_number(mpz_t z)
{
	size_t limbs = (size_t)z->_mp_alloc;

	secret_wipe(mpz_limbs_write(z, (mp_size_t)limbs), limbs * sizeof(mp_limb_t));
	mpz_clear(z);
}

/* Left-padded with zeroes. */
static void write_number(const mpz_t z, uint8_t *out, size_t len)
{
	size_t n = (mpz_sizeinbase(z, 2) + 7) / 8;

	memset(out, 0, len);
	if (mpz_sgn(z) != 0)
		mpz_export(out + len - n, NULL, 1, 1, 1, 0, z);
}

static bool set_scalar(struct ecc_scalar *s, const uint8_t *bytes, size_t len)
{
	mpz_t z;
	bool ok;

	read_number(z, bytes, len);
	ok = ecc_scalar_set(s, z) != 0;
	wipe_number(z);
	return ok;
}

static bool set_point(struct ecc_point *p, const uint8_t *x, const uint8_t *y, size_t len)
{
	mpz_t zx, zy;
	bool ok;

	read_number(zx, x, len);
	read_number(zy, y, len);
	ok = ecc_point_set(p, zx, zy) != 0;
	mpz_clear(zx);
	mpz_clear(zy);
	return ok;
}

/* The product may be a shared secret: wiped too. */
static void get_point(const struct ecc_point *p, uint8_t *x_out, uint8_t *y_out, size_t len)
{
	mpz_t zx, zy;

	mpz_init2(zx, CURVE_BYTES_MAX * 8);
	mpz_init2(zy, CURVE_BYTES_MAX * 8);
	ecc_point_get(p, zx, zy);
	write_number(zx, x_out, len);
	write_number(zy, y_out, len);
	wipe_number(zx);
	wipe_number(zy);
}

bool curve_multiply(enum curve c, const uint8_t *scalar, const uint8_t *x, const uint8_t *y,
		    uint8_t *x_out, uint8_t *y_out)
{
	size_t len = curve_bytes(c);
	struct ecc_scalar s;
	struct ecc_point p, product;
	bool ok;

	ecc_scalar_init(&s, curve_of(c));
	ecc_point_init(&p, curve_of(c));
	ecc_point_init(&product, curve_of(c));
	ok = set_scalar(&s, scalar, len) && (!x || set_point(&p, x, y, len));
	if (ok && x)
		ecc_point_mul(&product, &s, &p);
	else if (ok)
		ecc_point_mul_g(&product, &s);
	if (ok)
		get_point(&product, x_out, y_out, len);
	secret_wipe(s.p, len); /* the limbs that nettle keeps */
	secret_wipe(product.p, 2 * len);
	ecc_point_clear(&product);
	ecc_point_clear(&p);
	ecc_scalar_clear(&s);
	return ok;
}
