/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/json.h"
#include "store/accounts.h"
#include "store/audit.h"
#include "store/certificates.h"
#include "store/csrs.h"
#include "store/stores.h"
#include "store/tokens.h"
#include "x509/cert.h"

/*
 * The one place where resources become JSON, the same for REST, command line and console. Times are
 * RFC 3339, serial numbers hex strings; absent times and names are null. Each returns a new value,
 * NULL when memory is short.
 *
 * certificate  {sha256, thumbprint, subject, issuer, serial, not_before, not_after,
 *		sans["DNS:x","IP:y"], stores[], has_key, exportable, friendly_name|null,
 *		common_name|null, key{type, bits}, purposes["server","client","ca","code_signing"],
 *		is_ca, self_signed, used_by[{kind, name}], added, deleted|null, and when deleted
 *		removed_from[]}; unreadable: true with empty members when the stored bytes are no
 *		certificate any more
 * detail	those and {version, signature_algorithm, spki_sha256, key_usage[], eku[],
 *		path_len|null, subject_key_id|null, authority_key_id|null, crl_urls[], ocsp_urls[],
 *		issuer_urls[], extensions[{oid, critical, decoded, values[], hex}], pem}
 * store	{name, custom, certificates, meaning}
 * csr		{id, state: open|completed, subject, common_name, sans[], key, exportable, created,
 *		created_by, completed|null, certificate|null, renews|null, friendly_name|null} and
 *		pem in show and create
 * account	{user, role, created, changed, last_login|null}
 * token	{id, name, role, created, created_by, expires|null, last_used|null}
 * audit row	{seq, time, actor, via, address, request_id, action, object, detail, hash}
 * setting	{name, value, default, type, meaning, set}
 */
json_t *view_certificate(const struct cert *cert, const struct store_cert *row);
json_t *view_certificate_detail(const struct cert *cert, const struct store_cert *row);
/* {sha256, thumbprint, store, has_key, exportable, subject, not_after} of an import. */
json_t *view_imported(const struct cert *cert, const char *store, bool has_key, bool exportable);
json_t *view_store(const struct store_row *row);
json_t *view_csr(const struct store_csr *row, bool with_pem);
json_t *view_account(const struct store_account *row);
json_t *view_token(const struct store_token *row);
json_t *view_audit(const struct store_audit *row);

json_t *view_time_or_null(int64_t t_s);	       /* null for 0 */
json_t *view_text_or_null(const char *s);      /* null for "" */
json_t *view_subject(const struct cert *cert); /* name as text */
bool view_row_cert(const struct store_cert *row, struct cert **out /* NULL: unreadable */,
		   struct err *e) MUST_USE;
