/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/fast.h"

#include "base/secret.h"
#include "tls/fast_hash.h"
#include "tls/mbed.h"
#include "x509/aead.h"
#include "x509/curve.h"

#include <dlfcn.h>
#include <mbedtls/aes.h>
#include <mbedtls/ecp.h>
#include <mbedtls/gcm.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

typedef int (*multiply_fn)(mbedtls_ecp_group *, mbedtls_ecp_point *, const mbedtls_mpi *,
			   const mbedtls_ecp_point *, int (*)(void *, unsigned char *, size_t),
			   void *, mbedtls_ecp_restart_ctx *);
typedef int (*muladd_fn)(mbedtls_ecp_group *, mbedtls_ecp_point *, const mbedtls_mpi *,
			 const mbedtls_ecp_point *, const mbedtls_mpi *, const mbedtls_ecp_point *,
			 mbedtls_ecp_restart_ctx *);
typedef int (*seal_fn)(mbedtls_gcm_context *, int, size_t, const unsigned char *, size_t,
		       const unsigned char *, size_t, const unsigned char *, unsigned char *,
		       size_t, unsigned char *);
typedef int (*open_fn)(mbedtls_gcm_context *, size_t, const unsigned char *, size_t,
		       const unsigned char *, size_t, const unsigned char *, size_t,
		       const unsigned char *, unsigned char *);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static multiply_fn own_multiply;
static muladd_fn own_muladd;
static seal_fn own_seal;
static open_fn own_open;
static bool curves_on, aead_on;
static atomic_ulong n_multiplied, n_sealed;

/* ---- point multiplication ---- */

static bool curve_of(const mbedtls_ecp_group *g, enum curve *out)
{
	if (g->id != MBEDTLS_ECP_DP_SECP256R1 && g->id != MBEDTLS_ECP_DP_SECP384R1)
		return false;
	*out = g->id == MBEDTLS_ECP_DP_SECP256R1 ? CURVE_P256 : CURVE_P384;
	return true;
}

struct numbers {
	uint8_t m[CURVE_BYTES_MAX], x[CURVE_BYTES_MAX], y[CURVE_BYTES_MAX];
};

/* True when it was done; else the library's own is asked, which also knows what is wrong. */
static bool multiply(mbedtls_ecp_group *g, mbedtls_ecp_point *r, const mbedtls_mpi *m,
		     const mbedtls_ecp_point *p)
{
	bool generator = mbedtls_ecp_point_cmp(p, &g->G) == 0, ok;
	struct numbers n;
	enum curve c;
	size_t len;

	if (!curve_of(g, &c))
		return false;
	len = curve_bytes(c);
	ok = (generator || mbedtls_mpi_cmp_int(&p->MBEDTLS_PRIVATE(Z), 1) == 0) &&
	     m->MBEDTLS_PRIVATE(s) > 0 && mbedtls_mpi_write_binary(m, n.m, len) == 0 &&
	     mbedtls_mpi_write_binary(&p->MBEDTLS_PRIVATE(X), n.x, len) == 0 &&
	     mbedtls_mpi_write_binary(&p->MBEDTLS_PRIVATE(Y), n.y, len) == 0 &&
	     curve_multiply(c, n.m, generator ? NULL : n.x, n.y, n.x, n.y) &&
	     mbedtls_mpi_read_binary(&r->MBEDTLS_PRIVATE(X), n.x, len) == 0 &&
	     mbedtls_mpi_read_binary(&r->MBEDTLS_PRIVATE(Y), n.y, len) == 0 &&
	     mbedtls_mpi_lset(&r->MBEDTLS_PRIVATE(Z), 1) == 0;
	secret_wipe(&n, sizeof(n));
	return ok;
}

/* m times P and n times Q, which is what checking a signature takes: ours make the products, and the
 * library adds them. */
static bool muladd(mbedtls_ecp_group *g, mbedtls_ecp_point *r, const mbedtls_mpi *m,
		   const mbedtls_ecp_point *p, const mbedtls_mpi *n, const mbedtls_ecp_point *q)
{
	mbedtls_ecp_point mp, nq;
	mbedtls_mpi one;
	bool ok;

	mbedtls_ecp_point_init(&mp);
	mbedtls_ecp_point_init(&nq);
	mbedtls_mpi_init(&one);
	ok = mbedtls_mpi_lset(&one, 1) == 0 && multiply(g, &mp, m, p) && multiply(g, &nq, n, q) &&
	     own_muladd(g, r, &one, &mp, &one, &nq, NULL) == 0;
	mbedtls_mpi_free(&one);
	mbedtls_ecp_point_free(&nq);
	mbedtls_ecp_point_free(&mp);
	return ok;
}

