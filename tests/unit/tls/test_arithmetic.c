/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/digest.h"
#include "base/secret.h"
#include "base/text.h"
#include "tls/fast.h"
#include "tls/fast_hash.h"
#include "tls/mbed.h"
#include "x509/aead.h"
#include "x509/curve.h"

#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <mbedtls/gcm.h>
#include <mbedtls/sha256.h>
#include <string.h>

static void from_hex(const char *hex, uint8_t *out, size_t len)
{
	size_t n;

	assert_true(hex_decode(hex, 2 * len, out, len, &n));
	assert_int_equal(n, len);
}

/* RFC 6979 A.2.5 and A.2.6: private key and public key. */
static void multiplies_the_generator_as_RFC_6979_says(void **state)
{
	static const struct {
		enum curve curve;
		const char *scalar, *x, *y;
	} cases[] = {
		{CURVE_P256, "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
		 "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
		 "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"},
		{CURVE_P384,
		 "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d8"
		 "96d5724e4c70a825f872c9ea60d2edf5",
		 "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64"
		 "def8f0ea9055866064a254515480bc13",
		 "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1"
		 "288b231c3ae0d4fe7344fd2533264720"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t len = curve_bytes(cases[i].curve);
		uint8_t scalar[CURVE_BYTES_MAX], x[CURVE_BYTES_MAX], y[CURVE_BYTES_MAX],
			wanted[CURVE_BYTES_MAX];

		from_hex(cases[i].scalar, scalar, len);
		assert_true(curve_multiply(cases[i].curve, scalar, NULL, NULL, x, y));
		from_hex(cases[i].x, wanted, len);
		assert_memory_equal(x, wanted, len);
		from_hex(cases[i].y, wanted, len);
		assert_memory_equal(y, wanted, len);
	}
}

static void refuses_scalars_out_of_range_and_points_off_the_curve(void **state)
{
	uint8_t zero[CURVE_BYTES_MAX] = {0}, big[CURVE_BYTES_MAX], one[CURVE_BYTES_MAX] = {0},
		x[CURVE_BYTES_MAX] = {1}, y[CURVE_BYTES_MAX] = {2};

	(void)state;
	memset(big, 0xff, sizeof(big));
	one[31] = 1;
	assert_false(curve_multiply(CURVE_P256, zero, NULL, NULL, x, y));
	assert_false(curve_multiply(CURVE_P256, big, NULL, NULL, x, y));
	assert_false(curve_multiply(CURVE_P256, one, x, y, x, y));
	assert_false(curve_multiply(CURVE_P256, one, zero, zero, x, y));
	assert_int_equal(x[0], 1);
	assert_int_equal(y[0], 2);
}

/* Test case 4 of the GCM specification (McGrew and Viega), AES-128. */
static void seals_as_the_GCM_specification_says(void **state)
{
	uint8_t key[16], nonce[12], bound[20], plain[60], wanted[76], out[76];

	(void)state;
	from_hex("feffe9928665731c6d6a8f9467308308", key, 16);
	from_hex("cafebabefacedbaddecaf888", nonce, 12);
	from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2", bound, 20);
	from_hex(
		"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532f"
		"cf0e2449a6b525b16aedf5aa0de657ba637b39",
		plain, 60);
	from_hex(
		"42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d"
		"8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47",
		wanted, 76);
	assert_true(aead_seal(span_of(key, 16), nonce, span_of(bound, 20), plain, 60, out));
	assert_memory_equal(out, wanted, 76);
	assert_int_equal(aead_open(span_of(key, 16), nonce, span_of(bound, 20), out, 60, out),
			 AEAD_OPENED);
	assert_memory_equal(out, plain, 60);
	wanted[75] ^= 1;
	assert_int_equal(aead_open(span_of(key, 16), nonce, span_of(bound, 20), wanted, 60, out),
			 AEAD_FORGED);
	assert_int_equal(aead_open(span_of(key, 15), nonce, span_of(bound, 20), wanted, 60, out),
			 AEAD_FAILED);
}

/* The canary: the TLS library in this process really calls ours. */
static void the_library_calls_ours(void **state)
{
	unsigned long multiplied, sealed;
	mbedtls_ecp_keypair pair;
	mbedtls_cipher_context_t cipher;
	uint8_t text[64] = "text", key[16] = {1}, nonce[12] = {2};
	struct err e = ERR_INIT;
	size_t n;

	(void)state;
	unit_assert_ok(tls_library_start(&e), &e);
	assert_true(fast_is_on());
	multiplied = fast_multiplied();
	mbedtls_ecp_keypair_init(&pair);
	assert_int_equal(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, &pair, tls_rng, NULL), 0);
	assert_true(fast_multiplied() > multiplied);
	mbedtls_ecp_keypair_free(&pair);
	sealed = fast_sealed();
	mbedtls_cipher_init(&cipher);
	assert_int_equal(mbedtls_cipher_setup(&cipher, mbedtls_cipher_info_from_type(
							       MBEDTLS_CIPHER_AES_128_GCM)),
			 0);
	assert_int_equal(mbedtls_cipher_setkey(&cipher, key, 128, MBEDTLS_ENCRYPT), 0);
	assert_int_equal(mbedtls_cipher_auth_encrypt_ext(&cipher, nonce, 12, NULL, 0, text, 40,
							 text, sizeof(text), &n, 16),
			 0);
	assert_true(fast_sealed() > sealed);
	mbedtls_cipher_free(&cipher);
}

