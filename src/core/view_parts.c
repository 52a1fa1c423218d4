/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/view_parts.h"

#include "base/buf.h"
#include "base/json.h"
#include "x509/oid.h"

#include <string.h>

static json_t *text_of(const struct buf *b)
{
	return buf_ok(b) ? json_text(buf_span(b)) : NULL;
}

json_t *view_name(const struct name *n)
{
	struct buf b AUTO_BUF = BUF_INIT;

	name_text(n, &b);
	return text_of(&b);
}

json_t *view_common_name(const struct name *n)
{
	struct buf b AUTO_BUF = BUF_INIT;

	return name_common_name(n, &b) ? text_of(&b) : json_null();
}

json_t *view_sans(const struct general_names *g)
{
	json_t *a = json_array();

	for (size_t i = 0; a && i < g->n; i++) {
		struct buf b AUTO_BUF = BUF_INIT;

		general_name_text(&g->items[i], &b);
		json_array_append_new(a, text_of(&b));
	}
	return a;
}

json_t *view_urls(const struct general_names *g)
{
	json_t *a = json_array();

	for (size_t i = 0; a && i < g->n; i++)
		if (g->items[i].kind == GN_URI)
			json_array_append_new(a, json_text(g->items[i].value));
	return a;
}

json_t *view_purposes(const struct cert *cert)
{
	json_t *a = json_array();

	if (!a)
		return NULL;
	if (cert->is_ca)
		json_array_append_new(a, json_string("ca"));
	if (cert_allows_purpose(cert, PURPOSE_SERVER))
		json_array_append_new(a, json_string("server"));
	if (cert_allows_purpose(cert, PURPOSE_CLIENT))
		json_array_append_new(a, json_string("client"));
	if (cert_allows_purpose(cert, PURPOSE_CODE_SIGNING))
		json_array_append_new(a, json_string("code_signing"));
	return a;
}

json_t *view_key_usage(const struct cert *cert)
{
	static const char *const names[] = {
		"digitalSignature", "contentCommitment", "keyEncipherment",
		"dataEncipherment", "keyAgreement",	 "keyCertSign",
		"cRLSign",	    "encipherOnly",	 "decipherOnly"};
	json_t *a = json_array();

	for (size_t i = 0; a && i < ARRAY_LEN(names); i++)
		if (cert->key_usage & 1u << i)
			json_array_append_new(a, json_string(names[i]));
	return a;
}

static json_t *oid_named(struct span oid)
{
	static const char *const names[][2] = {
		{"1.3.6.1.5.5.7.3.1", "serverAuth"},	{"1.3.6.1.5.5.7.3.2", "clientAuth"},
		{"1.3.6.1.5.5.7.3.3", "codeSigning"},	{"1.3.6.1.5.5.7.3.4", "emailProtection"},
		{"1.3.6.1.5.5.7.3.8", "timeStamping"},	{"1.3.6.1.5.5.7.3.9", "OCSPSigning"},
		{"2.5.29.37.0", "anyExtendedKeyUsage"},
	};
	struct buf b AUTO_BUF = BUF_INIT;

	oid_text(oid, &b);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(buf_str(&b), names[i][0]) == 0)
			return json_string(names[i][1]);
	return text_of(&b);
}

json_t *view_oids(const struct oid_list *l)
{
	json_t *a = json_array();

	for (size_t i = 0; a && i < l->n; i++)
		json_array_append_new(a, oid_named(l->items[i]));
	return a;
}

json_t *view_extensions(const struct cert *cert)
{
	json_t *a = json_array();

	for (size_t i = 0; a && i < cert->n_extensions; i++) {
		struct buf b AUTO_BUF = BUF_INIT;

		oid_text(cert->extensions[i].oid, &b);
		json_array_append_new(a, json_pack("{s:o, s:b}", "oid", text_of(&b), "critical",
						   cert->extensions[i].critical));
	}
	return a;
}
