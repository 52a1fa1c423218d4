/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/key.h"

#include "base/digest.h"
#include "base/text.h"
#include "x509/derout.h"
#include "x509/key_forms.h"
#include "x509/pbe.h"

#include <stdio.h>

static const char *type_name(enum key_type t)
{
	static const char *const names[] = {
		[KEY_RSA] = "RSA",	   [KEY_RSA_PSS] = "RSA-PSS", [KEY_EC] = "EC",
		[KEY_ED25519] = "Ed25519", [KEY_ED448] = "Ed448",     [KEY_DSA] = "DSA",
	};
	return (size_t)t < ARRAY_LEN(names) && names[t] ? names[t] : "unknown";
}

static void fill_info(const struct key_parts *k, const char *form, bool encrypted,
		      struct key_info *out)
{
	*out = (struct key_info){.type = k->type, .bits = k->bits};
	sha256(buf_span(&k->spki), out->spki_sha256);
	if (k->type == KEY_ED25519 || k->type == KEY_ED448)
		(void)snprintf(out->form, sizeof(out->form), "%s, %s, %s", form, type_name(k->type),
			       encrypted ? "encrypted" : "not encrypted");
	else if (k->curve)
		(void)snprintf(out->form, sizeof(out->form), "%s, EC %s, %s", form, k->curve,
			       encrypted ? "encrypted" : "not encrypted");
	else
		(void)snprintf(out->form, sizeof(out->form), "%s, %s %u, %s", form,
			       type_name(k->type), k->bits,
			       encrypted ? "encrypted" : "not encrypted");
}

bool key_looks_encrypted(struct span in)
{
	struct span body, data;
	struct ber_algorithm a;
	return ber_take(&in, BER_SEQUENCE, &body) && in.len == 0 && ber_algorithm(&body, &a) &&
	       ber_take(&body, BER_OCTETS, &data) && body.len == 0;
}

bool key_looks_like(struct span in)
{
	struct span body;
	uint64_t version;
	if (!ber_take(&in, BER_SEQUENCE, &body) || in.len > 0 || !ber_uint(&body, &version) ||
	    version > 1)
		return false;
	return ber_is(body, BER_SEQUENCE) || ber_is(body, BER_OCTETS) || ber_is(body, BER_INTEGER);
}

static bool decrypt_pkcs8(struct span in, const struct secret *password, struct buf *plain,
			  struct err *e)
{
	struct pbe_work work = {PBE_WORK_MAX, &pbe_codes_key};
	struct span body, data;
	struct ber_algorithm a;
	struct pbe p;
	if (!ber_take(&in, BER_SEQUENCE, &body) || !ber_algorithm(&body, &a) ||
	    !ber_take(&body, BER_OCTETS, &data))
		return err_reason(e, "key.corrupt", "broken encrypted key");
	return pbe_parse(&a, &pbe_codes_key, &p, e) &&
	       pbe_decrypt(&p, data, password, key_looks_like, &work, plain, e);
}

/* "DES-EDE3-CBC,3F17F5316E2BAC89": the cipher and its IV, whose first 8 octets are the salt too. */
static bool parse_dek_info(const char *dek_info, const struct cipher **cipher_out,
			   uint8_t iv[static CIPHER_IV_MAX], struct err *e)
{
	char name[32];
	const char *comma = strchr(dek_info, ',');
	size_t n = comma ? (size_t)(comma - dek_info) : 0, iv_len = 0;
	if (n == 0 || n >= sizeof(name))
		return err_reason(e, "key.corrupt", "broken DEK-Info header");
	memcpy(name, dek_info, n);
	name[n] = '\0';
	const struct cipher *c = cipher_named(name);
	if (!c || c->block == 1)
		return err_reason(e, "key.unsupported", "a key encrypted with %s", name);
	if (!hex_decode(comma + 1, strlen(comma + 1), iv, CIPHER_IV_MAX, &iv_len) ||
	    iv_len != c->block)
		return err_reason(e, "key.corrupt", "broken DEK-Info header");
	*cipher_out = c;
	return true;
}

static bool decrypt_pem(struct span in, const char *dek_info, const struct secret *password,
			struct buf *plain, struct err *e)
{
	struct password_forms forms AUTO_PASSWORD_FORMS = {.n = 0};
	const struct cipher *c = NULL;
	uint8_t iv[CIPHER_IV_MAX], key[CIPHER_KEY_MAX];
	if (!parse_dek_info(dek_info, &c, iv, e))
		return false;
	if (!password || password->len == 0)
		return err_reason(e, "key.encrypted", "it is encrypted, and no password was given");
	if (!password_forms(password, PASSWORD_FOR_PBES, &forms, e))
		return false;
	bool opened = false;
	for (size_t i = 0; !opened && i < forms.n; i++) {
		kdf_openssl_pem(secret_span(&forms.items[i]), span_of(iv, 8), key, c->key_len);
		opened = cipher_decrypt(c, key, span_of(iv, c->block), in, plain) &&
			 key_looks_like(buf_span(plain));
	}
	secret_wipe(key, sizeof(key));
	return opened || err_reason(e, "key.wrong_password", "the password does not open it");
}

