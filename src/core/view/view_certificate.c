/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/view/view.h"

#include "base/buf.h"
#include "base/json.h"
#include "core/certs/keys.h"
#include "core/view/view_parts.h"
#include "x509/pem.h"
#include "x509/signature.h"

json_t *view_subject(const struct cert *cert)
{
	return view_name(&cert->subject);
}

bool view_row_cert(const struct store_cert *row, struct cert **out, struct err *e)
{
	struct err why = ERR_INIT;

	if (cert_parse(row->der.p, row->der.len, out, &why))
		return true;
	*out = NULL;
	return why.code != ERR_NOMEM || err_nomem(e);
}

/* What the database says of it, whatever its bytes are. */
static json_t *row_members(const struct store_cert *row)
{
	json_t *o = json_pack(
		"{s:s, s:o, s:b, s:b, s:o, s:o, s:b, s:o, s:o}", "sha256", row->sha256, "stores",
		json_loads(row->stores, 0, NULL), "has_key", row->has_key, "exportable",
		row->exportable, "friendly_name", view_text_or_null(row->friendly_name), "used_by",
		json_loads(row->uses, 0, NULL), "self_signed", row->self_signed, "added",
		json_time(row->added_at_s), "deleted", view_time_or_null(row->removed_at_s));

	if (o && row->removed_at_s)
		json_object_set_new(o, "removed_from", json_loads(row->removed_from, 0, NULL));
	return o;
}

static json_t *unreadable_members(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:n, s:n, s:[], s:[], s:b, s:b}", "thumbprint", "",
			 "subject", "", "issuer", "", "serial", "", "not_before", "not_after",
			 "sans", "purposes", "is_ca", 0, "unreadable", 1);
}

static json_t *cert_members(const struct cert *cert)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:{s:s, s:i}}",
			 "thumbprint", cert->thumbprint, "subject", view_name(&cert->subject),
			 "issuer", view_name(&cert->issuer), "serial", json_hex(cert->serial),
			 "not_before", json_time(cert->not_before_s), "not_after",
			 json_time(cert->not_after_s), "sans", view_sans(&cert->san), "common_name",
			 view_common_name(&cert->subject), "purposes", view_purposes(cert), "is_ca",
			 cert->is_ca, "key", "type", key_type_name(cert->key_type), "bits",
			 (int)cert->key_bits);
}

/* Takes b's members into a; both are consumed. */
static json_t *merged(json_t *a, json_t *b)
{
	if (!a || !b || json_object_update(a, b) != 0) {
		json_decref(a);
		a = NULL;
	}
	json_decref(b);
	return a;
}

json_t *view_certificate(const struct cert *cert, const struct store_cert *row)
{
	return merged(row_members(row), cert ? cert_members(cert) : unreadable_members());
}

static json_t *hex_or_null(struct span s)
{
	return s.len ? json_hex(s) : json_null();
}

static json_t *detail_members(const struct cert *cert)
{
	struct buf pem AUTO_BUF = BUF_INIT;
	struct err ignored = ERR_INIT;

	if (!pem_write("CERTIFICATE", span_of(cert->der, cert->der_len), &pem, &ignored))
		return NULL;
	return json_pack("{s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}",
			 "version", cert->version, "signature_algorithm",
			 signature_algorithm_name(cert->signature_algorithm), "spki_sha256",
			 json_hex(span_of(cert->spki_sha256, SHA256_BYTES)), "key_usage",
			 view_key_usage(cert), "eku", view_oids(&cert->eku), "path_len",
			 cert->path_len < 0 ? json_null() : json_integer(cert->path_len),
			 "subject_key_id", hex_or_null(cert->subject_key_id), "authority_key_id",
			 hex_or_null(cert->authority_key_id), "crl_urls",
			 view_urls(&cert->crl_urls), "ocsp_urls", view_urls(&cert->ocsp_urls),
			 "issuer_urls", view_urls(&cert->issuer_urls), "extensions",
			 view_extensions(cert), "pem", buf_str(&pem));
}

json_t *view_certificate_detail(const struct cert *cert, const struct store_cert *row)
{
	json_t *o = view_certificate(cert, row);

	return cert ? merged(o, detail_members(cert)) : o;
}

json_t *view_imported(const struct cert *cert, const char *store, bool has_key, bool exportable)
{
	return json_pack("{s:s, s:s, s:s, s:b, s:b, s:o, s:o}", "sha256", cert->id, "thumbprint",
			 cert->thumbprint, "store", store, "has_key", has_key, "exportable",
			 exportable, "subject", view_name(&cert->subject), "not_after",
			 json_time(cert->not_after_s));
}
