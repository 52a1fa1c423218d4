/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/parts.h"

#include "base/json.h"
#include "core/bindings/bindings.h"

#include <string.h>

/*
 * bind confirm: a change counts as confirmed only on a connection whose full handshake showed its
 * certificate. core/ opens one itself when none is named.
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

/* The connection is made by core/, through the hooks. */
bool cli_bind_confirm(struct cli *c, struct err *e)
{
	const char *endpoint = cli_str(c, "endpoint");
	json_t *change AUTO_JSON = NULL, *confirmed AUTO_JSON = NULL;

	if (c->n_args ? !change_show(c->core, c->args[0], &change, e)
		      : !open_change(c, endpoint ? endpoint : "default", &change, e))
		return false;
	if (!change_confirm(c->core, &c->actor, cli_member(change, "id"), NULL, &confirmed, e))
		return false;
	cli_print_change(c, confirmed);
	return true;
}
