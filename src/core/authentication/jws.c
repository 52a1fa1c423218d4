/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/authentication/jws.h"

#include "base/json.h"
#include "base/text.h"
#include "x509/key.h"
#include "x509/signature.h"

#include <string.h>

#define P256_BYTES 32
#define RSA_MIN_BITS 2048 /* of a key that signs for agents */

struct algorithm {
	const char *name; /* in the header */
	enum key_type key;
	struct span identifier; /* AlgorithmIdentifier DER, for signature_verify() */
};

/* ecdsa-with-SHA256 (RFC 5758 3.2); sha256WithRSAEncryption (RFC 4055 5) */
static const uint8_t ecdsa_sha256[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
				       0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
static const uint8_t rsa_sha256[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
				     0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00};
static const uint8_t oid_p256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};

static const struct algorithm algorithms[] = {
	{"ES256", KEY_EC, {ecdsa_sha256, sizeof(ecdsa_sha256)}},
	{"RS256", KEY_RSA, {rsa_sha256, sizeof(rsa_sha256)}},
};

static const struct algorithm *algorithm_of(const struct cert *cert)
{
	if (cert->key_type == KEY_EC &&
	    !span_equal(cert->key_curve, span_of(oid_p256, sizeof(oid_p256))))
		return NULL;
	if (cert->key_type == KEY_RSA && cert->key_bits < RSA_MIN_BITS)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++)
		if (algorithms[i].key == cert->key_type)
			return &algorithms[i];
	return NULL;
}

static bool add_json(struct buf *out, const json_t *v, struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;

	if (!v)
		return err_nomem(e);
	if (!json_write(v, &text, e))
		return false;
	base64url_encode(buf_span(&text), out);
	return true;
}

bool jws_sign(const struct secret *pkcs8, const struct cert *cert, const char *typ,
	      const json_t *payload, struct buf *out, struct err *e)
{
	const struct algorithm *alg = algorithm_of(cert);
	struct buf token AUTO_BUF = BUF_INIT, signature AUTO_BUF = BUF_INIT;
	json_t *header AUTO_JSON = NULL;

	if (!alg)
		return err_reason(
			e, "x509.unsupported_key",
			"an authentication certificate needs a P-256 key, or RSA of %d bits",
			RSA_MIN_BITS);
	header = json_pack("{s:s, s:s, s:s}", "alg", alg->name, "kid", cert->id, "typ", typ);
	if (!add_json(&token, header, e))
		return false;
	buf_add_char(&token, '.');
	if (!add_json(&token, payload, e))
		return false;
	if (!buf_ok(&token))
		return err_nomem(e);
	if (!key_sign(pkcs8, buf_span(&token), alg->key == KEY_EC, &signature, e))
		return false;
	buf_add_char(&token, '.');
	base64url_encode(buf_span(&signature), &token);
	buf_add_span(out, buf_span(&token));
	return (buf_ok(&token) && buf_ok(out)) || err_nomem(e);
}

/* r||s (RFC 7518 3.4) to the DER that X.509 uses (RFC 3279 2.2.3). */
static void add_der_integer(struct buf *out, const uint8_t *p, size_t len)
{
	while (len > 1 && p[0] == 0) {
		p++;
		len--;
	}
	buf_add_char(out, 0x02);
	buf_add_char(out, (char)(len + (p[0] >> 7)));
	if (p[0] & 0x80)
		buf_add_char(out, 0);
	buf_add(out, p, len);
}

static bool der_signature(struct span raw, struct buf *out, struct err *e)
{
	struct buf body AUTO_BUF = BUF_INIT;

	if (raw.len != (size_t)2 * P256_BYTES)
		return err_reason(e, "jws.signature", "an ES256 signature has 64 bytes, not %zu",
				  raw.len);
	add_der_integer(&body, raw.p, P256_BYTES);
	add_der_integer(&body, raw.p + P256_BYTES, P256_BYTES);
	buf_add_char(out, 0x30);
	buf_add_char(out, (char)body.len); /* at most 70: one length byte */
	buf_add_span(out, buf_span(&body));
	return (buf_ok(&body) && buf_ok(out)) || err_nomem(e);
}

struct parts {
	struct span header, payload, signature, signed_text;
};

