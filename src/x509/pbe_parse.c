/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/pbe.h"

#include "x509/oid.h"

#define PKCS12_PBE(n) OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01" n)
#define PKCS5(n) OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x05" n)

struct scheme_row {
	struct span oid;
	enum pbe_kdf kdf;
	const struct nettle_hash *hash;
	const char *cipher;
};

static const struct span oid_pbes2 = PKCS5("\x0d"), oid_pbkdf2 = PKCS5("\x0c"),
			 oid_scrypt = OID_SPAN("\x2b\x06\x01\x04\x01\xda\x47\x04\x0b"),
			 oid_rc2 = OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x03\x02");

static bool scheme_find(struct span oid, struct scheme_row *out)
{
	const struct scheme_row rows[] = {
		{PKCS12_PBE("\x01"), PBE_KDF_PKCS12, &nettle_sha1, "RC4"},
		{PKCS12_PBE("\x02"), PBE_KDF_PKCS12, &nettle_sha1, "RC4-40"},
		{PKCS12_PBE("\x03"), PBE_KDF_PKCS12, &nettle_sha1, "DES-EDE3-CBC"},
		{PKCS12_PBE("\x04"), PBE_KDF_PKCS12, &nettle_sha1, "DES-EDE-CBC"},
		{PKCS12_PBE("\x05"), PBE_KDF_PKCS12, &nettle_sha1, "RC2-CBC"},
		{PKCS12_PBE("\x06"), PBE_KDF_PKCS12, &nettle_sha1, "RC2-40-CBC"},
		{PKCS5("\x01"), PBE_KDF_PBKDF1, &nettle_md2, "DES-CBC"},
		{PKCS5("\x03"), PBE_KDF_PBKDF1, &nettle_md5, "DES-CBC"},
		{PKCS5("\x04"), PBE_KDF_PBKDF1, &nettle_md2, "RC2-64-CBC"},
		{PKCS5("\x06"), PBE_KDF_PBKDF1, &nettle_md5, "RC2-64-CBC"},
		{PKCS5("\x0a"), PBE_KDF_PBKDF1, &nettle_sha1, "DES-CBC"},
		{PKCS5("\x0b"), PBE_KDF_PBKDF1, &nettle_sha1, "RC2-64-CBC"},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (span_equal(oid, rows[i].oid)) {
			*out = rows[i];
			return true;
		}
	return false;
}

static bool unsupported(const struct pbe_codes *codes, const char *what, struct span oid,
			struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;
	oid_text(oid, &text);
	return err_reason(e, codes->unsupported, "%s %s", what, buf_str(&text));
}

/* PBEParameter (RFC 8018 A.3) and pkcs-12PbeParams (RFC 7292 appendix C) look the same. */
static bool parse_one_piece(const struct scheme_row *row, struct span parameters,
			    const struct pbe_codes *codes, struct pbe *out, struct err *e)
{
	struct span body;
	uint64_t rounds;
	if (!ber_take(&parameters, BER_SEQUENCE, &body) ||
	    !ber_take(&body, BER_OCTETS, &out->salt) || !ber_uint(&body, &rounds) || body.len > 0 ||
	    out->salt.len > PBE_SALT_MAX)
		return err_reason(e, codes->corrupt, "broken parameters of the encryption");
	out->kdf = row->kdf;
	out->hash = row->hash;
	out->cipher = *cipher_named(row->cipher);
	out->iv = span_of(NULL, 0);
	return pbe_rounds(rounds, codes, &out->rounds, e);
}

bool pbkdf2_params_parse(struct span parameters, const struct pbe_codes *codes,
			 struct pbkdf2_params *out, struct err *e)
{
	struct span body;
	struct ber_algorithm prf;
	uint64_t rounds, key_len = 0;
	if (!ber_take(&parameters, BER_SEQUENCE, &body) || parameters.len > 0)
		return err_reason(e, codes->corrupt, "broken PBKDF2 parameters");
	if (ber_is(body, BER_SEQUENCE))
		return err_reason(e, codes->unsupported, "a PBKDF2 salt from elsewhere");
	if (!ber_take(&body, BER_OCTETS, &out->salt) || !ber_uint(&body, &rounds) ||
	    (ber_is(body, BER_INTEGER) && (!ber_uint(&body, &key_len) || key_len == 0)) ||
	    out->salt.len > PBE_SALT_MAX)
		return err_reason(e, codes->corrupt, "broken PBKDF2 parameters");
	out->prf = &nettle_sha1;
	if (body.len > 0) {
		if (!ber_algorithm(&body, &prf) || body.len > 0 ||
		    !ber_is_null_or_absent(prf.parameters))
			return err_reason(e, codes->corrupt, "broken PBKDF2 parameters");
		out->prf = kdf_prf_find(prf.oid);
		if (!out->prf)
			return unsupported(codes, "PBKDF2 with", prf.oid, e);
	}
	if (key_len > 1024)
		return err_reason(e, codes->corrupt, "a PBKDF2 key above 1024 octets");
	out->key_len = (size_t)key_len;
	return pbe_rounds(rounds, codes, &out->rounds, e);
}

static bool parse_scrypt(struct span parameters, const struct pbe_codes *codes, struct pbe *out,
			 size_t *key_len, struct err *e)
{
	struct span body;
	uint64_t n, r, p, len = 0;
	if (!ber_take(&parameters, BER_SEQUENCE, &body) || parameters.len > 0 ||
	    !ber_take(&body, BER_OCTETS, &out->salt) || !ber_uint(&body, &n) ||
	    !ber_uint(&body, &r) || !ber_uint(&body, &p) ||
	    (body.len > 0 && !ber_uint(&body, &len)) || body.len > 0 || len > 1024 || n < 2 ||
	    (n & (n - 1)) != 0 || r == 0 || p == 0 || out->salt.len > PBE_SALT_MAX)
		return err_reason(e, codes->corrupt, "broken scrypt parameters");
	/* 128 * n * r octets are the table; the blocks beside it take 128 * r * (p + 2) more. */
	uint64_t units = PBE_SCRYPT_BYTES_MAX / 128;
	if (p > 16 || n > units || r > units / n || r > units / 8 / (p + 2))
		return codes->too_many
			       ? err_reason(e, codes->too_many, "scrypt is to take too much")
			       : err_set(e, ERR_LIMIT, "scrypt is to take too much");
	out->scrypt_n = n;
	out->scrypt_r = (uint32_t)r;
	out->scrypt_p = (uint32_t)p;
	*key_len = (size_t)len;
	return true;
}

static bool parse_kdf(const struct ber_algorithm *a, const struct pbe_codes *codes, struct pbe *out,
		      size_t *key_len, struct err *e)
{
	struct pbkdf2_params k;
	if (span_equal(a->oid, oid_scrypt)) {
		out->kdf = PBE_KDF_SCRYPT;
		out->hash = NULL;
		return parse_scrypt(a->parameters, codes, out, key_len, e);
	}
	if (!span_equal(a->oid, oid_pbkdf2))
		return unsupported(codes, "key derivation", a->oid, e);
	if (!pbkdf2_params_parse(a->parameters, codes, &k, e))
		return false;
	out->kdf = PBE_KDF_PBKDF2;
	out->hash = k.prf;
	out->salt = k.salt;
	out->rounds = k.rounds;
	*key_len = k.key_len;
	return true;
}

/* RC2-CBC-Parameter: the version says how many bits of the key count. */
static bool parse_rc2(struct span parameters, struct pbe *out)
{
	struct span body;
	uint64_t version = 0;
	bool has_version = false;
	if (ber_is(parameters, BER_OCTETS))
		return cipher_rc2(0, false, &out->cipher) &&
		       ber_take(&parameters, BER_OCTETS, &out->iv);
	if (!ber_take(&parameters, BER_SEQUENCE, &body))
		return false;
	if (ber_is(body, BER_INTEGER)) {
		has_version = true;
		if (!ber_uint(&body, &version))
			return false;
	}
	return ber_take(&body, BER_OCTETS, &out->iv) && body.len == 0 &&
	       cipher_rc2(version, has_version, &out->cipher);
}

static bool parse_cipher(const struct ber_algorithm *a, const struct pbe_codes *codes,
			 struct pbe *out, size_t key_len, struct err *e)
{
	struct span parameters = a->parameters;
	bool is_rc2 = span_equal(a->oid, oid_rc2);
	const struct cipher *c = cipher_find(a->oid);
	if (!c)
		return unsupported(codes, "cipher", a->oid, e);
	out->cipher = *c;
	bool parsed = is_rc2 ? parse_rc2(parameters, out)
			     : ber_take(&parameters, BER_OCTETS, &out->iv) && parameters.len == 0;
	if (!parsed || out->iv.len != out->cipher.block)
		return err_reason(e, codes->corrupt, "broken parameters of %s", c->name);
	if (is_rc2 && key_len > 0 && key_len <= CIPHER_KEY_MAX)
		out->cipher.key_len = key_len;
	if (key_len > 0 && key_len != out->cipher.key_len)
		return err_reason(e, codes->corrupt, "a key of %zu octets for %s", key_len,
				  c->name);
	return true;
}

static bool parse_pbes2(struct span parameters, const struct pbe_codes *codes, struct pbe *out,
			struct err *e)
{
	struct span body;
	struct ber_algorithm kdf, encryption;
	size_t key_len = 0;
	if (!ber_take(&parameters, BER_SEQUENCE, &body) || !ber_algorithm(&body, &kdf) ||
	    !ber_algorithm(&body, &encryption) || body.len > 0)
		return err_reason(e, codes->corrupt, "broken PBES2 parameters");
	return parse_kdf(&kdf, codes, out, &key_len, e) &&
	       parse_cipher(&encryption, codes, out, key_len, e);
}

bool pbe_parse(const struct ber_algorithm *a, const struct pbe_codes *codes, struct pbe *out,
	       struct err *e)
{
	struct scheme_row row;
	struct pbe p = {.hash = NULL};
	bool parsed;
	if (span_equal(a->oid, oid_pbes2))
		parsed = parse_pbes2(a->parameters, codes, &p, e);
	else if (scheme_find(a->oid, &row))
		parsed = parse_one_piece(&row, a->parameters, codes, &p, e);
	else
		parsed = unsupported(codes, "encryption", a->oid, e);
	if (parsed)
		*out = p;
	return parsed;
}
