/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

void hex_of(const uint8_t *p, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * len] = '\0';
}

void digest_of(const void *p, size_t len, char out[65])
{
	uint8_t hash[32];

	gnutls_hash_fast(GNUTLS_DIG_SHA256, p, len, hash);
	hex_of(hash, sizeof(hash), out);
}

/* base64url without padding */
static char *encode(const void *p, size_t len)
{
	gnutls_datum_t in = {.data = (void *)(uintptr_t)p, .size = (unsigned)len}, out;
	char *text;

	if (gnutls_base64_encode2(&in, &out) != 0)
		return NULL;
	text = strndup((char *)out.data, out.size);
	gnutls_free(out.data);
	for (char *c = text; c && *c; c++)
		if (*c == '+')
			*c = '-';
		else if (*c == '/')
			*c = '_';
		else if (*c == '=')
			*c = '\0';
	return text;
}

static bool decode(const char *text, size_t len, gnutls_datum_t *out)
{
	char *padded = calloc(len + 5, 1);
	gnutls_datum_t in;
	int rc;

	memcpy(padded, text, len);
	for (size_t i = 0; i < len; i++)
		if (padded[i] == '-')
			padded[i] = '+';
		else if (padded[i] == '_')
			padded[i] = '/';
	while (len % 4)
		padded[len++] = '=';
	in = (gnutls_datum_t){.data = (void *)padded, .size = (unsigned)len};
	rc = gnutls_base64_decode2(&in, out);
	free(padded);
	return rc == 0;
}

char *jws_make(struct agent *a, const char *typ, json_t *payload)
{
	char kid[65], *head, *body, *text = NULL, *signature, *token;
	char *claims = json_dumps(payload, JSON_COMPACT), *header;
	gnutls_datum_t in, der, r, s;
	uint8_t raw[64] = {0};

	json_decref(payload);
	digest_of(a->der.data, a->der.size, kid);
	if (asprintf(&header, "{\"alg\":\"ES256\",\"typ\":\"%s\",\"kid\":\"%s\"}", typ, kid) < 0)
		abort();
	head = encode(header, strlen(header));
	body = encode(claims, strlen(claims));
	if (asprintf(&text, "%s.%s", head, body) < 0)
		abort();
	in = (gnutls_datum_t){.data = (void *)text, .size = (unsigned)strlen(text)};
	if (gnutls_privkey_sign_data2(a->key, GNUTLS_SIGN_ECDSA_SHA256, 0, &in, &der) != 0 ||
	    gnutls_decode_rs_value(&der, &r, &s) != 0)
		abort();
	for (int i = 0; i < 2; i++) {
		const gnutls_datum_t *n = i ? &s : &r;
		size_t skip = n->size > 32 ? n->size - 32 : 0, len = n->size - skip;

		memcpy(raw + 32 * i + 32 - len, n->data + skip, len);
	}
	signature = encode(raw, sizeof(raw));
	if (asprintf(&token, "%s.%s", text, signature) < 0)
		abort();
	gnutls_free(der.data);
	gnutls_free(r.data);
	gnutls_free(s.data);
	free(header), free(claims), free(head), free(body), free(text), free(signature);
	return token;
}

static json_t *part(const char *p, size_t len)
{
	gnutls_datum_t raw;
	json_t *o;

	if (!decode(p, len, &raw))
		return NULL;
	o = json_loadb((const char *)raw.data, raw.size, 0, NULL);
	gnutls_free(raw.data);
	return o;
}

json_t *jws_look(const char *token)
{
	const char *first = strchr(token, '.'), *second = first ? strchr(first + 1, '.') : NULL;

	return second ? part(first + 1, (size_t)(second - first - 1)) : NULL;
}

static bool signature_fits(const char *token, const char *second, gnutls_pubkey_t key)
{
	gnutls_datum_t raw, der, r, s;
	const gnutls_datum_t text = {.data = (void *)(uintptr_t)token,
				     .size = (unsigned)(second - token)};
	bool good = false;

	if (!decode(second + 1, strlen(second + 1), &raw))
		return false;
	if (raw.size == 64) {
		r = (gnutls_datum_t){.data = raw.data, .size = 32};
		s = (gnutls_datum_t){.data = raw.data + 32, .size = 32};
		if (gnutls_encode_rs_value(&der, &r, &s) == 0) {
			good = gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_ECDSA_SHA256, 0, &text,
							  &der) >= 0;
			gnutls_free(der.data);
		}
	}
	gnutls_free(raw.data);
	return good;
}

json_t *jws_open(const char *token, gnutls_pubkey_t key, const char *kid, const char *typ)
{
	const char *first = strchr(token, '.'), *second = first ? strchr(first + 1, '.') : NULL;
	json_t *header;
	bool fits;

	if (!second)
		return NULL;
	header = part(token, (size_t)(first - token));
	fits = header && json_is_string(json_object_get(header, "typ")) &&
	       strcmp(json_string_value(json_object_get(header, "typ")), typ) == 0 &&
	       json_is_string(json_object_get(header, "kid")) &&
	       strcmp(json_string_value(json_object_get(header, "kid")), kid) == 0;
	json_decref(header);
	return fits && signature_fits(token, second, key) ? jws_look(token) : NULL;
}
