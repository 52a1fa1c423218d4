/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/parts.h"

#include "core/certs/certs.h"

#include <string.h>

const struct cli_option cli_export_options[] = {
	{"format", CLI_NEEDED, "der|pem|p7b|pfx", "form of the file"},
	{"out", CLI_NEEDED, "FILE", "where to; - is standard output"},
	{"chain", CLI_FLAG, NULL, "with the chain (PEM, P7B, PFX)"},
	{"root", CLI_FLAG, NULL, "with the root too"},
	{"with-key", CLI_FLAG, NULL, "PEM: adds the key, encrypted under the password"},
	{"legacy", CLI_FLAG, NULL, "PFX: for old Windows (3DES, SHA-1)"},
	{"password-file", CLI_VALUE, "FILE", "holds the password of the new file"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static enum export_format format_of(const char *name)
{
	if (strcmp(name, "der") == 0)
		return EXPORT_DER;
	if (strcmp(name, "p7b") == 0)
		return EXPORT_P7B;
	return strcmp(name, "pfx") == 0 ? EXPORT_PFX : EXPORT_PEM;
}

bool cli_cert_export(struct cli *c, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;
	struct buf file AUTO_BUF = BUF_INIT;
	const char *format = cli_str(c, "format"), *out = cli_str(c, "out");
	struct export_request r = {.name = c->args[0],
				   .chain = cli_has(c, "chain"),
				   .root = cli_has(c, "root"),
				   .with_key = cli_has(c, "with-key"),
				   .legacy = cli_has(c, "legacy")};
	bool given = false;

	r.format = format_of(format);
	if ((r.format == EXPORT_PFX || r.with_key) &&
	    !cli_password(c, "password for the new file", true, &password, &given, e))
		return false;
	r.password = given ? &password : NULL;
	file.secret = true;
	if (!certs_export(c->core, &c->actor, &r, &file, e) ||
	    !cli_write_file(c, out, buf_span(&file), r.format == EXPORT_PFX || r.with_key, e))
		return false;
	if (strcmp(out, "-") == 0)
		return true;
	if (c->json) {
		json_t *told AUTO_JSON = json_pack("{s:s, s:s, s:I}", "file", out, "format", format,
						   "bytes", (json_int_t)file.len);

		cli_json(c, told);
	}
	cli_say(c, "wrote %s", out);
	return true;
}
