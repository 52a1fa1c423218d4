/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/view/view_parts.h"

#include "base/buf.h"
#include "base/json.h"
#include "x509/extension_text.h"
#include "x509/oid.h"

#include <string.h>

#define EXTENSION_HEX_MAX ((size_t)256) /* bytes shown of one whose form is not known */

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

/* Lines to an array. */
static json_t *lines_of(const struct buf *text)
{
	json_t *a = json_array();
	size_t from = 0;

	for (size_t i = 0; a && i < text->len; i++)
		if (text->data[i] == '\n') {
			json_array_append_new(a, json_text(span_of(text->data + from, i - from)));
			from = i + 1;
		}
	return a;
}

static json_t *extension_view(const struct cert *cert, size_t i)
{
	const struct cert_extension *x = &cert->extensions[i];
	struct buf oid AUTO_BUF = BUF_INIT, text AUTO_BUF = BUF_INIT;
	bool decoded = extension_text(cert, i, &text);
	size_t len = x->value.len < EXTENSION_HEX_MAX ? x->value.len : EXTENSION_HEX_MAX;
	json_t *o;

	oid_text(x->oid, &oid);
	o = json_pack("{s:o, s:b, s:b, s:o}", "oid", text_of(&oid), "critical", x->critical,
		      "decoded", decoded, "values", lines_of(&text));
	if (o && !decoded)
		json_object_set_new(o, "hex", json_hex(span_of(x->value.p, len)));
	return o;
}

json_t *view_extensions(const struct cert *cert)
{
	json_t *a = json_array();

	for (size_t i = 0; a && i < cert->n_extensions; i++)
		json_array_append_new(a, extension_view(cert, i));
	return a;
}
