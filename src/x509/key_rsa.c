/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/key_forms.h"

#include "x509/derout.h"
#include "x509/mbed.h"

#include <mbedtls/rsa.h>

enum rsa_integer { RSA_N, RSA_E, RSA_D, RSA_P, RSA_Q, RSA_DP, RSA_DQ, RSA_QI, RSA_N_INTEGERS };

struct rsa_numbers {
	struct span v[RSA_N_INTEGERS]; /* magnitudes without leading zeros */
};

static bool read_numbers(struct span in, struct rsa_numbers *out, struct err *e)
{
	struct span body;
	uint64_t version;
	if (!ber_take(&in, BER_SEQUENCE, &body) || in.len > 0 || !ber_uint(&body, &version))
		return err_reason(e, "key.corrupt", "broken RSA key");
	if (version != 0)
		return err_reason(e, "x509.unsupported_key", "an RSA key of more than two primes");
	for (size_t i = 0; i < RSA_N_INTEGERS; i++) {
		struct span n;
		if (!ber_take(&body, BER_INTEGER, &n) || n.len == 0 || (n.p[0] & 0x80))
			return err_reason(e, "key.corrupt", "broken RSA key");
		while (n.len > 0 && n.p[0] == 0)
			n = span_of(n.p + 1, n.len - 1);
		out->v[i] = n;
	}
	if (body.len > 0)
		return err_reason(e, "key.corrupt", "an RSA key with something behind it");
	return true;
}

static void write_numbers(mbedtls_rsa_context *rsa, struct buf *private_out, struct buf *public_out)
{
	mbedtls_mpi m[RSA_N_INTEGERS];
	for (size_t i = 0; i < RSA_N_INTEGERS; i++)
		mbedtls_mpi_init(&m[i]);
	if (mbedtls_rsa_export(rsa, &m[RSA_N], &m[RSA_P], &m[RSA_Q], &m[RSA_D], &m[RSA_E]) != 0 ||
	    mbedtls_rsa_export_crt(rsa, &m[RSA_DP], &m[RSA_DQ], &m[RSA_QI]) != 0)
		private_out->failed = true;
	size_t private = der_begin(private_out, BER_SEQUENCE);
	der_uint(private_out, 0);
	for (size_t i = 0; i < RSA_N_INTEGERS; i++)
		mbed_add_integer(private_out, &m[i]);
	der_end(private_out, private);
	size_t public = der_begin(public_out, BER_SEQUENCE);
	mbed_add_integer(public_out, &m[RSA_N]);
	mbed_add_integer(public_out, &m[RSA_E]);
	der_end(public_out, public);
	for (size_t i = 0; i < RSA_N_INTEGERS; i++)
		mbedtls_mpi_free(&m[i]);
}

/* The numbers that were given for the Chinese remainders are those that follow from the rest. */
static bool crt_agrees(mbedtls_rsa_context *rsa, const struct rsa_numbers *n)
{
	mbedtls_mpi dp, dq, qi;
	mbedtls_mpi_init(&dp);
	mbedtls_mpi_init(&dq);
	mbedtls_mpi_init(&qi);
	bool agrees = mbedtls_rsa_export_crt(rsa, &dp, &dq, &qi) == 0 &&
		      mbed_mpi_equals(&dp, n->v[RSA_DP]) && mbed_mpi_equals(&dq, n->v[RSA_DQ]) &&
		      mbed_mpi_equals(&qi, n->v[RSA_QI]);
	mbedtls_mpi_free(&dp);
	mbedtls_mpi_free(&dq);
	mbedtls_mpi_free(&qi);
	return agrees;
}

/* Some programs write keys without primes (all zero): those are worked out. */
static int load(mbedtls_rsa_context *rsa, const struct rsa_numbers *n, bool has_primes)
{
	const struct span *v = n->v;
	int r = mbedtls_rsa_import_raw(rsa, v[RSA_N].p, v[RSA_N].len,
				       has_primes ? v[RSA_P].p : NULL, v[RSA_P].len,
				       has_primes ? v[RSA_Q].p : NULL, v[RSA_Q].len, v[RSA_D].p,
				       v[RSA_D].len, v[RSA_E].p, v[RSA_E].len);
	if (r == 0)
		r = mbedtls_rsa_complete(rsa);
	return r != 0 ? r : mbedtls_rsa_check_privkey(rsa);
}

static bool check_size(const struct rsa_numbers *n, unsigned *bits_out, struct err *e)
{
	struct span modulus = n->v[RSA_N];
	if (modulus.len * 8 > KEY_RSA_BITS_MAX)
		return err_reason(e, "x509.unsupported_key", "an RSA key of %zu bits, at most %d",
				  modulus.len * 8, KEY_RSA_BITS_MAX);
	unsigned bits = (unsigned)modulus.len * 8;
	for (unsigned mask = 0x80; modulus.len > 0 && !(modulus.p[0] & mask); mask >>= 1)
		bits--;
	if (bits < KEY_RSA_BITS_MIN)
		return err_reason(e, "x509.unsupported_key", "an RSA key of %u bits, at least %d",
				  bits, KEY_RSA_BITS_MIN);
	*bits_out = bits;
	return true;
}

bool key_rsa_read(struct span in, const struct ber_algorithm *algorithm, struct key_parts *out,
		  struct err *e)
{
	struct rsa_numbers n;
	struct buf inner AUTO_BUF = {.secret = true}, public AUTO_BUF = BUF_INIT;
	mbedtls_rsa_context rsa;
	if (!read_numbers(in, &n, e) || !check_size(&n, &out->bits, e))
		return false;
	bool has_primes = n.v[RSA_P].len > 0 && n.v[RSA_Q].len > 0;
	mbedtls_rsa_init(&rsa);
	int r = load(&rsa, &n, has_primes);
	bool sound = r == 0 && (!has_primes || crt_agrees(&rsa, &n));
	if (sound)
		write_numbers(&rsa, &inner, &public);
	mbedtls_rsa_free(&rsa);
	if (!sound)
		return r == MBEDTLS_ERR_MPI_ALLOC_FAILED
			       ? err_nomem(e)
			       : err_reason(e, "key.corrupt",
					    "the numbers of the RSA key do not belong together");
	if (!buf_ok(&inner) || !buf_ok(&public))
		return err_nomem(e);
	out->type = span_equal(algorithm->oid, key_oid_rsa_pss) ? KEY_RSA_PSS : KEY_RSA;
	key_wrap_private(&out->pkcs8, algorithm->oid, algorithm->parameters, buf_span(&inner));
	key_wrap_public(&out->spki, algorithm->oid, algorithm->parameters, buf_span(&public));
	return true;
}
