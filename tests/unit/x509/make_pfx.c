/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/unit/x509/make_pfx.h"

#include "x509/ber.h"
#include "x509/cipher.h"
#include "x509/derout.h"

#include <assert.h>

#define PKCS(n) OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01" n)

static const struct span oid_data = PKCS("\x07\x01"), oid_encrypted = PKCS("\x07\x06"),
			 oid_key_bag = PKCS("\x0c\x0a\x01\x01"),
			 oid_cert_bag = PKCS("\x0c\x0a\x01\x03"),
			 oid_secret_bag = PKCS("\x0c\x0a\x01\x05"),
			 oid_safe_bag = PKCS("\x0c\x0a\x01\x06"), oid_x509 = PKCS("\x09\x16\x01"),
			 oid_pbes2 = PKCS("\x05\x0d"), oid_pbkdf2 = PKCS("\x05\x0c"),
			 oid_pbmac1 = PKCS("\x05\x0e"),
			 oid_hmac_sha256 = OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x02\x09"),
			 oid_sha256 = OID_SPAN("\x60\x86\x48\x01\x65\x03\x04\x02\x01");

static const uint8_t salt_bytes[] = {1, 2, 3, 4, 5, 6, 7, 8};
static const uint8_t iv_bytes[16] = {9};

static struct span salt(void)
{
	return span_of(salt_bytes, sizeof(salt_bytes));
}

/* A bag of this kind around value. */
static void add_bag(struct buf *out, struct span kind, struct span value)
{
	size_t bag = der_begin(out, BER_SEQUENCE);
	der_oid(out, kind);
	der_add(out, BER_EXPLICIT_0, value);
	der_end(out, bag);
}

void make_cert_bag(struct buf *out, const struct cert *c)
{
	struct buf value AUTO_BUF = BUF_INIT;
	size_t bag = der_begin(&value, BER_SEQUENCE);
	der_oid(&value, oid_x509);
	size_t wrapped = der_begin(&value, BER_EXPLICIT_0);
	der_octets(&value, span_of(c->der, c->der_len));
	der_end(&value, wrapped);
	der_end(&value, bag);
	add_bag(out, oid_cert_bag, buf_span(&value));
}

void make_plain_key_bag(struct buf *out, struct span pkcs8)
{
	add_bag(out, oid_key_bag, pkcs8);
}

void make_secret_bag(struct buf *out)
{
	struct buf value AUTO_BUF = BUF_INIT;
	size_t bag = der_begin(&value, BER_SEQUENCE);
	der_oid(&value, oid_data);
	der_end(&value, bag);
	add_bag(out, oid_secret_bag, buf_span(&value));
}

void make_nested_bag(struct buf *out, struct span bags)
{
	struct buf value AUTO_BUF = BUF_INIT;
	der_add(&value, BER_SEQUENCE, bags);
	add_bag(out, oid_safe_bag, buf_span(&value));
}

void make_plain_content(struct buf *out, struct span bags)
{
	struct buf safe AUTO_BUF = BUF_INIT;
	der_add(&safe, BER_SEQUENCE, bags);
	size_t info = der_begin(out, BER_SEQUENCE);
	der_oid(out, oid_data);
	size_t content = der_begin(out, BER_EXPLICIT_0);
	der_octets(out, buf_span(&safe));
	der_end(out, content);
	der_end(out, info);
}

void make_encrypted_content(struct buf *out, struct span algorithm, struct span data)
{
	size_t info = der_begin(out, BER_SEQUENCE);
	der_oid(out, oid_encrypted);
	size_t content = der_begin(out, BER_EXPLICIT_0);
	size_t encrypted = der_begin(out, BER_SEQUENCE);
	der_uint(out, 0);
	size_t inner = der_begin(out, BER_SEQUENCE);
	der_oid(out, oid_data);
	buf_add_span(out, algorithm);
	der_add(out, BER_PRIMITIVE_0, data);
	der_end(out, inner);
	der_end(out, encrypted);
	der_end(out, content);
	der_end(out, info);
}

void make_content_of_kind(struct buf *out, struct span oid)
{
	size_t info = der_begin(out, BER_SEQUENCE);
	der_oid(out, oid);
	size_t content = der_begin(out, BER_EXPLICIT_0);
	der_octets(out, span_of("", 0));
	der_end(out, content);
	der_end(out, info);
}

static void add_pbkdf2(struct buf *out, uint64_t rounds, uint64_t key_len)
{
	size_t kdf = der_begin(out, BER_SEQUENCE);
	der_oid(out, oid_pbkdf2);
	size_t params = der_begin(out, BER_SEQUENCE);
	der_octets(out, salt());
	der_uint(out, rounds);
	if (key_len > 0)
		der_uint(out, key_len);
	der_algorithm(out, oid_hmac_sha256);
	der_end(out, params);
	der_end(out, kdf);
}

