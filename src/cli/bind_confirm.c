/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/parts.h"

#include "base/json.h"
#include "core/bindings.h"

#include <string.h>

/*
 * bind confirm: a change counts as confirmed only on a connection whose full handshake showed its
 * certificate. This opens such a connection itself.
 */

/* The newest committed change of the binding. */
static bool open_change(struct cli *c, const char *endpoint, json_t **out, struct err *e)
{
	struct page page = {.limit = 20};
	json_t *list AUTO_JSON = NULL;
	size_t i;
	json_t *change;

	if (!bindings_history(c->core, endpoint, &page, &list, e))
		return false;
	json_array_foreach(json_object_get(list, "items"), i, change)
	{
		if (strcmp(cli_member(change, "state"), "committed") == 0) {
			*out = json_incref(change);
			return true;
		}
	}
	return err_reason(e, "change.not_found", "no change of %s waits to be confirmed", endpoint);
}

static const char *where_to_connect(const char *ip)
{
	return strcmp(ip, "*") == 0 ? "127.0.0.1" : ip;
}

static bool prove(struct cli *c, const struct endpoint *ep, struct prove_result *seen,
		  struct err *e)
{
	struct prove_target target = {.ip = where_to_connect(ep->ip),
				      .port = ep->port,
				      .sni = ep->host[0] && ep->host[0] != '*' ? ep->host : NULL};

	if (!c->hooks.prove)
		return err_set(e, ERR_UNSUPPORTED, "this program cannot make a handshake");
	if (!c->hooks.prove(c->hooks.arg, &target, seen, e))
		return false;
	if (!seen->connected)
		return err_reason(e, "daemon.down", "no handshake with %s port %u: %s", target.ip,
				  target.port, seen->error);
	return true;
}

bool cli_bind_confirm(struct cli *c, struct err *e)
{
	const char *endpoint = cli_str(c, "endpoint");
	json_t *change AUTO_JSON = NULL, *confirmed AUTO_JSON = NULL;
	struct prove_result seen = {0};
	struct confirm_proof proof = {.cert_sha256 = seen.cert_sha256, .full_handshake = true};
	struct endpoint ep;

	if (c->n_args ? !change_show(c->core, c->args[0], &change, e)
		      : !open_change(c, endpoint ? endpoint : "default", &change, e))
		return false;
	if (!endpoint_parse(cli_member(change, "endpoint"), &ep, e) || !prove(c, &ep, &seen, e) ||
	    !change_confirm(c->core, &c->actor, cli_member(change, "id"), &proof, &confirmed, e))
		return false;
	cli_print_change(c, confirmed);
	return true;
}
