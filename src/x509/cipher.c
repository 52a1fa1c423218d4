/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/cipher.h"

#include "base/secret.h"
#include "base/text.h"
#include "x509/ber.h"

#include <assert.h>
#include <mbedtls/aria.h>
#include <nettle/aes.h>
#include <nettle/arcfour.h>
#include <nettle/arctwo.h>
#include <nettle/blowfish.h>
#include <nettle/camellia.h>
#include <nettle/cast128.h>
#include <nettle/cbc.h>
#include <nettle/des.h>

/* A function that runs one nettle cipher in CBC mode, with its two kinds of keys. */
#define NETTLE_CBC(fn, ctx_type, block, set_encrypt, set_decrypt, encrypt_fn, decrypt_fn)          \
	static bool fn(const struct cipher *c, const uint8_t *key, uint8_t *iv, bool encrypt,      \
		       size_t len, uint8_t *dst, const uint8_t *src)                               \
	{                                                                                          \
		ctx_type ctx;                                                                      \
		(void)c;                                                                           \
		if (encrypt) {                                                                     \
			set_encrypt(&ctx, key);                                                    \
			cbc_encrypt(&ctx, (nettle_cipher_func *)encrypt_fn, block, iv, len, dst,   \
				    src);                                                          \
		} else {                                                                           \
			set_decrypt(&ctx, key);                                                    \
			cbc_decrypt(&ctx, (nettle_cipher_func *)decrypt_fn, block, iv, len, dst,   \
				    src);                                                          \
		}                                                                                  \
		secret_wipe(&ctx, sizeof(ctx));                                                    \
		return true;                                                                       \
	}

NETTLE_CBC(crypt_aes128, struct aes128_ctx, AES_BLOCK_SIZE, aes128_set_encrypt_key,
	   aes128_set_decrypt_key, aes128_encrypt, aes128_decrypt)
NETTLE_CBC(crypt_aes192, struct aes192_ctx, AES_BLOCK_SIZE, aes192_set_encrypt_key,
	   aes192_set_decrypt_key, aes192_encrypt, aes192_decrypt)
NETTLE_CBC(crypt_aes256, struct aes256_ctx, AES_BLOCK_SIZE, aes256_set_encrypt_key,
	   aes256_set_decrypt_key, aes256_encrypt, aes256_decrypt)
NETTLE_CBC(crypt_camellia128, struct camellia128_ctx, CAMELLIA_BLOCK_SIZE,
	   camellia128_set_encrypt_key, camellia128_set_decrypt_key, camellia128_crypt,
	   camellia128_crypt)
NETTLE_CBC(crypt_camellia192, struct camellia256_ctx, CAMELLIA_BLOCK_SIZE,
	   camellia192_set_encrypt_key, camellia192_set_decrypt_key, camellia192_crypt,
	   camellia192_crypt)
NETTLE_CBC(crypt_camellia256, struct camellia256_ctx, CAMELLIA_BLOCK_SIZE,
	   camellia256_set_encrypt_key, camellia256_set_decrypt_key, camellia256_crypt,
	   camellia256_crypt)
/* Weak DES keys are as good as others for reading what somebody encrypted with them. */
NETTLE_CBC(crypt_des, struct des_ctx, DES_BLOCK_SIZE, (void)des_set_key, (void)des_set_key,
	   des_encrypt, des_decrypt)
NETTLE_CBC(crypt_des3, struct des3_ctx, DES_BLOCK_SIZE, (void)des3_set_key, (void)des3_set_key,
	   des3_encrypt, des3_decrypt)
NETTLE_CBC(crypt_blowfish, struct blowfish_ctx, BLOWFISH_BLOCK_SIZE, (void)blowfish128_set_key,
	   (void)blowfish128_set_key, blowfish_encrypt, blowfish_decrypt)
NETTLE_CBC(crypt_cast5, struct cast128_ctx, CAST128_BLOCK_SIZE, cast128_set_key, cast128_set_key,
	   cast128_encrypt, cast128_decrypt)