/* ---- AES-GCM ---- */

/* The key stands at the head of the expanded one. Empty: not AES of 128 or 256 bits. */
static struct span key_of(const mbedtls_gcm_context *g)
{
	const mbedtls_cipher_context_t *cipher = &g->MBEDTLS_PRIVATE(cipher_ctx);
	const mbedtls_aes_context *aes = cipher->MBEDTLS_PRIVATE(cipher_ctx);
	mbedtls_cipher_type_t type = mbedtls_cipher_get_type(cipher);

	if (!aes || (type != MBEDTLS_CIPHER_AES_128_ECB && type != MBEDTLS_CIPHER_AES_256_ECB))
		return span_of(NULL, 0);
	return span_of(aes->MBEDTLS_PRIVATE(buf) + aes->MBEDTLS_PRIVATE(rk_offset),
		       type == MBEDTLS_CIPHER_AES_128_ECB ? 16 : 32);
}

static bool seal_record(mbedtls_gcm_context *g, size_t len, const unsigned char *nonce,
			const unsigned char *bound, size_t bound_len, const unsigned char *in,
			unsigned char *out)
{
	struct span key = key_of(g);

	return key.len > 0 && aead_seal(key, nonce, span_of(bound, bound_len), in, len, out);
}

/* ---- are they right? ---- */

static bool check_curve(mbedtls_ecp_group_id id)
{
	mbedtls_ecp_group g;
	mbedtls_ecp_point ours, theirs, q;
	mbedtls_mpi m;
	bool ok;

	mbedtls_ecp_group_init(&g);
	mbedtls_ecp_point_init(&ours);
	mbedtls_ecp_point_init(&theirs);
	mbedtls_ecp_point_init(&q);
	mbedtls_mpi_init(&m);
	ok = mbedtls_ecp_group_load(&g, id) == 0 && mbedtls_mpi_lset(&m, 0x1234567) == 0 &&
	     mbedtls_mpi_shift_l(&m, 150) == 0 && mbedtls_mpi_add_int(&m, &m, 77) == 0 &&
	     own_multiply(&g, &q, &m, &g.G, tls_rng, NULL, NULL) == 0 &&
	     multiply(&g, &ours, &m, &g.G) && mbedtls_ecp_point_cmp(&ours, &q) == 0 &&
	     own_multiply(&g, &theirs, &m, &q, tls_rng, NULL, NULL) == 0 &&
	     multiply(&g, &ours, &m, &q) && mbedtls_ecp_point_cmp(&ours, &theirs) == 0 &&
	     own_muladd(&g, &theirs, &m, &g.G, &m, &q, NULL) == 0 &&
	     muladd(&g, &ours, &m, &g.G, &m, &q) && mbedtls_ecp_point_cmp(&ours, &theirs) == 0;
	mbedtls_ecp_point_free(&ours);
	mbedtls_ecp_point_free(&theirs);
	mbedtls_ecp_point_free(&q);
	mbedtls_mpi_free(&m);
	mbedtls_ecp_group_free(&g);
	return ok;
}

static bool check_seal(unsigned key_bits)
{
	static const uint8_t key[32] = "a key that is no key, 32 bytes.", nonce[12] = "nonce",
			     bound[13];
	uint8_t ours[100 + AEAD_TAG_BYTES] = "text", theirs[sizeof(ours)] = "text";
	mbedtls_gcm_context g;
	bool ok;

	mbedtls_gcm_init(&g);
	ok = mbedtls_gcm_setkey(&g, MBEDTLS_CIPHER_ID_AES, key, key_bits) == 0 &&
	     own_seal(&g, MBEDTLS_GCM_ENCRYPT, 100, nonce, sizeof(nonce), bound, sizeof(bound),
		      theirs, theirs, AEAD_TAG_BYTES, theirs + 100) == 0 &&
	     seal_record(&g, 100, nonce, bound, sizeof(bound), ours, ours) &&
	     memcmp(ours, theirs, sizeof(ours)) == 0 &&
	     aead_open(key_of(&g), nonce, span_of(bound, sizeof(bound)), ours, 100, ours) ==
		     AEAD_OPENED &&
	     memcmp(ours, "text", 5) == 0;
	mbedtls_gcm_free(&g);
	return ok;
}