void make_pbes2_content(struct buf *out, struct span bags, struct span password, uint64_t rounds)
{
	struct buf safe AUTO_BUF = BUF_INIT, algorithm AUTO_BUF = BUF_INIT,
			data AUTO_BUF = BUF_INIT;
	const struct cipher *c = cipher_named("AES-256-CBC");
	struct span iv = span_of(iv_bytes, sizeof(iv_bytes));
	uint8_t key[32] = {0};
	der_add(&safe, BER_SEQUENCE, bags);
	if (rounds <= 100000) /* what is refused for its rounds need not be right */
		kdf_pbkdf2(&nettle_sha256, password, salt(), (unsigned)rounds, key, sizeof(key));
	cipher_encrypt(c, key, iv, buf_span(&safe), &data);
	size_t whole = der_begin(&algorithm, BER_SEQUENCE);
	der_oid(&algorithm, oid_pbes2);
	size_t params = der_begin(&algorithm, BER_SEQUENCE);
	add_pbkdf2(&algorithm, rounds, 0);
	size_t encryption = der_begin(&algorithm, BER_SEQUENCE);
	der_oid(&algorithm, c->oid);
	der_octets(&algorithm, iv);
	der_end(&algorithm, encryption);
	der_end(&algorithm, params);
	der_end(&algorithm, whole);
	make_encrypted_content(out, buf_span(&algorithm), buf_span(&data));
}

/* What the MAC is over: the authenticated safe, as make_pfx() puts it together. */
static void authenticated(struct buf *out, struct span contents)
{
	der_add(out, BER_SEQUENCE, contents);
}

void make_mac(struct buf *out, struct span contents, struct span bmp, uint64_t rounds)
{
	struct buf safe AUTO_BUF = BUF_INIT;
	uint8_t key[KDF_DIGEST_MAX] = {0}, digest[KDF_DIGEST_MAX];
	authenticated(&safe, contents);
	if (rounds > 0 && rounds <= 100000 &&
	    !kdf_pkcs12(&nettle_sha256, bmp, salt(), (unsigned)rounds, KDF_MAC, key, 32))
		out->failed = true;
	kdf_hmac(&nettle_sha256, span_of(key, 32), buf_span(&safe), digest);
	size_t mac = der_begin(out, BER_SEQUENCE);
	size_t info = der_begin(out, BER_SEQUENCE);
	der_algorithm(out, oid_sha256);
	der_octets(out, span_of(digest, 32));
	der_end(out, info);
	der_octets(out, salt());
	der_uint(out, rounds);
	der_end(out, mac);
}

void make_pbmac1(struct buf *out, struct span contents, struct span password,
		 const struct pbmac1_recipe *r)
{
	struct buf safe AUTO_BUF = BUF_INIT;
	uint8_t key[KDF_DIGEST_MAX] = {0}, digest[KDF_DIGEST_MAX];
	authenticated(&safe, contents);
	if (r->rounds <= 100000)
		kdf_pbkdf2(&nettle_sha256, password, salt(), (unsigned)r->rounds, key, r->key_len);
	kdf_hmac(&nettle_sha256, span_of(key, r->key_len), buf_span(&safe), digest);
	size_t mac = der_begin(out, BER_SEQUENCE);
	size_t info = der_begin(out, BER_SEQUENCE);
	size_t algorithm = der_begin(out, BER_SEQUENCE);
	der_oid(out, oid_pbmac1);
	size_t params = der_begin(out, BER_SEQUENCE);
	add_pbkdf2(out, r->rounds, r->omit_key_len ? 0 : r->key_len);
	der_algorithm(out, oid_hmac_sha256);
	der_end(out, params);
	der_end(out, algorithm);
	der_octets(out, span_of(digest, 32));
	der_end(out, info);
	der_octets(out, span_str("NOT USED"));
	der_uint(out, 1);
	der_end(out, mac);
}

void make_unknown_mac(struct buf *out)
{
	size_t mac = der_begin(out, BER_SEQUENCE);
	size_t info = der_begin(out, BER_SEQUENCE);
	der_algorithm(out, oid_data); /* no hash at all */
	der_octets(out, salt());
	der_end(out, info);
	der_octets(out, salt());
	der_end(out, mac);
}

void make_pfx(struct buf *out, uint64_t version, struct span contents, struct span mac)
{
	struct buf safe AUTO_BUF = BUF_INIT;
	authenticated(&safe, contents);
	size_t pfx = der_begin(out, BER_SEQUENCE);
	der_uint(out, version);
	size_t info = der_begin(out, BER_SEQUENCE);
	der_oid(out, oid_data);
	size_t content = der_begin(out, BER_EXPLICIT_0);
	der_octets(out, buf_span(&safe));
	der_end(out, content);
	der_end(out, info);
	buf_add_span(out, mac);
	der_end(out, pfx);
	assert(buf_ok(out));
}