static bool crypt_des3_two_keys(const struct cipher *c, const uint8_t *key, uint8_t *iv,
				bool encrypt, size_t len, uint8_t *dst, const uint8_t *src)
{
	uint8_t three[DES3_KEY_SIZE];
	memcpy(three, key, 16);
	memcpy(three + 16, key, 8);
	bool done = crypt_des3(c, three, iv, encrypt, len, dst, src);
	secret_wipe(three, sizeof(three));
	return done;
}

static bool crypt_rc2(const struct cipher *c, const uint8_t *key, uint8_t *iv, bool encrypt,
		      size_t len, uint8_t *dst, const uint8_t *src)
{
	struct arctwo_ctx ctx;
	arctwo_set_key_ekb(&ctx, c->key_len, key, c->effective_bits);
	if (encrypt)
		cbc_encrypt(&ctx, (nettle_cipher_func *)arctwo_encrypt, ARCTWO_BLOCK_SIZE, iv, len,
			    dst, src);
	else
		cbc_decrypt(&ctx, (nettle_cipher_func *)arctwo_decrypt, ARCTWO_BLOCK_SIZE, iv, len,
			    dst, src);
	secret_wipe(&ctx, sizeof(ctx));
	return true;
}

static bool crypt_rc4(const struct cipher *c, const uint8_t *key, uint8_t *iv, bool encrypt,
		      size_t len, uint8_t *dst, const uint8_t *src)
{
	struct arcfour_ctx ctx;
	(void)iv, (void)encrypt;
	arcfour_set_key(&ctx, c->key_len, key);
	arcfour_crypt(&ctx, len, dst, src);
	secret_wipe(&ctx, sizeof(ctx));
	return true;
}

static bool crypt_aria(const struct cipher *c, const uint8_t *key, uint8_t *iv, bool encrypt,
		       size_t len, uint8_t *dst, const uint8_t *src)
{
	mbedtls_aria_context ctx;
	unsigned bits = (unsigned)c->key_len * 8;
	mbedtls_aria_init(&ctx);
	int set = encrypt ? mbedtls_aria_setkey_enc(&ctx, key, bits)
			  : mbedtls_aria_setkey_dec(&ctx, key, bits);
	int mode = encrypt ? MBEDTLS_ARIA_ENCRYPT : MBEDTLS_ARIA_DECRYPT;
	bool done = set == 0 && mbedtls_aria_crypt_cbc(&ctx, mode, len, iv, src, dst) == 0;
	mbedtls_aria_free(&ctx);
	return done;
}

#define NIST_AES(n) OID_SPAN("\x60\x86\x48\x01\x65\x03\x04\x01" n)
#define NTT(n) OID_SPAN("\x2a\x83\x08\x8c\x9a\x4b\x3d\x01\x01\x01" n)
#define KOREA_ARIA(n) OID_SPAN("\x2a\x83\x1a\x8c\x9a\x6e\x01\x01" n)
#define RSA_CIPHER(n) OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x03" n)
#define NO_OID                                                                                     \
	{                                                                                          \
		.p = NULL, .len = 0                                                                \
	}

static const struct cipher ciphers[] = {
	{"AES-256-CBC", NIST_AES("\x2a"), 32, 16, 0, crypt_aes256},
	{"AES-192-CBC", NIST_AES("\x16"), 24, 16, 0, crypt_aes192},
	{"AES-128-CBC", NIST_AES("\x02"), 16, 16, 0, crypt_aes128},
	{"DES-EDE3-CBC", RSA_CIPHER("\x07"), 24, 8, 0, crypt_des3},
	{"DES-EDE-CBC", NO_OID, 16, 8, 0, crypt_des3_two_keys},
	{"DES-CBC", OID_SPAN("\x2b\x0e\x03\x02\x07"), 8, 8, 0, crypt_des},
	{"CAMELLIA-256-CBC", NTT("\x04"), 32, 16, 0, crypt_camellia256},
	{"CAMELLIA-192-CBC", NTT("\x03"), 24, 16, 0, crypt_camellia192},
	{"CAMELLIA-128-CBC", NTT("\x02"), 16, 16, 0, crypt_camellia128},
	{"ARIA-256-CBC", KOREA_ARIA("\x0c"), 32, 16, 0, crypt_aria},
	{"ARIA-192-CBC", KOREA_ARIA("\x07"), 24, 16, 0, crypt_aria},
	{"ARIA-128-CBC", KOREA_ARIA("\x02"), 16, 16, 0, crypt_aria},
	{"BF-CBC", OID_SPAN("\x2b\x06\x01\x04\x01\x97\x55\x01\x02"), 16, 8, 0, crypt_blowfish},
	{"CAST5-CBC", OID_SPAN("\x2a\x86\x48\x86\xf6\x7d\x07\x42\x0a"), 16, 8, 0, crypt_cast5},
	{"RC2-CBC", RSA_CIPHER("\x02"), 16, 8, 128, crypt_rc2},
	{"RC2-64-CBC", NO_OID, 8, 8, 64, crypt_rc2},
	{"RC2-40-CBC", NO_OID, 5, 8, 40, crypt_rc2},
	{"RC4", NO_OID, 16, 1, 0, crypt_rc4},
	{"RC4-40", NO_OID, 5, 1, 0, crypt_rc4},
};

