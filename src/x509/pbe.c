/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/pbe.h"

#include "base/scrypt.h"

#include <stdio.h>

const struct pbe_codes pbe_codes_pfx = {"pfx.corrupt", "pfx.unsupported_algorithm",
					"pfx.too_many_iterations", "pfx.wrong_password",
					"pfx.wrong_password"};
const struct pbe_codes pbe_codes_key = {"key.corrupt", "key.unsupported", NULL,
					"key.wrong_password", "key.encrypted"};

static bool too_many(const struct pbe_codes *codes, const char *text, struct err *e)
{
	return codes->too_many ? err_reason(e, codes->too_many, "%s", text)
			       : err_set(e, ERR_LIMIT, "%s", text);
}

/* How many computations of SHA-256, where nothing speeds that up, one of h takes. */
static unsigned weight(const struct nettle_hash *h)
{
	const struct {
		const struct nettle_hash *hash;
		unsigned weight;
	} rows[] = {{&nettle_md2, 48},	     {&nettle_sha384, 2},     {&nettle_sha512, 2},
		    {&nettle_sha512_224, 2}, {&nettle_sha512_256, 2}, {&nettle_sha3_224, 3},
		    {&nettle_sha3_256, 3},   {&nettle_sha3_384, 3},   {&nettle_sha3_512, 3}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (h == rows[i].hash)
			return rows[i].weight;
	return 1;
}

bool pbe_charge(struct pbe_work *w, const struct nettle_hash *h, uint64_t n, struct err *e)
{
	if (n > w->left / weight(h))
		return too_many(w->codes, "opening the file would take too long", e);
	w->left -= n * weight(h);
	return true;
}

bool pbe_rounds(uint64_t count, const struct pbe_codes *codes, unsigned *out, struct err *e)
{
	char text[80];
	if (count == 0)
		return err_reason(e, codes->corrupt, "a round count of 0");
	if (count > PBE_ROUNDS_MAX) {
		(void)snprintf(text, sizeof(text), "a round count above %u", PBE_ROUNDS_MAX);
		return too_many(codes, text, e);
	}
	*out = (unsigned)count;
	return true;
}

/* What one derivation of len octets costs in hash computations. */
static uint64_t cost(const struct pbe *p, size_t len)
{
	uint64_t blocks = p->hash ? (len + p->hash->digest_size - 1) / p->hash->digest_size : 1;
	switch (p->kdf) {
	case PBE_KDF_PBKDF2:
		return 2 * blocks * p->rounds;
	case PBE_KDF_SCRYPT: /* one SHA-256 costs about as much as one Salsa20/8 of 64 bytes */
		return 4 * p->scrypt_n * p->scrypt_r * p->scrypt_p;
	default:
		return blocks * p->rounds;
	}
}

struct pbe_key {
	uint8_t key[CIPHER_KEY_MAX], iv[CIPHER_IV_MAX];
	uint8_t last[8]; /* PBES1: the end of the digest, which NSS takes for the IV */
};

static void key_wipe(struct pbe_key *k)
{
	secret_wipe(k, sizeof(*k));
}

static bool derive_pkcs12(const struct pbe *p, struct span password, struct pbe_key *k)
{
	size_t iv_len = p->cipher.block > 1 ? p->cipher.block : 0;
	return kdf_pkcs12(p->hash, password, p->salt, p->rounds, KDF_KEY, k->key,
			  p->cipher.key_len) &&
	       (iv_len == 0 ||
		kdf_pkcs12(p->hash, password, p->salt, p->rounds, KDF_IV, k->iv, iv_len));
}

static bool derive(const struct pbe *p, struct span password, struct pbe_key *k, struct err *e)
{
	uint8_t digest[KDF_DIGEST_MAX]; /* PBES1: key and IV, 8 octets each */
	switch (p->kdf) {
	case PBE_KDF_PKCS12:
		return derive_pkcs12(p, password, k) || err_nomem(e);
	case PBE_KDF_PBKDF1:
		kdf_pbkdf1(p->hash, password, p->salt, p->rounds, digest, p->hash->digest_size);
		memcpy(k->key, digest, 8);
		memcpy(k->iv, digest + 8, 8);
		memcpy(k->last, digest + p->hash->digest_size - 8, 8);
		secret_wipe(digest, sizeof(digest));
		return true;
	case PBE_KDF_PBKDF2:
		kdf_pbkdf2(p->hash, password, p->salt, p->rounds, k->key, p->cipher.key_len);
		return true;
	case PBE_KDF_SCRYPT:
		return scrypt(password, p->salt, p->scrypt_n, p->scrypt_r, p->scrypt_p, k->key,
			      p->cipher.key_len) ||
		       err_nomem(e);
	}
	return err_set(e, ERR_BUG, "unknown key derivation");
}

static uint64_t cost_of_all(const struct pbe *p)
{
	uint64_t n = cost(p, p->cipher.key_len);
	return p->kdf == PBE_KDF_PKCS12 && p->cipher.block > 1 ? n + cost(p, p->cipher.block) : n;
}

static bool opens(const struct pbe *p, const struct pbe_key *k, struct span in,
		  bool (*looks_right)(struct span plain), struct buf *out)
{
	struct span iv = p->iv.len > 0 ? p->iv : span_of(k->iv, p->cipher.block);
	if (cipher_decrypt(&p->cipher, k->key, iv, in, out) && looks_right(buf_span(out)))
		return true;
	return p->kdf == PBE_KDF_PBKDF1 && buf_ok(out) &&
	       cipher_decrypt(&p->cipher, k->key, span_of(k->last, sizeof(k->last)), in, out) &&
	       looks_right(buf_span(out));
}

bool pbe_decrypt(const struct pbe *p, struct span in, const struct secret *password,
		 bool (*looks_right)(struct span plain), struct pbe_work *work, struct buf *out,
		 struct err *e)
{
	struct password_forms forms AUTO_PASSWORD_FORMS = {.n = 0};
	struct pbe_key k AUTO(key_wipe);
	bool none = !password || password->len == 0;
	if (!password_forms(password,
			    p->kdf == PBE_KDF_PKCS12 ? PASSWORD_FOR_PKCS12 : PASSWORD_FOR_PBES,
			    &forms, e))
		return false;
	for (size_t i = 0; i < forms.n; i++) {
		if (!pbe_charge(work, p->hash, cost_of_all(p), e) ||
		    !derive(p, secret_span(&forms.items[i]), &k, e))
			return false;
		if (opens(p, &k, in, looks_right, out))
			return true;
		if (!buf_ok(out))
			return err_nomem(e);
	}
	buf_reset(out);
	return err_reason(e, none ? work->codes->missing : work->codes->wrong,
			  none ? "it is encrypted, and no password was given"
			       : "the password does not open it");
}
