/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/view/view.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "core/core.h"
#include "core/view/view_parts.h"
#include "x509/pem.h"

#include <string.h>

json_t *view_time_or_null(int64_t t_s)
{
	return t_s ? json_time(t_s) : json_null();
}

json_t *view_text_or_null(const char *s)
{
	return s && s[0] != '\0' ? json_text(span_str(s)) : json_null();
}

json_t *view_store(const struct store_row *row)
{
	static const char *const meanings[][2] = {
		{"My", "certificates of this machine, with their keys"},
		{"WebHosting", "certificates of this machine for many sites, with their keys"},
		{"Root", "trusted roots: self-signed certificates that anchor trust"},
		{"CA", "intermediate authorities, for building chains; anchors nothing"},
		{"TrustedPeople", "public copies of what this console serves"},
		{"Disallowed", "certificates that are refused whatever else says"},
		{"ClientAuthIssuer", "issuers of client certificates, for all bindings"},
		{"OfficeScan NT", "the authentication certificate of this server"},
		{"OfficeScan NT Expired", "former authentication certificates"},
	};
	const char *meaning = "issuers of client certificates, for the bindings that name it";

	for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
		if (text_equal_nocase(row->name, meanings[i][0]))
			meaning = meanings[i][1];
	return json_pack("{s:o, s:b, s:I, s:s}", "name", json_text(span_str(row->name)), "custom",
			 !row->builtin, "certificates", (json_int_t)row->n_certs, "meaning",
			 meaning);
}

static json_t *pem_text(const char *label, struct span der)
{
	struct buf pem AUTO_BUF = BUF_INIT;
	struct err ignored = ERR_INIT;

	return pem_write(label, der, &pem, &ignored) ? json_string(buf_str(&pem)) : NULL;
}

json_t *view_csr(const struct store_csr *row, bool with_pem)
{
	struct buf subject AUTO_BUF = BUF_INIT;
	json_t *o;

	buf_printf(&subject, "CN=%s", row->common_name);
	o = json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:b, s:o, s:s, s:o, s:o, s:o, s:o}", "id",
		      row->id, "state", row->completed_at_s ? "completed" : "open", "subject",
		      buf_str(&subject), "common_name", row->common_name, "sans",
		      json_loads(row->names, 0, NULL), "key", row->key_spec, "exportable",
		      row->exportable, "created", json_time(row->created_at_s), "created_by",
		      row->created_by, "completed", view_time_or_null(row->completed_at_s),
		      "certificate", view_text_or_null(row->cert_sha256), "renews",
		      view_text_or_null(row->renews), "friendly_name",
		      view_text_or_null(row->friendly_name));
	if (o && with_pem)
		json_object_set_new(o, "pem", pem_text("CERTIFICATE REQUEST", row->der));
	return o;
}

json_t *view_account(const struct store_account *row)
{
	return json_pack("{s:o, s:s, s:o, s:o, s:o}", "user", json_text(span_str(row->name)),
			 "role", role_name((enum role)row->role), "created",
			 json_time(row->created_at_s), "changed", json_time(row->changed_at_s),
			 "last_login", view_time_or_null(row->last_login_at_s));
}

json_t *view_token(const struct store_token *row)
{
	return json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:o}", "id", row->id, "name",
			 json_text(span_str(row->name)), "role", role_name((enum role)row->role),
			 "created", json_time(row->created_at_s), "created_by",
			 json_text(span_str(row->created_by)), "expires",
			 view_time_or_null(row->expires_at_s), "last_used",
			 view_time_or_null(row->used_at_s));
}

json_t *view_audit(const struct store_audit *row)
{
	json_t *detail = json_loads(row->detail, 0, NULL);

	return json_pack(
		"{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "seq", (json_int_t)row->seq,
		"time", json_time(row->at_s), "actor", json_text(span_str(row->actor)), "via",
		json_text(span_str(row->via)), "address", json_text(span_str(row->address)),
		"request_id", json_text(span_str(row->request_id)), "action",
		json_text(span_str(row->action)), "object", json_text(span_str(row->object)),
		"detail", detail ? detail : json_null(), "hash", json_hex(row->hash));
}
