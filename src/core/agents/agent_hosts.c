/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/agents/agent_hosts.h"

#include "base/json.h"
#include "base/text.h"
#include "core/agents/agents.h"
#include "core/authentication/authentication_impl.h"
#include "core/authentication/jws.h"
#include "core/authentication/publications.h"
#include "core/certs/cert_rows.h"
#include "core/certs/certs.h"
#include "core/view/view_parts.h"
#include "store/changes.h"
#include "store/ipcer.h"
#include "store/publications.h"

#include <string.h>

static bool add_der(const struct buf *der, struct cert_list *out, struct err *e)
{
	struct cert *cert AUTO_CERT = NULL;

	if (!cert_parse(der->data, der->len, &cert, e))
		return false;
	return cert_list_has(out, cert) || cert_list_add(out, cert, e);
}

/* One that is gone or damaged cannot be shown to anybody either. */
static bool add_named(struct core *c, const char *id, struct cert_list *out, struct err *e)
{
	struct cert *cert AUTO_CERT = NULL;
	struct err why = ERR_INIT;

	if (!certs_find(c, id, &cert, &why))
		return why.code == ERR_NOT_FOUND || why.code == ERR_FORMAT || (*e = why, false);
	return cert_list_has(out, cert) || cert_list_add(out, cert, e);
}

/* Before the switch and until it is confirmed, either may be shown. */
static bool add_open(struct core *c, struct cert_list *out, struct err *e)
{
	struct change_rows open AUTO_CHANGE_ROWS = {.n = 0};

	if (!change_rows_open(core_store(c), &open, e))
		return false;
	for (size_t i = 0; i < open.n; i++) {
		const struct change_row *r = &open.items[i];
		struct binding_row from;
		bool found = false;

		if (!r->after.agents)
			continue;
		if ((r->before.agents && !add_named(c, r->before.cert, out, e)) ||
		    !add_named(c, r->after.cert, out, e))
			return false;
		if (r->agents_from &&
		    (!binding_row_by_id(core_store(c), r->agents_from, &from, &found, e) ||
		     (found && !add_named(c, from.state.cert, out, e))))
			return false;
	}
	return true;
}

bool agent_hosts(struct core *c, struct cert_list *out, struct err *e)
{
	struct buf now AUTO_BUF = BUF_INIT, next AUTO_BUF = BUF_INIT;
	struct ipcer_row bound;
	struct ipcer_next_row announced;
	bool has_bound = false, has_next = false;

	if (!ipcer_row_latest(core_store(c), &bound, &now, &has_bound, e) ||
	    !ipcer_next_read(core_store(c), &announced, &next, &has_next, e))
		return false;
	return (!has_bound || add_der(&now, out, e)) && add_open(c, out, e) &&
	       (!has_next || add_der(&next, out, e));
}

bool agent_hosts_publish(struct core *c, int64_t *number_out, struct err *e)
{
	struct authentication_pair pair AUTO_PAIR = AUTHENTICATION_PAIR_INIT;
	struct cert_list hosts AUTO_CERT_LIST = CERT_LIST_INIT;
	bool found = false;

	*number_out = 0;
	if (!authentication_pair_current(c, &pair, &found, e))
		return false;
	if (!found)
		return true;

	const struct publication_new n = {.ntcer = pair.cert,
					  .signer = pair.cert,
					  .signer_key = &pair.pkcs8,
					  .ipcer = &hosts,
					  .reason = "rebound"};

	return agent_hosts(c, &hosts, e) && publication_add(c, &n, number_out, e);
}

/* How many of the last publication's host certificates are in hosts; *n_out: how many it has. */
static bool last_said(struct core *c, const struct cert_list *hosts, size_t *n_out,
		      size_t *known_out, struct err *e)
{
	struct buf token AUTO_BUF = BUF_INIT;
	json_t *header AUTO_JSON = NULL, *payload AUTO_JSON = NULL, *ipcer;

	*n_out = *known_out = 0;
	if (!publication_token(c, 0, &token, e) ||
	    !jws_peek(buf_span(&token), &header, &payload, e))
		return false;
	ipcer = json_object_get(payload, "ipcer");
	*n_out = json_array_size(ipcer);
	for (size_t i = 0; i < *n_out; i++) {
		const char *text = json_string_value(json_array_get(ipcer, i));
		struct buf der AUTO_BUF = BUF_INIT;

		if (!text || !base64_decode(span_str(text), &der))
			continue;
		for (size_t k = 0; k < hosts->n; k++)
			*known_out += span_equal(buf_span(&der), span_of(hosts->items[k]->der,
									 hosts->items[k]->der_len));
	}
	return true;
}

bool agent_hosts_follow(struct core *c, struct err *e)
{
	struct cert_list hosts AUTO_CERT_LIST = CERT_LIST_INIT;
	struct publication_row last;
	size_t n, known;
	struct err why = ERR_INIT;
	int64_t number;
	bool found = false;

	if (!publication_row_find(core_store(c), 0, &last, NULL, &found, e))
		return false;
	if (!found) /* nobody was ever told anything */
		return true;
	if (!agent_hosts(c, &hosts, e) || !last_said(c, &hosts, &n, &known, e))
		return false;
	if (n == hosts.n && known == n)
		return agents_restate(c, e);
	if (agent_hosts_publish(c, &number, &why) || why.code == ERR_CRYPTO ||
	    why.code == ERR_NOT_FOUND || why.code == ERR_DENIED)
		return true; /* a key that cannot be had must not keep a change from going back */
	*e = why;
	return false;
}

bool agent_hosts_announce(struct core *c, const struct actor *by, const struct cert *cert,
			  int64_t *number_out, struct err *e)
{
	struct ipcer_next_row row = {.created_s = core_now_s(c)};

	if (cert) {
		text_copy(row.sha256, sizeof row.sha256, cert->id);
		text_copy(row.actor, sizeof row.actor, by->name);
	}
	return (cert ? ipcer_next_put(core_store(c), &row, span_of(cert->der, cert->der_len), e)
		     : ipcer_next_drop(core_store(c), e)) &&
	       agent_hosts_publish(c, number_out, e);
}

bool agent_hosts_next_view(struct core *c, json_t **out, struct err *e)
{
	struct cert *cert AUTO_CERT = NULL;
	struct buf der AUTO_BUF = BUF_INIT;
	struct ipcer_next_row row;
	struct cert_found kept;
	bool found = false, stored = false;

	if (!ipcer_next_read(core_store(c), &row, &der, &found, e))
		return false;
	if (!found) {
		*out = json_null();
		return true;
	}
	if (!cert_parse(der.data, der.len, &cert, e))
		return err_wrap(e, "the announced certificate");
	if (!cert_row_of(c, cert, &kept, &stored, e))
		return false;
	*out = json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:b}", "sha256", cert->id, "thumbprint",
			 cert->thumbprint, "subject", view_name(&cert->subject), "not_after",
			 json_time(cert->not_after_s), "announced", json_time(row.created_s), "by",
			 row.actor, "has_key", stored && !kept.removed_at_s && kept.has_key);
	return *out || err_nomem(e);
}
