/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/key_forms.h"

#include "x509/derout.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

static void privkey_autop(gnutls_x509_privkey_t *k)
{
	if (*k)
		gnutls_x509_privkey_deinit(*k);
}

static void wrapped_autop(gnutls_privkey_t *k)
{
	if (*k)
		gnutls_privkey_deinit(*k);
}

static void pubkey_autop(gnutls_pubkey_t *k)
{
	if (*k)
		gnutls_pubkey_deinit(*k);
}

static void datum_autop(gnutls_datum_t *d)
{
	if (d->data) {
		secret_wipe(d->data, d->size);
		gnutls_free(d->data);
	}
}

static bool write_public(gnutls_x509_privkey_t key, struct buf *out, struct err *e)
{
	gnutls_privkey_t wrapped AUTO(wrapped_autop) = NULL;
	gnutls_pubkey_t public AUTO(pubkey_autop) = NULL;
	gnutls_datum_t der AUTO(datum_autop) = {NULL, 0};
	int r = gnutls_privkey_init(&wrapped);
	if (r >= 0)
		r = gnutls_privkey_import_x509(wrapped, key, 0);
	if (r >= 0)
		r = gnutls_pubkey_init(&public);
	if (r >= 0)
		r = gnutls_pubkey_import_privkey(public, wrapped, 0, 0);
	if (r >= 0)
		r = gnutls_pubkey_export2(public, GNUTLS_X509_FMT_DER, &der);
	if (r < 0)
		return err_set(e, ERR_CRYPTO, "cannot work out the public half: %s",
			       gnutls_strerror(r));
	buf_add(out, der.data, der.size);
	return true;
}

bool key_other_read(struct span whole, enum key_type type, struct key_parts *out, struct err *e)
{
	gnutls_x509_privkey_t key AUTO(privkey_autop) = NULL;
	gnutls_datum_t in = {(unsigned char *)whole.p, (unsigned)whole.len},
		       der AUTO(datum_autop) = {NULL, 0};
	unsigned bits = 0;
	int r = gnutls_x509_privkey_init(&key);
	if (r < 0)
		return err_nomem(e);
	r = gnutls_x509_privkey_import_pkcs8(key, &in, GNUTLS_X509_FMT_DER, NULL,
					     GNUTLS_PKCS_PLAIN);
	if (r >= 0)
		r = gnutls_x509_privkey_verify_params(key);
	if (r >= 0)
		r = gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_DER, NULL,
						      GNUTLS_PKCS_PLAIN, &der);
	if (r < 0)
		return err_reason(e,
				  r == GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM ||
						  r == GNUTLS_E_UNKNOWN_PK_ALGORITHM ||
						  r == GNUTLS_E_ECC_UNSUPPORTED_CURVE
					  ? "x509.unsupported_key"
					  : "key.corrupt",
				  "%s", gnutls_strerror(r));
	(void)gnutls_x509_privkey_get_pk_algorithm2(key, &bits);
	buf_add(&out->pkcs8, der.data, der.size);
	out->type = type;
	out->bits = bits;
	return write_public(key, &out->spki, e);
}
