/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/kdf.h"

#include "base/secret.h"
#include "x509/ber.h"

#include <assert.h>
#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/pbkdf2.h>

struct hash_row {
	struct span oid;
	const struct nettle_hash *hash;
};

#define NIST_HASH(n) OID_SPAN("\x60\x86\x48\x01\x65\x03\x04\x02" n)
#define RSA_DIGEST(n) OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x02" n)

const struct nettle_hash *kdf_hash_find(struct span oid)
{
	const struct hash_row rows[] = {
		{RSA_DIGEST("\x02"), &nettle_md2},
		{RSA_DIGEST("\x04"), &nettle_md4},
		{RSA_DIGEST("\x05"), &nettle_md5},
		{OID_SPAN("\x2b\x24\x03\x02\x01"), &nettle_ripemd160},
		{OID_SPAN("\x2b\x0e\x03\x02\x1a"), &nettle_sha1},
		{NIST_HASH("\x04"), &nettle_sha224},
		{NIST_HASH("\x01"), &nettle_sha256},
		{NIST_HASH("\x02"), &nettle_sha384},
		{NIST_HASH("\x03"), &nettle_sha512},
		{NIST_HASH("\x05"), &nettle_sha512_224},
		{NIST_HASH("\x06"), &nettle_sha512_256},
		{NIST_HASH("\x07"), &nettle_sha3_224},
		{NIST_HASH("\x08"), &nettle_sha3_256},
		{NIST_HASH("\x09"), &nettle_sha3_384},
		{NIST_HASH("\x0a"), &nettle_sha3_512},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (span_equal(oid, rows[i].oid))
			return rows[i].hash;
	return NULL;
}

const struct nettle_hash *kdf_prf_find(struct span oid)
{
	const struct hash_row rows[] = {
		{RSA_DIGEST("\x06"), &nettle_md5},
		{RSA_DIGEST("\x07"), &nettle_sha1},
		{OID_SPAN("\x2b\x06\x01\x05\x05\x08\x01\x01"), &nettle_md5},
		{OID_SPAN("\x2b\x06\x01\x05\x05\x08\x01\x02"), &nettle_sha1},
		{RSA_DIGEST("\x08"), &nettle_sha224},
		{RSA_DIGEST("\x09"), &nettle_sha256},
		{RSA_DIGEST("\x0a"), &nettle_sha384},
		{RSA_DIGEST("\x0b"), &nettle_sha512},
		{RSA_DIGEST("\x0c"), &nettle_sha512_224},
		{RSA_DIGEST("\x0d"), &nettle_sha512_256},
		{NIST_HASH("\x0d"), &nettle_sha3_224},
		{NIST_HASH("\x0e"), &nettle_sha3_256},
		{NIST_HASH("\x0f"), &nettle_sha3_384},
		{NIST_HASH("\x10"), &nettle_sha3_512},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (span_equal(oid, rows[i].oid))
			return rows[i].hash;
	return NULL;
}

union hash_state {
	uint8_t bytes[KDF_HASH_CONTEXT_MAX];
	uint64_t align;
};

struct hmac {
	const struct nettle_hash *hash;
	union hash_state outer, inner, state;
};

static void hmac_start(struct hmac *m, const struct nettle_hash *h, struct span key)
{
	assert(h->context_size <= KDF_HASH_CONTEXT_MAX && h->digest_size <= KDF_DIGEST_MAX);
	m->hash = h;
	hmac_set_key(&m->outer, &m->inner, &m->state, h, key.len, key.p);
}

static void hmac_add(void *ctx, size_t len, const uint8_t *p)
{
	struct hmac *m = ctx;
	hmac_update(&m->state, m->hash, len, p);
}

static void hmac_end(void *ctx, size_t len, uint8_t *out)
{
	struct hmac *m = ctx;
	hmac_digest(&m->outer, &m->inner, &m->state, m->hash, len, out);
}

void kdf_hmac(const struct nettle_hash *h, struct span key, struct span data,
	      uint8_t out[static KDF_DIGEST_MAX])
{
	struct hmac m;
	hmac_start(&m, h, key);
	hmac_add(&m, data.len, data.p);
	hmac_end(&m, h->digest_size, out);
	secret_wipe(&m, sizeof(m));
}

void kdf_pbkdf2(const struct nettle_hash *prf, struct span password, struct span salt,
		unsigned rounds, uint8_t *out, size_t len)
{
	struct hmac m;
	hmac_start(&m, prf, password);
	pbkdf2(&m, hmac_add, hmac_end, prf->digest_size, rounds, salt.len, salt.p, len, out);
	secret_wipe(&m, sizeof(m));
}

void kdf_pbkdf1(const struct nettle_hash *h, struct span password, struct span salt,
		unsigned rounds, uint8_t *out, size_t len)
{
	union hash_state ctx;
	uint8_t digest[KDF_DIGEST_MAX];
	assert(len <= h->digest_size && h->context_size <= sizeof(ctx));
	h->init(&ctx);
	h->update(&ctx, password.len, password.p);
	h->update(&ctx, salt.len, salt.p);
	h->digest(&ctx, h->digest_size, digest);
	for (unsigned i = 1; i < rounds; i++) {
		h->update(&ctx, h->digest_size, digest);
		h->digest(&ctx, h->digest_size, digest);
	}
	memcpy(out, digest, len);
	secret_wipe(&ctx, sizeof(ctx));
	secret_wipe(digest, sizeof(digest));
}

/* Adds text again and again until whole blocks of v octets are full (B.2, steps 2 and 3). */
static void add_repeated(struct buf *out, struct span text, size_t v)
{
	for (size_t left = (text.len + v - 1) / v * v; left > 0;) {
		size_t n = left < text.len ? left : text.len;
		buf_add(out, text.p, n);
		left -= n;
	}
}

/* Ij = (Ij + B + 1) mod 2^v for every block of I, B being a over and over (step 6c). */
static void add_to_blocks(struct buf *input, const uint8_t *a, size_t a_len, size_t v)
{
	for (size_t start = 0; start < input->len; start += v) {
		unsigned carry = 1;
		for (size_t i = v; i-- > 0;) {
			carry += input->data[start + i] + a[i % a_len];
			input->data[start + i] = (uint8_t)carry;
			carry >>= 8;
		}
	}
}

static void pkcs12_digest(const struct nettle_hash *h, const uint8_t *diversifier,
			  const struct buf *input, unsigned rounds, uint8_t *a)
{
	union hash_state ctx;
	assert(h->context_size <= sizeof(ctx) && h->digest_size <= KDF_DIGEST_MAX);
	h->init(&ctx);
	h->update(&ctx, h->block_size, diversifier);
	h->update(&ctx, input->len, input->data);
	h->digest(&ctx, h->digest_size, a);
	for (unsigned i = 1; i < rounds; i++) {
		h->update(&ctx, h->digest_size, a);
		h->digest(&ctx, h->digest_size, a);
	}
	secret_wipe(&ctx, sizeof(ctx));
}

bool kdf_pkcs12(const struct nettle_hash *h, struct span password, struct span salt,
		unsigned rounds, enum kdf_purpose purpose, uint8_t *out, size_t len)
{
	struct buf input AUTO_BUF = {.secret = true};
	uint8_t diversifier[KDF_BLOCK_MAX], a[KDF_DIGEST_MAX];
	size_t v = h->block_size;
	assert(v <= sizeof(diversifier));
	memset(diversifier, (int)purpose, v);
	add_repeated(&input, salt, v);
	add_repeated(&input, password, v);
	if (!buf_ok(&input))
		return false;
	for (;;) {
		pkcs12_digest(h, diversifier, &input, rounds, a);
		size_t n = len < h->digest_size ? len : h->digest_size;
		memcpy(out, a, n);
		out += n;
		len -= n;
		if (len == 0)
			break;
		add_to_blocks(&input, a, h->digest_size, v);
	}
	secret_wipe(a, sizeof(a));
	return true;
}

void kdf_openssl_pem(struct span password, struct span salt, uint8_t *out, size_t len)
{
	struct md5_ctx ctx;
	uint8_t digest[MD5_DIGEST_SIZE];
	md5_init(&ctx);
	while (len > 0) {
		md5_update(&ctx, password.len, password.p);
		md5_update(&ctx, salt.len, salt.p);
		md5_digest(&ctx, sizeof(digest), digest);
		size_t n = len < sizeof(digest) ? len : sizeof(digest);
		memcpy(out, digest, n);
		out += n;
		len -= n;
		md5_update(&ctx, sizeof(digest), digest);
	}
	secret_wipe(&ctx, sizeof(ctx));
	secret_wipe(digest, sizeof(digest));
}