/* Ours and the library's own agree on random numbers, forgeries included. */
static void agrees_with_the_library_on_random_records(void **state)
{
	mbedtls_gcm_context g;
	uint8_t key[32], nonce[12], bound[13], plain[400], sealed[416], streamed[416], tag[16];
	size_t n;

	(void)state;
	for (size_t len = 0; len < 384; len += 13) {
		random_bytes(key, sizeof(key));
		random_bytes(nonce, sizeof(nonce));
		random_bytes(bound, sizeof(bound));
		random_bytes(plain, sizeof(plain));
		mbedtls_gcm_init(&g);
		assert_int_equal(mbedtls_gcm_setkey(&g, MBEDTLS_CIPHER_ID_AES, key, 256), 0);
		assert_int_equal(mbedtls_gcm_crypt_and_tag(&g, MBEDTLS_GCM_ENCRYPT, len, nonce, 12,
							   bound, 13, plain, sealed, 16,
							   sealed + len),
				 0);
		/* the streaming calls are the library's own */
		assert_int_equal(mbedtls_gcm_starts(&g, MBEDTLS_GCM_ENCRYPT, nonce, 12), 0);
		assert_int_equal(mbedtls_gcm_update_ad(&g, bound, 13), 0);
		assert_int_equal(mbedtls_gcm_update(&g, plain, len, streamed, sizeof(streamed), &n),
				 0);
		assert_int_equal(mbedtls_gcm_finish(&g, NULL, 0, &n, tag, 16), 0);
		assert_memory_equal(sealed, streamed, len);
		assert_memory_equal(sealed + len, tag, 16);
		sealed[len] ^= 1;
		assert_int_equal(mbedtls_gcm_auth_decrypt(&g, len, nonce, 12, bound, 13,
							  sealed + len, 16, sealed, sealed),
				 MBEDTLS_ERR_GCM_AUTH_FAILED);
		mbedtls_gcm_free(&g);
	}
}

/* FIPS 180-4 and the other implementation in the house. */
static void the_library_hashes_with_ours(void **state)
{
	uint8_t text[300], ours[32], wanted[32];
	unsigned long hashed = fast_hashed();

	(void)state;
	from_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", wanted, 32);
	assert_int_equal(mbedtls_sha256((const unsigned char *)"abc", 3, ours, 0), 0);
	assert_memory_equal(ours, wanted, 32);
	random_bytes(text, sizeof(text));
	for (size_t len = 0; len <= sizeof(text); len++) {
		sha256(span_of(text, len), wanted);
		assert_int_equal(mbedtls_sha256(text, len, ours, 0), 0);
		assert_memory_equal(ours, wanted, 32);
	}
	assert_true(fast_hashed() >= hashed + 300);
}

static void check_signatures(mbedtls_ecp_group_id id)
{
	mbedtls_ecdsa_context key;
	uint8_t hash[32], signature[MBEDTLS_ECDSA_MAX_LEN];
	size_t len;

	mbedtls_ecdsa_init(&key);
	assert_int_equal(mbedtls_ecdsa_genkey(&key, id, tls_rng, NULL), 0);
	for (int i = 0; i < 20; i++) {
		unsigned long multiplied = fast_multiplied();

		random_bytes(hash, sizeof(hash));
		assert_int_equal(mbedtls_ecdsa_write_signature(
					 &key, MBEDTLS_MD_SHA256, hash, sizeof(hash), signature,
					 sizeof(signature), &len, tls_rng, NULL),
				 0);
		assert_int_equal(
			mbedtls_ecdsa_read_signature(&key, hash, sizeof(hash), signature, len), 0);
		assert_true(fast_multiplied() >= multiplied + 3);
		hash[i] ^= 1;
		assert_int_equal(
			mbedtls_ecdsa_read_signature(&key, hash, sizeof(hash), signature, len),
			MBEDTLS_ERR_ECP_VERIFY_FAILED);
	}
	mbedtls_ecdsa_free(&key);
}

static void takes_good_signatures_and_no_others(void **state)
{
	(void)state;
	check_signatures(MBEDTLS_ECP_DP_SECP256R1);
	check_signatures(MBEDTLS_ECP_DP_SECP384R1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(multiplies_the_generator_as_RFC_6979_says),
		cmocka_unit_test(refuses_scalars_out_of_range_and_points_off_the_curve),
		cmocka_unit_test(seals_as_the_GCM_specification_says),
		cmocka_unit_test(the_library_calls_ours),
		cmocka_unit_test(agrees_with_the_library_on_random_records),
		cmocka_unit_test(the_library_hashes_with_ours),
		cmocka_unit_test(takes_good_signatures_and_no_others),
	};

	return unit_run("tls/arithmetic", tests, ARRAY_LEN(tests));
}