static bool split(struct span token, struct parts *out, struct err *e)
{
	const uint8_t *end = token.p + token.len, *first, *second;

	if (token.len > JWS_MAX_BYTES)
		return err_reason(e, "jws.corrupt", "a token of %zu bytes, at most %zu", token.len,
				  JWS_MAX_BYTES);
	first = token.len > 0 ? memchr(token.p, '.', token.len) : NULL;
	second = first ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;
	if (!second || memchr(second + 1, '.', (size_t)(end - second - 1)))
		return err_reason(e, "jws.corrupt", "a compact JWS has three parts");
	out->header = span_of(token.p, (size_t)(first - token.p));
	out->payload = span_of(first + 1, (size_t)(second - first - 1));
	out->signature = span_of(second + 1, (size_t)(end - second - 1));
	out->signed_text = span_of(token.p, (size_t)(second - token.p));
	return true;
}

static bool read_part(struct span part, const char *which, json_t **out, struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;
	struct err why = ERR_INIT;

	if (!base64url_decode(part, &text))
		return err_reason(e, "jws.corrupt", "the %s is no base64url", which);
	if (!json_read(buf_span(&text), out, &why) || !json_is_object(*out))
		return err_reason(e, "jws.corrupt", "the %s is no JSON object", which);
	return true;
}

bool jws_peek(struct span token, json_t **header_out, json_t **payload_out, struct err *e)
{
	json_t *header AUTO_JSON = NULL, *payload AUTO_JSON = NULL;
	struct parts parts;

	if (!split(token, &parts, e) || !read_part(parts.header, "header", &header, e) ||
	    !read_part(parts.payload, "payload", &payload, e))
		return false;
	*header_out = json_incref(header);
	*payload_out = json_incref(payload);
	return true;
}

static bool header_fits(const json_t *header, const struct cert *cert, const char *typ,
			const struct algorithm *alg, struct err *e)
{
	const char *has_alg = json_string_value(json_object_get(header, "alg"));
	const char *has_kid = json_string_value(json_object_get(header, "kid"));
	const char *has_typ = json_string_value(json_object_get(header, "typ"));

	if (json_object_get(header,
			    "crit")) /* RFC 7515 4.1.11: what we do not know we must refuse */
		return err_reason(e, "jws.corrupt", "the header has critical members");
	if (!has_typ || strcmp(has_typ, typ) != 0)
		return err_reason(e, "jws.corrupt", "the token is not of type %s", typ);
	if (!has_kid || strcmp(has_kid, cert->id) != 0)
		return err_reason(e, "jws.kid", "the token names another key than %.16s...",
				  cert->id);
	if (!has_alg || strcmp(has_alg, alg->name) != 0)
		return err_reason(e, "jws.signature", "the token does not use %s, as its key does",
				  alg->name);
	return true;
}

bool jws_verify(struct span token, const struct cert *cert, const char *typ, json_t **payload_out,
		struct err *e)
{
	const struct algorithm *alg = algorithm_of(cert);
	json_t *header AUTO_JSON = NULL, *payload AUTO_JSON = NULL;
	struct buf raw AUTO_BUF = BUF_INIT, der AUTO_BUF = BUF_INIT;
	struct parts parts;
	struct span signature;

	if (!alg)
		return err_reason(e, "x509.unsupported_key",
				  "the certificate's key makes no ES256 or RS256 signature");
	if (!split(token, &parts, e) || !read_part(parts.header, "header", &header, e) ||
	    !header_fits(header, cert, typ, alg, e))
		return false;
	if (!base64url_decode(parts.signature, &raw))
		return err_reason(e, "jws.corrupt", "the signature is no base64url");
	signature = buf_span(&raw);
	if (alg->key == KEY_EC) {
		if (!der_signature(signature, &der, e))
			return false;
		signature = buf_span(&der);
	}
	if (signature_verify(parts.signed_text, alg->identifier, signature, cert->spki) !=
	    SIGNATURE_GOOD)
		return err_reason(e, "jws.signature",
				  "the signature does not verify with key %.16s...", cert->id);
	if (!read_part(parts.payload, "payload", &payload, e))
		return false;
	*payload_out = json_incref(payload);
	return true;
}
