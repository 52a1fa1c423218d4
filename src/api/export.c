/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/resources.h"
#include "base/text.h"
#include "core/certs/certs.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *media_type, *suffix;
	enum export_format format;
} formats[] = {
	{"pem", "application/x-pem-file", "pem", EXPORT_PEM},
	{"der", "application/pkix-cert", "cer", EXPORT_DER},
	{"p7b", "application/pkcs7-mime", "p7b", EXPORT_P7B},
	{"pfx", "application/x-pkcs12", "pfx", EXPORT_PFX},
};

static bool format_by_name(const char *name, size_t *out)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (strcmp(formats[i].name, name) == 0) {
			*out = i;
			return true;
		}
	return false;
}

/* The first format that Accept names; PEM where it takes anything. */
static bool format_by_accept(const char *accept, size_t *out)
{
	const char *best = NULL;

	*out = 0;
	if (!accept)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		const char *at = strstr(accept, formats[i].media_type);

		if (at && (!best || at < best)) {
			best = at;
			*out = i;
		}
	}
	return best || strstr(accept, "*/*") || strstr(accept, "application/*");
}

static bool send_file(struct api_call *c, const struct export_request *r, size_t format,
		      struct err *e)
{
	struct buf file AUTO_BUF = BUF_INIT;
	char name[96];

	file.secret = true;
	if (!certs_export(c->core, &c->actor, r, &file, e))
		return false;
	snprintf(name, sizeof(name), "%.40s.%s", r->name, formats[format].suffix);
	return api_reply_file(c, formats[format].media_type, name, &file);
}

bool api_certificates_download(struct api_call *c, struct err *e)
{
	struct export_request r = {.name = api_param(c, "sha256")};
	const char *name = api_query(c, "format");
	size_t format;
	int chain, root;

	if (name && !format_by_name(name, &format))
		return err_reason(e, "request.parameter", "format must be der, pem or p7b");
	if (!name && !format_by_accept(http_header(c->http, "Accept"), &format))
		return err_reason(e, "request.not_acceptable", "there are %s, %s, %s",
				  formats[0].media_type, formats[1].media_type,
				  formats[2].media_type);
	if (formats[format].format == EXPORT_PFX)
		return err_reason(e, "request.parameter",
				  "PFX holds the key: POST, with a password in the body");
	if (!api_query_bool(c, "chain", &chain, e) || !api_query_bool(c, "root", &root, e))
		return false;
	r.format = formats[format].format;
	r.chain = chain == 1;
	r.root = root == 1;
	return send_file(c, &r, format, e);
}

bool api_certificates_export(struct api_call *c, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;
	struct export_request r = {.name = api_param(c, "sha256")};
	const char *name;
	size_t format;
	bool given;

	if (!json_get_str(c->body, "format", &name, e) ||
	    !json_get_bool_opt(c->body, "chain", &r.chain, e) ||
	    !json_get_bool_opt(c->body, "root", &r.root, e) ||
	    !json_get_bool_opt(c->body, "with_key", &r.with_key, e) ||
	    !json_get_bool_opt(c->body, "legacy", &r.legacy, e) ||
	    !api_secret(c, "password", &password, &given, e))
		return false;
	if (!format_by_name(name, &format))
		return json_refuse(e, "format", "must be der, pem, p7b or pfx");
	r.format = formats[format].format;
	r.password = given ? &password : NULL;
	return send_file(c, &r, format, e);
}
