/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/aead.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

static bool start(struct span key, gnutls_aead_cipher_hd_t *out)
{
	gnutls_datum_t k = {.data = (unsigned char *)key.p, .size = (unsigned)key.len};
	gnutls_cipher_algorithm_t how =
		key.len == 16 ? GNUTLS_CIPHER_AES_128_GCM : GNUTLS_CIPHER_AES_256_GCM;

	return (key.len == 16 || key.len == 32) && gnutls_aead_cipher_init(out, how, &k) == 0;
}

bool aead_seal(struct span key, const uint8_t nonce[static AEAD_NONCE_BYTES], struct span bound,
	       const uint8_t *in, size_t len, uint8_t *out)
{
	size_t out_len = len + AEAD_TAG_BYTES;
	gnutls_aead_cipher_hd_t h;
	int ret;

	if (!start(key, &h))
		return false;
	ret = gnutls_aead_cipher_encrypt(h, nonce, AEAD_NONCE_BYTES, bound.p, bound.len,
					 AEAD_TAG_BYTES, in, len, out, &out_len);
	gnutls_aead_cipher_deinit(h);
	return ret == 0 && out_len == len + AEAD_TAG_BYTES;
}

enum aead_result aead_open(struct span key, const uint8_t nonce[static AEAD_NONCE_BYTES],
			   struct span bound, const uint8_t *in, size_t len, uint8_t *out)
{
	gnutls_aead_cipher_hd_t h;
	size_t out_len = len;
	int ret;

	if (!start(key, &h))
		return AEAD_FAILED;
	ret = gnutls_aead_cipher_decrypt(h, nonce, AEAD_NONCE_BYTES, bound.p, bound.len,
					 AEAD_TAG_BYTES, in, len + AEAD_TAG_BYTES, out, &out_len);
	gnutls_aead_cipher_deinit(h);
	if (ret == GNUTLS_E_DECRYPTION_FAILED)
		return AEAD_FORGED;
	return ret == 0 && out_len == len ? AEAD_OPENED : AEAD_FAILED;
}
