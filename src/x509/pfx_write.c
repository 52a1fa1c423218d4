/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/pfx.h"

#include "x509/ber.h"
#include "x509/derout.h"
#include "x509/pbe.h"

#define PKCS7(n) OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x07" n)
#define PKCS9(n) OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x09" n)
#define PKCS12_BAG(n) OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01" n)

static const struct span oid_data = PKCS7("\x01"), oid_encrypted = PKCS7("\x06"),
			 oid_friendly_name = PKCS9("\x14"), oid_local_key_id = PKCS9("\x15"),
			 oid_x509_cert = PKCS9("\x16\x01"), oid_key_bag = PKCS12_BAG("\x02"),
			 oid_cert_bag = PKCS12_BAG("\x03"),
			 oid_sha1 = OID_SPAN("\x2b\x0e\x03\x02\x1a"),
			 oid_sha256 = OID_SPAN("\x60\x86\x48\x01\x65\x03\x04\x02\x01");

struct profile {
	enum pbe_scheme scheme;
	unsigned rounds;
	const struct span *mac_oid;
	const struct nettle_hash *mac_hash;
	size_t salt_len;
};

static struct profile profile_of(enum pfx_profile p)
{
	if (p == PFX_LEGACY)
		return (struct profile){PBE_3DES_SHA1, PFX_LEGACY_ROUNDS, &oid_sha1, &nettle_sha1,
					8};
	return (struct profile){PBE_AES256_SHA256,
				p == PFX_BACKUP ? PFX_BACKUP_ROUNDS : PFX_MODERN_ROUNDS,
				&oid_sha256, &nettle_sha256, 16};
}

/* The writer's inputs, so that its steps need not hand on eight parameters. */
struct writer {
	struct profile profile;
	const struct cert *leaf;
	const char *name; /* "" when none */
	const struct secret *password;
};

static void add_attribute(struct buf *b, struct span oid, unsigned tag, struct span value)
{
	size_t attribute = der_begin(b, BER_SEQUENCE);
	der_oid(b, oid);
	size_t set = der_begin(b, BER_SET);
	der_add(b, tag, value);
	der_end(b, set);
	der_end(b, attribute);
}

/* What ties leaf and key together, an identifier, and the name that people see; in the order that DER wants of a set. */
static bool add_attributes(const struct writer *w, struct buf *b, struct err *e)
{
	struct secret name = {(uint8_t *)w->name, strlen(w->name)};
	struct password_forms bmp AUTO_PASSWORD_FORMS = {.n = 0};
	struct buf id AUTO_BUF = BUF_INIT, friendly AUTO_BUF = BUF_INIT;
	add_attribute(&id, oid_local_key_id, BER_OCTETS, span_of(w->leaf->sha1, SHA1_BYTES));
	if (name.len > 0) {
		if (!password_forms(&name, PASSWORD_FOR_PKCS12, &bmp, e))
			return false;
		struct span text = secret_span(&bmp.items[0]);
		add_attribute(&friendly, oid_friendly_name, BER_BMP, span_of(text.p, text.len - 2));
	}
	bool id_first =
		friendly.len == 0 ||
		memcmp(id.data, friendly.data, id.len < friendly.len ? id.len : friendly.len) < 0;
	size_t set = der_begin(b, BER_SET);
	buf_add_span(b, buf_span(id_first ? &id : &friendly));
	buf_add_span(b, buf_span(id_first ? &friendly : &id));
	der_end(b, set);
	return (buf_ok(&id) && buf_ok(&friendly)) || err_nomem(e);
}

static bool add_cert_bag(const struct writer *w, const struct cert *c, struct buf *b, struct err *e)
{
	size_t bag = der_begin(b, BER_SEQUENCE);
	der_oid(b, oid_cert_bag);
	size_t value = der_begin(b, BER_EXPLICIT_0);
	size_t cert_bag = der_begin(b, BER_SEQUENCE);
	der_oid(b, oid_x509_cert);
	size_t wrapped = der_begin(b, BER_EXPLICIT_0);
	der_octets(b, span_of(c->der, c->der_len));
	der_end(b, wrapped);
	der_end(b, cert_bag);
	der_end(b, value);
	if (c == w->leaf && !add_attributes(w, b, e))
		return false;
	der_end(b, bag);
	return true;
}

