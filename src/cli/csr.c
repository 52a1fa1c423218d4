/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/parts.h"

#include "base/files.h"
#include "base/json.h"
#include "core/certs/csrs.h"
#include "core/certs/import.h"

#include <string.h>

static const struct cli_column list_columns[] = {
	{"ID", "id", 0},   {"SUBJECT", "subject", 40}, {"NAMES", "sans", 50},
	{"KEY", "key", 0}, {"CREATED", "created", 0},  {"STATE", "state", 0},
};

static bool csr_create(struct cli *c, struct err *e)
{
	const char *dns[CLI_VALUES_MAX], *ip[CLI_VALUES_MAX];
	const char *out = cli_str(c, "out");
	struct csr_request r = {.common_name = cli_str(c, "common-name"),
				.dns_names = dns,
				.n_dns_names = cli_many(c, "dns", dns),
				.ip_addresses = ip,
				.n_ip_addresses = cli_many(c, "ip", ip),
				.key = cli_str(c, "key"),
				.exportable = cli_has(c, "exportable"),
				.renews = cli_str(c, "renew"),
				.same_key = cli_has(c, "same-key"),
				.friendly_name = cli_str(c, "friendly-name")};
	struct buf pem AUTO_BUF = BUF_INIT;
	json_t *csr AUTO_JSON = NULL;

	if (r.n_dns_names + r.n_ip_addresses == 0 && !r.renews)
		return err_set(e, ERR_INVALID,
			       "'csr create' needs --dns NAME, --ip ADDRESS or --renew "
			       "CERT");
	if (!csrs_create(c->core, &c->actor, &r, &csr, e) ||
	    !csrs_pem(c->core, cli_member(csr, "id"), &pem, e))
		return false;
	if (!cli_write_file(c, out, buf_span(&pem), false, e))
		return err_wrap(e, "request %s is kept, 'csr show' with --out writes it",
				cli_member(csr, "id"));
	if (c->json && strcmp(out, "-") != 0)
		cli_json(c, csr);
	cli_note(c, "request %s; hand its answer in with 'certbinder csr complete FILE'",
		 cli_member(csr, "id"));
	return true;
}

static bool csr_list(struct cli *c, struct err *e)
{
	json_t *list = NULL;

	return csrs_list(c->core, &list, e) &&
	       cli_list(c, list, list_columns, ARRAY_LEN(list_columns), "no requests");
}

static bool csr_show(struct cli *c, struct err *e)
{
	const char *out = cli_str(c, "out");
	struct buf pem AUTO_BUF = BUF_INIT;
	json_t *csr = NULL;

	if (!out)
		return csrs_show(c->core, c->args[0], &csr, e) && cli_print_object(c, csr);
	return csrs_pem(c->core, c->args[0], &pem, e) &&
	       cli_write_file(c, out, buf_span(&pem), false, e);
}

static bool csr_complete(struct cli *c, struct err *e)
{
	struct buf file AUTO_BUF = BUF_INIT;
	json_t *result AUTO_JSON = NULL;

	if (!file_read(c->args[0], IMPORT_MAX_BYTES, &file, e) ||
	    !csrs_complete(c->core, &c->actor, buf_span(&file), &result, e))
		return false;
	cli_print_import(c, result);
	return true;
}

static bool csr_remove(struct cli *c, struct err *e)
{
	if (!cli_confirm(c, e, "Give up request %s? A key that nothing else uses goes with it.",
			 c->args[0]) ||
	    !csrs_remove(c->core, &c->actor, c->args[0], e))
		return false;
	cli_say(c, "removed");
	return true;
}

static const struct cli_option create_options[] = {
	{"dns", CLI_MANY, "NAME", "DNS name"},
	{"ip", CLI_MANY, "ADDRESS", "IP address"},
	{"common-name", CLI_VALUE, "NAME", "the first DNS name without it"},
	{"key", CLI_VALUE, "ec256|ec384|rsa2048|rsa3072|rsa4096", "kind of key"},
	{"exportable", CLI_FLAG, NULL, "the key may leave later"},
	{"renew", CLI_VALUE, "CERT", "take the names of this certificate"},
	{"same-key", CLI_FLAG, NULL, "and its key"},
	{"friendly-name", CLI_VALUE, "NAME", "for the certificate to come"},
	{"out", CLI_NEEDED, "FILE", "where the request goes; - is standard output"},
	{NULL, CLI_FLAG, NULL, NULL},
};

static const struct cli_option show_options[] = {
	{"out", CLI_VALUE, "FILE", "write the request as PEM"},
	{NULL, CLI_FLAG, NULL, NULL},
};

const struct cli_command cli_csr[] = {
	{"csr create", "", 0, 0, create_options, CLI_CREATES, csr_create,
	 "make a key and a request for a CA"},
	{"csr list", "", 0, 0, NULL, 0, csr_list, "list requests"},
	{"csr show", "ID", 1, 1, show_options, 0, csr_show, "one request"},
	{"csr complete", "FILE", 1, 1, NULL, 0, csr_complete,
	 "hand in the signed certificate; it finds its request by itself"},
	{"csr remove", "ID", 1, 1, NULL, 0, csr_remove, "give up a request and its key"},
	{.words = NULL},
};
