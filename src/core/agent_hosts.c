/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/agent_hosts.h"

#include "base/json.h"
#include "base/text.h"
#include "core/authentication_impl.h"
#include "core/cert_rows.h"
#include "core/publications.h"
#include "core/view_parts.h"
#include "store/ipcer.h"

#include <string.h>

static bool add_der(const struct buf *der, struct cert_list *out, struct err *e)
{
	struct cert *cert AUTO_CERT = NULL;

	if (!cert_parse(der->data, der->len, &cert, e))
		return false;
	return cert_list_has(out, cert) || cert_list_add(out, cert, e);
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
	return (!has_bound || add_der(&now, out, e)) && (!has_next || add_der(&next, out, e));
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