const struct cipher *cipher_find(struct span oid)
{
	for (size_t i = 0; i < ARRAY_LEN(ciphers); i++)
		if (ciphers[i].oid.len > 0 && span_equal(oid, ciphers[i].oid))
			return &ciphers[i];
	return NULL;
}

const struct cipher *cipher_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(ciphers); i++)
		if (text_equal_nocase(name, ciphers[i].name))
			return &ciphers[i];
	return NULL;
}

bool cipher_rc2(uint64_t version, bool has_version, struct cipher *out)
{
	static const struct {
		uint64_t version;
		unsigned bits;
	} rows[] = {{160, 40}, {120, 64}, {58, 128}};
	unsigned bits = has_version ? 0 : 32;
	for (size_t i = 0; has_version && i < ARRAY_LEN(rows); i++)
		if (rows[i].version == version)
			bits = rows[i].bits;
	if (version >= 256 && version <= 1024)
		bits = (unsigned)version;
	if (bits == 0)
		return false;
	*out = *cipher_named("RC2-CBC");
	out->effective_bits = bits;
	out->key_len = bits / 8 < CIPHER_KEY_MAX ? bits / 8 : CIPHER_KEY_MAX;
	return true;
}

/* RFC 8018 6.1.1, step 4. */
static bool strip_padding(struct buf *b, size_t block)
{
	size_t pad = b->len > 0 ? b->data[b->len - 1] : 0;
	if (pad == 0 || pad > block || pad > b->len)
		return false;
	for (size_t i = 0; i < pad; i++)
		if (b->data[b->len - 1 - i] != pad)
			return false;
	b->len -= pad;
	b->data[b->len] = 0;
	return true;
}

bool cipher_decrypt(const struct cipher *c, const uint8_t *key, struct span iv, struct span in,
		    struct buf *out)
{
	uint8_t chain[CIPHER_IV_MAX] = {0};
	bool is_stream = c->block == 1;
	assert(c->block <= sizeof(chain));
	if ((!is_stream && iv.len != c->block) || in.len % c->block != 0)
		return false;
	if (!is_stream)
		memcpy(chain, iv.p, iv.len);
	buf_reset(out);
	out->secret = true;
	uint8_t *room = buf_space(out, in.len);
	if (!room || !c->crypt(c, key, chain, false, in.len, room, in.p))
		return false;
	buf_took(out, in.len);
	return is_stream || strip_padding(out, c->block);
}

void cipher_encrypt(const struct cipher *c, const uint8_t *key, struct span iv, struct span in,
		    struct buf *out)
{
	uint8_t chain[CIPHER_IV_MAX];
	struct buf padded AUTO_BUF = {.secret = true};
	assert(c->block > 1 && iv.len == c->block);
	memcpy(chain, iv.p, iv.len);
	buf_add_span(&padded, in);
	size_t pad = c->block - in.len % c->block;
	for (size_t i = 0; i < pad; i++)
		buf_add_char(&padded, (char)pad);
	uint8_t *room = buf_ok(&padded) ? buf_space(out, padded.len) : NULL;
	if (!room || !c->crypt(c, key, chain, true, padded.len, room, padded.data))
		out->failed = true;
	else
		buf_took(out, padded.len);
}
