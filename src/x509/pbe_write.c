/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/pbe.h"

#include "x509/derout.h"

#define SALT_BYTES 16
/* What old programs take: 3DES's scheme is met with salts of 8 octets everywhere. */
#define OLD_SALT_BYTES 8

static const struct span oid_pbes2 = OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"),
			 oid_pbkdf2 = OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"),
			 oid_hmac_sha256 = OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x02\x09"),
			 oid_pbe_3des = OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x03");

static void write_pbes2(struct buf *b, struct span salt, unsigned rounds, const struct cipher *c,
			struct span iv)
{
	size_t whole = der_begin(b, BER_SEQUENCE);
	der_oid(b, oid_pbes2);
	size_t params = der_begin(b, BER_SEQUENCE);
	size_t kdf = der_begin(b, BER_SEQUENCE);
	der_oid(b, oid_pbkdf2);
	size_t kdf_params = der_begin(b, BER_SEQUENCE);
	der_octets(b, salt);
	der_uint(b, rounds);
	der_algorithm(b, oid_hmac_sha256);
	der_end(b, kdf_params);
	der_end(b, kdf);
	size_t encryption = der_begin(b, BER_SEQUENCE);
	der_oid(b, c->oid);
	der_octets(b, iv);
	der_end(b, encryption);
	der_end(b, params);
	der_end(b, whole);
}

static bool encrypt_pbes2(unsigned rounds, struct span plain, const struct secret *password,
			  struct buf *algorithm_out, struct buf *out, struct err *e)
{
	const struct cipher *c = cipher_named("AES-256-CBC");
	uint8_t salt[SALT_BYTES], iv[CIPHER_IV_MAX], key[CIPHER_KEY_MAX];
	random_bytes(salt, sizeof(salt));
	random_bytes(iv, c->block);
	kdf_pbkdf2(&nettle_sha256, secret_span(password), span_of(salt, sizeof(salt)), rounds, key,
		   c->key_len);
	write_pbes2(algorithm_out, span_of(salt, sizeof(salt)), rounds, c, span_of(iv, c->block));
	cipher_encrypt(c, key, span_of(iv, c->block), plain, out);
	secret_wipe(key, sizeof(key));
	return (buf_ok(algorithm_out) && buf_ok(out)) || err_nomem(e);
}

static bool encrypt_3des(unsigned rounds, struct span plain, const struct secret *password,
			 struct buf *algorithm_out, struct buf *out, struct err *e)
{
	const struct cipher *c = cipher_named("DES-EDE3-CBC");
	struct password_forms forms AUTO_PASSWORD_FORMS = {.n = 0};
	uint8_t salt_bytes[OLD_SALT_BYTES], iv[CIPHER_IV_MAX], key[CIPHER_KEY_MAX];
	struct span salt = span_of(salt_bytes, sizeof(salt_bytes));
	if (!password_forms(password, PASSWORD_FOR_PKCS12, &forms, e))
		return false;
	struct span p = secret_span(&forms.items[0]);
	random_bytes(salt_bytes, sizeof(salt_bytes));
	bool derived = kdf_pkcs12(&nettle_sha1, p, salt, rounds, KDF_KEY, key, c->key_len) &&
		       kdf_pkcs12(&nettle_sha1, p, salt, rounds, KDF_IV, iv, c->block);
	if (derived) {
		size_t whole = der_begin(algorithm_out, BER_SEQUENCE);
		der_oid(algorithm_out, oid_pbe_3des);
		size_t params = der_begin(algorithm_out, BER_SEQUENCE);
		der_octets(algorithm_out, salt);
		der_uint(algorithm_out, rounds);
		der_end(algorithm_out, params);
		der_end(algorithm_out, whole);
		cipher_encrypt(c, key, span_of(iv, c->block), plain, out);
	}
	secret_wipe(key, sizeof(key));
	return (derived && buf_ok(algorithm_out) && buf_ok(out)) || err_nomem(e);
}

bool pbe_encrypt(enum pbe_scheme scheme, unsigned rounds, struct span plain,
		 const struct secret *password, struct buf *algorithm_out, struct buf *out,
		 struct err *e)
{
	return scheme == PBE_AES256_SHA256
		       ? encrypt_pbes2(rounds, plain, password, algorithm_out, out, e)
		       : encrypt_3des(rounds, plain, password, algorithm_out, out, e);
}
