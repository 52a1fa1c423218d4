/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/key.h"

#include "base/text.h"
#include "x509/key_forms.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

static void privkey_autop(gnutls_privkey_t *k)
{
	if (*k)
		gnutls_privkey_deinit(*k);
}

static void x509_privkey_autop(gnutls_x509_privkey_t *k)
{
	if (*k)
		gnutls_x509_privkey_deinit(*k);
}

static void datum_autop(gnutls_datum_t *d)
{
	if (d->data) {
		secret_wipe(d->data, d->size);
		gnutls_free(d->data);
	}
}

static bool failed(struct err *e, const char *what, int r)
{
	return r == GNUTLS_E_MEMORY_ERROR
		       ? err_nomem(e)
		       : err_set(e, ERR_CRYPTO, "%s: %s", what, gnutls_strerror(r));
}

struct key_spec {
	const char *name;
	gnutls_pk_algorithm_t algorithm;
	unsigned bits;
};

bool key_generate(const char *spec, struct secret *pkcs8_out, struct err *e)
{
	static const struct key_spec specs[] = {
		{"ec256", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1)},
		{"ec384", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1)},
		{"rsa2048", GNUTLS_PK_RSA, 2048},
		{"rsa3072", GNUTLS_PK_RSA, 3072},
		{"rsa4096", GNUTLS_PK_RSA, 4096},
	};
	gnutls_x509_privkey_t key AUTO(x509_privkey_autop) = NULL;
	gnutls_datum_t der AUTO(datum_autop) = {NULL, 0};
	struct key_info info;
	const struct key_spec *s = NULL;
	for (size_t i = 0; i < ARRAY_LEN(specs); i++)
		if (strcmp(spec, specs[i].name) == 0)
			s = &specs[i];
	if (!s)
		return err_set(e, ERR_INVALID,
			       "no kind of key '%.32s'; there are ec256, ec384, rsa2048, rsa3072 "
			       "and rsa4096",
			       spec);
	int r = gnutls_x509_privkey_init(&key);
	if (r >= 0)
		r = gnutls_x509_privkey_generate(key, s->algorithm, s->bits, 0);
	if (r >= 0)
		r = gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_DER, NULL,
						      GNUTLS_PKCS_PLAIN, &der);
	if (r < 0)
		return failed(e, "cannot make a key", r);
	return key_read(span_of(der.data, der.size), NULL, NULL, NULL, pkcs8_out, &info, e);
}

/* r and s side by side, each as wide as the curve. */
static bool write_raw(const gnutls_datum_t *sig, unsigned bits, struct buf *out, struct err *e)
{
	gnutls_datum_t parts[2] = {{NULL, 0}, {NULL, 0}};
	size_t width = (bits + 7) / 8;
	int rc = gnutls_decode_rs_value(sig, &parts[0], &parts[1]);
	if (rc < 0)
		return failed(e, "cannot take the signature apart", rc);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		struct span n = span_of(parts[i].data, parts[i].size);
		while (n.len > width) /* the sign octet of the INTEGER */
			n = span_of(n.p + 1, n.len - 1);
		for (size_t pad = n.len; pad < width; pad++)
			buf_add_char(out, 0);
		buf_add_span(out, n);
		gnutls_free(parts[i].data);
	}
	return buf_ok(out) || err_nomem(e);
}

static gnutls_digest_algorithm_t digest_for(const struct key_info *info, bool raw_ecdsa)
{
	if (info->type != KEY_EC || !raw_ecdsa || info->bits <= 256)
		return GNUTLS_DIG_SHA256;
	return info->bits <= 384 ? GNUTLS_DIG_SHA384 : GNUTLS_DIG_SHA512;
}

bool key_sign(const struct secret *pkcs8, struct span data, bool raw_ecdsa, struct buf *out,
	      struct err *e)
{
	gnutls_privkey_t key AUTO(privkey_autop) = NULL;
	gnutls_datum_t der = {pkcs8->data, (unsigned)pkcs8->len};
	gnutls_datum_t in = {(unsigned char *)data.p, (unsigned)data.len};
	gnutls_datum_t sig AUTO(datum_autop) = {NULL, 0};
	struct key_info info;
	if (data.len > UINT32_MAX)
		return err_set(e, ERR_LIMIT, "%zu bytes to sign", data.len);
	if (!key_describe(pkcs8, &info, e))
		return false;
	int r = gnutls_privkey_init(&key);
	if (r >= 0)
		r = gnutls_privkey_import_x509_raw(key, &der, GNUTLS_X509_FMT_DER, NULL, 0);
	if (r >= 0 && info.type == KEY_ED25519)
		r = gnutls_privkey_sign_data2(key, GNUTLS_SIGN_EDDSA_ED25519, 0, &in, &sig);
	else if (r >= 0)
		r = gnutls_privkey_sign_data(key, digest_for(&info, raw_ecdsa), 0, &in, &sig);
	if (r < 0)
		return failed(e, "cannot sign", r);
	if (raw_ecdsa && info.type == KEY_EC)
		return write_raw(&sig, info.bits, out, e);
	buf_add(out, sig.data, sig.size);
	return buf_ok(out) || err_nomem(e);
}