static void start(void)
{
	*(void **)&own_multiply = dlsym(RTLD_NEXT, "mbedtls_ecp_mul_restartable");
	*(void **)&own_muladd = dlsym(RTLD_NEXT, "mbedtls_ecp_muladd_restartable");
	*(void **)&own_seal = dlsym(RTLD_NEXT, "mbedtls_gcm_crypt_and_tag");
	*(void **)&own_open = dlsym(RTLD_NEXT, "mbedtls_gcm_auth_decrypt");
	curves_on = own_multiply && own_muladd && check_curve(MBEDTLS_ECP_DP_SECP256R1) &&
		    check_curve(MBEDTLS_ECP_DP_SECP384R1);
	aead_on = own_seal && own_open && check_seal(128) && check_seal(256);
}

bool fast_is_on(void)
{
	pthread_once(&once, start);
	return curves_on && aead_on && fast_hash_is_on();
}

unsigned long fast_multiplied(void)
{
	return atomic_load(&n_multiplied);
}

unsigned long fast_sealed(void)
{
	return atomic_load(&n_sealed);
}

/* ---- mbedTLS's names ---- */

int mbedtls_ecp_mul_restartable(mbedtls_ecp_group *grp, mbedtls_ecp_point *R, const mbedtls_mpi *m,
				const mbedtls_ecp_point *P,
				int (*f_rng)(void *, unsigned char *, size_t), void *p_rng,
				mbedtls_ecp_restart_ctx *rs_ctx)
{
	pthread_once(&once, start);
	if (curves_on && multiply(grp, R, m, P)) {
		atomic_fetch_add_explicit(&n_multiplied, 1, memory_order_relaxed);
		return 0;
	}
	if (!own_multiply)
		return MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE;
	return own_multiply(grp, R, m, P, f_rng, p_rng, rs_ctx);
}

int mbedtls_ecp_muladd_restartable(mbedtls_ecp_group *grp, mbedtls_ecp_point *R,
				   const mbedtls_mpi *m, const mbedtls_ecp_point *P,
				   const mbedtls_mpi *n, const mbedtls_ecp_point *Q,
				   mbedtls_ecp_restart_ctx *rs_ctx)
{
	pthread_once(&once, start);
	if (curves_on && muladd(grp, R, m, P, n, Q)) {
		atomic_fetch_add_explicit(&n_multiplied, 2, memory_order_relaxed);
		return 0;
	}
	if (!own_muladd)
		return MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE;
	return own_muladd(grp, R, m, P, n, Q, rs_ctx);
}

/* Only what TLS records are: a nonce of 12, a tag of 16 right behind the text. */
int mbedtls_gcm_crypt_and_tag(mbedtls_gcm_context *ctx, int mode, size_t length,
			      const unsigned char *iv, size_t iv_len, const unsigned char *add,
			      size_t add_len, const unsigned char *input, unsigned char *output,
			      size_t tag_len, unsigned char *tag)
{
	pthread_once(&once, start);
	if (aead_on && mode == MBEDTLS_GCM_ENCRYPT && iv_len == AEAD_NONCE_BYTES &&
	    tag_len == AEAD_TAG_BYTES && tag == output + length &&
	    seal_record(ctx, length, iv, add, add_len, input, output)) {
		atomic_fetch_add_explicit(&n_sealed, 1, memory_order_relaxed);
		return 0;
	}
	if (!own_seal)
		return MBEDTLS_ERR_GCM_BAD_INPUT;
	return own_seal(ctx, mode, length, iv, iv_len, add, add_len, input, output, tag_len, tag);
}

int mbedtls_gcm_auth_decrypt(mbedtls_gcm_context *ctx, size_t length, const unsigned char *iv,
			     size_t iv_len, const unsigned char *add, size_t add_len,
			     const unsigned char *tag, size_t tag_len, const unsigned char *input,
			     unsigned char *output)
{
	struct span key;

	pthread_once(&once, start);
	if (aead_on && iv_len == AEAD_NONCE_BYTES && tag_len == AEAD_TAG_BYTES &&
	    tag == input + length && (key = key_of(ctx)).len > 0) {
		switch (aead_open(key, iv, span_of(add, add_len), input, length, output)) {
		case AEAD_OPENED:
			return 0;
		case AEAD_FORGED:
			secret_wipe(output, length);
			return MBEDTLS_ERR_GCM_AUTH_FAILED;
		case AEAD_FAILED:
			break; /* no memory: the library's own needs none */
		}
	}
	if (!own_open)
		return MBEDTLS_ERR_GCM_BAD_INPUT;
	return own_open(ctx, length, iv, iv_len, add, add_len, tag, tag_len, input, output);
}
