/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/own_connection.h"

#include "base/text.h"
#include "core/bindings/served.h"

#include <string.h>

#define CONFIRM_PATH "/api/v1/changes"

/* The longest prefix that holds, never weaker than the binding's own rule. */
static int rule_for(const struct binding_state *b, const char *path)
{
	int rule = b->client_certs;
	size_t best = 0;

	for (const char *p = b->path_rules; *p;) {
		size_t line = strcspn(p, "\n"), len = line - 2;

		if (len >= best && path_prefix_holds(p, len, path)) {
			int own = p[line - 1] - '0';

			best = len;
			rule = own > b->client_certs ? own : b->client_certs;
		}
		p += line + (p[line] == '\n');
	}
	return rule;
}

bool own_connection_judge(const struct own_connection *own, int64_t now_s, bool *refused_out,
			  char *why, size_t size, struct err *e)
{
	struct verdict *v AUTO(verdict_autop) = NULL;
	const struct binding_state *b = own->after;
	const struct cert_list none = CERT_LIST_INIT;
	const struct cert_list *chain = own->chain ? own->chain : &none;
	const struct trust_policy policy = {.mode = own->mode,
					    .issuer_store =
						    b->issuer_store[0] ? b->issuer_store : NULL,
					    .purpose = PURPOSE_CLIENT,
					    .check_usage = b->check_usage,
					    .revocation = (enum revocation_check)b->revocation,
					    .crl_freshness_s = b->revocation_freshness_s,
					    .max_depth = -1};
	int rule = rule_for(b, CONFIRM_PATH);

	if (rule == CLIENT_CERTS_IGNORE || (rule == CLIENT_CERTS_ACCEPT && chain->n == 0)) {
		*refused_out = false;
		return true;
	}
	if (!trust_judge(own->view, &policy, chain->items, chain->n, now_s, NULL, &v, e))
		return false;
	*refused_out = !v->accept;
	text_copy(why, size, v->explanation);
	return true;
}
