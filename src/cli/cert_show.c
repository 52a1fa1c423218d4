/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/parts.h"

#include "base/json.h"
#include "core/certs/certs.h"

bool cli_cert_show(struct cli *c, struct err *e)
{
	json_t *cert = NULL;

	return certs_show(c->core, c->args[0], cli_has(c, "deleted"), &cert, e) &&
	       cli_print_object(c, cert);
}

/* The root first, each link one step in. */
static void print_chain(struct cli *c, const json_t *chain)
{
	const json_t *items = json_object_get(chain, "items");
	size_t n = json_array_size(items);

	if (!json_is_true(json_object_get(chain, "complete")))
		fprintf(c->env->out, "(the issuer of the first is not here)\n");
	for (size_t i = n; i-- > 0;) {
		const json_t *link = json_array_get(items, i);
		const char *verdict = cli_member(link, "verdict");

		fprintf(c->env->out, "%*s%s  [%s]  %s\n", (int)(2 * (n - 1 - i)), "",
			cli_member(link, "subject"), cli_member(link, "store"), verdict);
	}
	cli_say(c, json_is_true(json_object_get(chain, "trusted"))
			   ? "trusted: it ends in Root"
			   : "not trusted: it does not end in Root");
}

static const struct cli_column usage_columns[] = {{"KIND", "kind", 0}, {"WHERE", "text", 0}};

bool cli_cert_chain(struct cli *c, struct err *e)
{
	json_t *chain = NULL;

	if (!certs_chain(c->core, c->args[0], &chain, e))
		return false;
	if (!c->json)
		print_chain(c, chain);
	return c->json ? cli_print_object(c, chain) : (json_decref(chain), true);
}

bool cli_cert_usage(struct cli *c, struct err *e)
{
	json_t *usage = NULL;

	return certs_usage(c->core, c->args[0], &usage, e) &&
	       cli_list(c, usage, usage_columns, ARRAY_LEN(usage_columns), "nothing relies on it");
}