/* ContentInfo with EncryptedData over the certificates. */
static bool add_certs(const struct writer *w, const struct cert_list *chain, struct buf *out,
		      struct err *e)
{
	struct buf safe AUTO_BUF = BUF_INIT, algorithm AUTO_BUF = BUF_INIT,
			data AUTO_BUF = BUF_INIT;
	size_t list = der_begin(&safe, BER_SEQUENCE);
	if (!add_cert_bag(w, w->leaf, &safe, e))
		return false;
	for (size_t i = 0; chain && i < chain->n; i++)
		if (!cert_equal(chain->items[i], w->leaf) &&
		    !add_cert_bag(w, chain->items[i], &safe, e))
			return false;
	der_end(&safe, list);
	if (!buf_ok(&safe))
		return err_nomem(e);
	if (!pbe_encrypt(w->profile.scheme, w->profile.rounds, buf_span(&safe), w->password,
			 &algorithm, &data, e))
		return false;
	size_t info = der_begin(out, BER_SEQUENCE);
	der_oid(out, oid_encrypted);
	size_t content = der_begin(out, BER_EXPLICIT_0);
	size_t encrypted = der_begin(out, BER_SEQUENCE);
	der_uint(out, 0);
	size_t inner = der_begin(out, BER_SEQUENCE);
	der_oid(out, oid_data);
	buf_add_span(out, buf_span(&algorithm));
	der_add(out, BER_PRIMITIVE_0, buf_span(&data));
	der_end(out, inner);
	der_end(out, encrypted);
	der_end(out, content);
	der_end(out, info);
	return true;
}

/* ContentInfo with Data, in it the key, shrouded by itself. */
static bool add_key(const struct writer *w, const struct secret *pkcs8, struct buf *out,
		    struct err *e)
{
	struct buf algorithm AUTO_BUF = BUF_INIT, data AUTO_BUF = BUF_INIT;
	if (!pbe_encrypt(w->profile.scheme, w->profile.rounds, secret_span(pkcs8), w->password,
			 &algorithm, &data, e))
		return false;
	size_t info = der_begin(out, BER_SEQUENCE);
	der_oid(out, oid_data);
	size_t content = der_begin(out, BER_EXPLICIT_0);
	size_t octets = der_begin(out, BER_OCTETS);
	size_t safe = der_begin(out, BER_SEQUENCE);
	size_t bag = der_begin(out, BER_SEQUENCE);
	der_oid(out, oid_key_bag);
	size_t value = der_begin(out, BER_EXPLICIT_0);
	size_t shrouded = der_begin(out, BER_SEQUENCE);
	buf_add_span(out, buf_span(&algorithm));
	der_octets(out, buf_span(&data));
	der_end(out, shrouded);
	der_end(out, value);
	if (!add_attributes(w, out, e))
		return false;
	der_end(out, bag);
	der_end(out, safe);
	der_end(out, octets);
	der_end(out, content);
	der_end(out, info);
	return true;
}

static bool add_mac(const struct writer *w, struct span data, struct buf *out, struct err *e)
{
	struct password_forms forms AUTO_PASSWORD_FORMS = {.n = 0};
	const struct profile *p = &w->profile;
	uint8_t salt[16], key[KDF_DIGEST_MAX], digest[KDF_DIGEST_MAX];
	size_t n = p->mac_hash->digest_size;
	if (!password_forms(w->password, PASSWORD_FOR_PKCS12, &forms, e))
		return false;
	random_bytes(salt, p->salt_len);
	if (!kdf_pkcs12(p->mac_hash, secret_span(&forms.items[0]), span_of(salt, p->salt_len),
			p->rounds, KDF_MAC, key, n))
		return err_nomem(e);
	kdf_hmac(p->mac_hash, span_of(key, n), data, digest);
	secret_wipe(key, sizeof(key));
	size_t mac = der_begin(out, BER_SEQUENCE);
	size_t info = der_begin(out, BER_SEQUENCE);
	der_algorithm(out, *p->mac_oid);
	der_octets(out, span_of(digest, n));
	der_end(out, info);
	der_octets(out, span_of(salt, p->salt_len));
	der_uint(out, p->rounds);
	der_end(out, mac);
	return true;
}

bool pfx_write(const struct cert *leaf, const struct secret *pkcs8, const struct cert_list *chain,
	       const char *friendly_name, const struct secret *password, enum pfx_profile profile,
	       struct buf *out, struct err *e)
{
	struct writer w = {profile_of(profile), leaf, friendly_name ? friendly_name : "", password};
	struct buf safes AUTO_BUF = BUF_INIT, file AUTO_BUF = BUF_INIT;
	size_t list = der_begin(&safes, BER_SEQUENCE);
	if (!add_certs(&w, chain, &safes, e) || (pkcs8 && !add_key(&w, pkcs8, &safes, e)))
		return false;
	der_end(&safes, list);
	if (!buf_ok(&safes))
		return err_nomem(e);
	size_t pfx = der_begin(&file, BER_SEQUENCE);
	der_uint(&file, 3);
	size_t info = der_begin(&file, BER_SEQUENCE);
	der_oid(&file, oid_data);
	size_t content = der_begin(&file, BER_EXPLICIT_0);
	der_octets(&file, buf_span(&safes));
	der_end(&file, content);
	der_end(&file, info);
	if (!add_mac(&w, buf_span(&safes), &file, e))
		return false;
	der_end(&file, pfx);
	buf_add_span(out, buf_span(&file));
	return (buf_ok(&file) && buf_ok(out)) || err_nomem(e);
}