bool key_read(struct span in, const char *label, const char *dek_info,
	      const struct secret *password, struct secret *pkcs8_out, struct key_info *info_out,
	      struct err *e)
{
	struct key_parts k AUTO_KEY_PARTS = KEY_PARTS_INIT;
	struct buf plain AUTO_BUF = {.secret = true};
	const char *form = NULL;
	bool old = dek_info && *dek_info, encrypted = old || key_looks_encrypted(in);
	if (label && strcmp(label, "OPENSSH PRIVATE KEY") == 0)
		return err_reason(
			e, "x509.unsupported_key",
			"a key in OpenSSH's own form; 'ssh-keygen -p -m PKCS8' converts it");
	if (encrypted) {
		if (old ? !decrypt_pem(in, dek_info, password, &plain, e)
			: !decrypt_pkcs8(in, password, &plain, e))
			return false;
		in = buf_span(&plain);
	}
	if (!key_take_apart(in, &k, &form, e) ||
	    !secret_set(pkcs8_out, k.pkcs8.data, k.pkcs8.len, e))
		return false;
	fill_info(&k, form, encrypted, info_out);
	return true;
}

bool key_describe(const struct secret *pkcs8, struct key_info *out, struct err *e)
{
	struct key_parts k AUTO_KEY_PARTS = KEY_PARTS_INIT;
	const char *form = NULL;
	if (!key_take_apart(secret_span(pkcs8), &k, &form, e))
		return false;
	fill_info(&k, form, false, out);
	return true;
}

bool key_public(const struct secret *pkcs8, struct buf *spki_out, struct err *e)
{
	struct key_parts k AUTO_KEY_PARTS = KEY_PARTS_INIT;
	const char *form = NULL;
	if (!key_take_apart(secret_span(pkcs8), &k, &form, e))
		return false;
	buf_add_span(spki_out, buf_span(&k.spki));
	return buf_ok(spki_out) || err_nomem(e);
}

static bool is_rsa(struct span oid)
{
	return span_equal(oid, key_oid_rsa) || span_equal(oid, key_oid_rsa_pss);
}

/* may_inherit: b may leave its parameters to its issuer (DSA, RFC 3279 2.3.2). */
static bool same_public(struct span a, struct span b, bool may_inherit)
{
	struct span body_a, body_b, key_a, key_b;
	struct ber_algorithm alg_a, alg_b;
	if (!ber_take(&a, BER_SEQUENCE, &body_a) || !ber_take(&b, BER_SEQUENCE, &body_b) ||
	    !ber_algorithm(&body_a, &alg_a) || !ber_algorithm(&body_b, &alg_b) ||
	    !ber_take(&body_a, BER_BIT_STRING, &key_a) ||
	    !ber_take(&body_b, BER_BIT_STRING, &key_b))
		return false;
	bool same_kind = is_rsa(alg_a.oid) ? is_rsa(alg_b.oid) : span_equal(alg_a.oid, alg_b.oid);
	bool same_curve = is_rsa(alg_a.oid) || span_equal(alg_a.parameters, alg_b.parameters) ||
			  (may_inherit && alg_b.parameters.len == 0);
	return same_kind && same_curve && span_equal(key_a, key_b);
}

bool key_matches(const struct secret *pkcs8, const struct cert *c, bool *out, struct err *e)
{
	struct buf spki AUTO_BUF = BUF_INIT;
	if (!key_public(pkcs8, &spki, e))
		return false;
	*out = same_public(buf_span(&spki), c->spki, c->key_type == KEY_DSA);
	return true;
}

bool key_encrypt(const struct secret *pkcs8, const struct secret *password, struct buf *out,
		 struct err *e)
{
	struct buf algorithm AUTO_BUF = BUF_INIT, data AUTO_BUF = BUF_INIT;
	if (!pbe_encrypt(PBE_AES256_SHA256, KEY_ENCRYPT_ROUNDS, secret_span(pkcs8), password,
			 &algorithm, &data, e))
		return false;
	size_t whole = der_begin(out, BER_SEQUENCE);
	buf_add_span(out, buf_span(&algorithm));
	der_octets(out, buf_span(&data));
	der_end(out, whole);
	return buf_ok(out) || err_nomem(e);
}
