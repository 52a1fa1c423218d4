/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/pfx_read.h"

#include "x509/oid.h"

/* RFC 9879 section 9: a shorter key is easier to find than the password. */
#define PBMAC1_KEY_MIN 20 /* octets of the key of a PBMAC1, RFC 9579 4 */

static const struct span oid_pbmac1 = OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0e"),
			 oid_pbkdf2 = OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c");

struct mac {
	struct ber_algorithm algorithm;
	struct span digest, salt;
	uint64_t rounds;
};

/* MacData ::= SEQUENCE { mac DigestInfo, macSalt OCTET STRING, iterations INTEGER DEFAULT 1 } */
static bool parse_mac(struct span in, struct mac *out, struct err *e)
{
	struct span info;
	out->rounds = 1;
	if (!ber_take(&in, BER_SEQUENCE, &info) || !ber_algorithm(&info, &out->algorithm) ||
	    !ber_take(&info, BER_OCTETS, &out->digest) || info.len > 0 ||
	    !ber_take(&in, BER_OCTETS, &out->salt) ||
	    (in.len > 0 && !ber_uint(&in, &out->rounds)) || in.len > 0 ||
	    out->salt.len > PBE_SALT_MAX)
		return err_reason(e, "pfx.corrupt", "broken MacData");
	return true;
}

static bool unsupported(const char *what, struct span oid, struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;
	oid_text(oid, &text);
	return err_reason(e, "pfx.unsupported_algorithm", "%s %s", what, buf_str(&text));
}

static bool wrong(struct pfx_reader *r, struct err *e)
{
	bool none = !r->password || r->password->len == 0;
	return err_reason(e, "pfx.wrong_password",
			  none ? "it is guarded by a password, and none was given"
			       : "the password does not fit its MAC, or the file was changed");
}

/* Appendix B of RFC 7292: a key of the digest's length from the password as BMPString. */
static bool check_classic(struct pfx_reader *r, const struct mac *m, const struct nettle_hash *h,
			  struct span data, struct err *e)
{
	struct password_forms forms AUTO_PASSWORD_FORMS = {.n = 0};
	uint8_t key[KDF_DIGEST_MAX], digest[KDF_DIGEST_MAX];
	unsigned rounds;
	bool right = false;
	if (!ber_is_null_or_absent(m->algorithm.parameters) || m->digest.len != h->digest_size)
		return err_reason(e, "pfx.corrupt", "broken MacData");
	if (!pbe_rounds(m->rounds, &pbe_codes_pfx, &rounds, e) ||
	    !password_forms(r->password, PASSWORD_FOR_PKCS12, &forms, e))
		return false;
	for (size_t i = 0; !right && i < forms.n; i++) {
		if (!pbe_charge(&r->work, h, rounds, e))
			return false;
		if (!kdf_pkcs12(h, secret_span(&forms.items[i]), m->salt, rounds, KDF_MAC, key,
				h->digest_size))
			return err_nomem(e);
		kdf_hmac(h, span_of(key, h->digest_size), data, digest);
		right = secret_equal(span_of(digest, h->digest_size), m->digest);
	}
	secret_wipe(key, sizeof(key));
	return right || wrong(r, e);
}

static bool parse_pbmac1(const struct mac *m, struct pbkdf2_params *kdf,
			 const struct nettle_hash **hash, struct err *e)
{
	struct span in = m->algorithm.parameters, body;
	struct ber_algorithm derivation, scheme;
	if (!ber_take(&in, BER_SEQUENCE, &body) || !ber_algorithm(&body, &derivation) ||
	    !ber_algorithm(&body, &scheme) || body.len > 0 ||
	    !ber_is_null_or_absent(scheme.parameters))
		return err_reason(e, "pfx.corrupt", "broken PBMAC1 parameters");
	if (!span_equal(derivation.oid, oid_pbkdf2))
		return unsupported("PBMAC1 with key derivation", derivation.oid, e);
	*hash = kdf_prf_find(scheme.oid);
	if (!*hash)
		return unsupported("PBMAC1 with", scheme.oid, e);
	if (!pbkdf2_params_parse(derivation.parameters, &pbe_codes_pfx, kdf, e))
		return false;
	if (kdf->key_len == 0) /* RFC 9879 section 5: must be there */
		return err_reason(e, "pfx.corrupt", "PBMAC1 without the length of its key");
	if (kdf->key_len < PBMAC1_KEY_MIN || kdf->key_len > KDF_DIGEST_MAX)
		return err_reason(e, "pfx.unsupported_algorithm", "PBMAC1 with a key of %zu octets",
				  kdf->key_len);
	if (m->digest.len != (*hash)->digest_size)
		return err_reason(e, "pfx.corrupt", "broken MacData");
	return true;
}

/* RFC 9879 section 4: macSalt and iterations of MacData say nothing here. */
static bool check_pbmac1(struct pfx_reader *r, const struct mac *m, struct span data, struct err *e)
{
	struct password_forms forms AUTO_PASSWORD_FORMS = {.n = 0};
	uint8_t key[KDF_DIGEST_MAX], digest[KDF_DIGEST_MAX];
	const struct nettle_hash *h = NULL;
	struct pbkdf2_params kdf;
	if (!parse_pbmac1(m, &kdf, &h, e) ||
	    !password_forms(r->password, PASSWORD_STRICT_UTF8, &forms, e))
		return false;
	uint64_t blocks = (kdf.key_len + kdf.prf->digest_size - 1) / kdf.prf->digest_size;
	if (!pbe_charge(&r->work, kdf.prf, 2 * blocks * kdf.rounds, e))
		return false;
	kdf_pbkdf2(kdf.prf, secret_span(&forms.items[0]), kdf.salt, kdf.rounds, key, kdf.key_len);
	kdf_hmac(h, span_of(key, kdf.key_len), data, digest);
	secret_wipe(key, sizeof(key));
	return secret_equal(span_of(digest, h->digest_size), m->digest) || wrong(r, e);
}

bool pfx_check_mac(struct pfx_reader *r, struct span mac_data, struct span data, struct err *e)
{
	struct mac m;
	if (!parse_mac(mac_data, &m, e))
		return false;
	if (span_equal(m.algorithm.oid, oid_pbmac1))
		return check_pbmac1(r, &m, data, e);
	const struct nettle_hash *h = kdf_hash_find(m.algorithm.oid);
	if (!h)
		return unsupported("a MAC with", m.algorithm.oid, e);
	return check_classic(r, &m, h, data, e);
}
