/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/crl_points.h"

#include "base/num.h"
#include "base/text.h"
#include "core/certs/trust_stores.h"
#include "core/trust/crl_egress.h"
#include "core/trust/crl_impl.h"
#include "core/tx.h"
#include "store/bindings.h"
#include "store/crl_points.h"
#include "store/stores.h"
#include "x509/crl.h"

#include <string.h>

bool crl_demand_read(struct core *c, struct crl_demand *out, struct err *e)
{
	struct binding_rows rows AUTO_BINDING_ROWS = {.n = 0};
	struct crl_demand d = {.asks = false};

	if (!binding_row_list(core_store(c), &rows, e))
		return false;
	for (size_t i = 0; i < rows.n; i++) {
		const struct binding_state *b = &rows.items[i].state;

		if (b->revocation == REVOCATION_OFF)
			continue;
		d.asks |= !b->revocation_cached_only;
		if (b->revocation_freshness_s > 0 &&
		    (d.freshness_s == 0 || b->revocation_freshness_s < d.freshness_s))
			d.freshness_s = b->revocation_freshness_s;
	}
	*out = d;
	return true;
}

static bool is_web(struct span url)
{
	return (url.len > 7 && span_equal_nocase(span_of(url.p, 7), span_str("http://"))) ||
	       (url.len > 8 && span_equal_nocase(span_of(url.p, 8), span_str("https://")));
}

/* Addresses stand in logs and headers: plain printable ASCII, or they are none (RFC 3986 2). */
static bool is_plain(struct span url)
{
	for (size_t i = 0; i < url.len; i++)
		if (url.p[i] <= ' ' || url.p[i] > '~')
			return false;
	return url.len <= CRL_POINT_URL_MAX;
}

bool crl_point_note(struct core *c, struct span url, const struct name *issuer,
		    const char *issuer_text, bool is_delta, const char *origin, struct err *e)
{
	char text[CRL_POINT_URL_MAX + 1];
	struct buf name AUTO_BUF = BUF_INIT;

	if (!is_web(url) || !is_plain(url))
		return true;
	memcpy(text, url.p, url.len);
	text[url.len] = '\0';
	if (!issuer_text)
		name_text(issuer, &name);
	if (!buf_ok(&name))
		return err_nomem(e);
	return store_crl_point_note(
		core_store(c),
		&(struct store_crl_point){.url = text,
					  .issuer = issuer_text ? issuer_text : buf_str(&name),
					  .issuer_der = issuer->der,
					  .is_delta = is_delta,
					  .origin = origin,
					  .seen_at_s = core_now_s(c)},
		e);
}

bool crl_url_is_allowed(const struct crl_egress *g, bool https, const char *url)
{
	bool secure = text_starts_with(url, "https://");
	const char *host = strstr(url, "://");
	char name[CRL_EGRESS_NAME_SIZE];
	uint64_t port = secure ? 443 : 80;
	size_t len;

	if (!host || (secure && !https))
		return false;
	host += 3;
	len = host[0] == '[' ? strcspn(host, "]") : strcspn(host, ":/?#");
	if (host[0] == '[' && host[len] == ']') {
		host++;
		len--;
	}
	if (len == 0 || len >= sizeof name)
		return false;
	memcpy(name, host, len);
	name[len] = '\0';
	host += len + (host[len] == ']');
	if (*host == ':') {
		char digits[6] = "";
		size_t n = strcspn(host + 1, "/?#");

		if (n >= sizeof digits)
			return false;
		memcpy(digits, host + 1, n);
		if (!num_u64(digits, UINT16_MAX, &port))
			return false;
	}
	return crl_egress_allows_host(g, name, (uint16_t)port);
}

static bool note_names(struct core *c, const struct cert *cert, const struct general_names *urls,
		       bool is_delta, struct err *e)
{
	for (size_t i = 0; i < urls->n; i++)
		if (!crl_point_note(c, urls->items[i].value, &cert->issuer, NULL, is_delta, "store",
				    e))
			return false;
	return true;
}

static bool collect_store(void *arg, const struct store_row *row, struct err *e)
{
	struct core *c = arg;
	struct cert_list members AUTO_CERT_LIST = CERT_LIST_INIT;

	if (strcmp(row->name, "Disallowed") == 0)
		return true;
	if (!trust_store_members(c, row->name, &members, e))
		return false;
	for (size_t i = 0; i < members.n; i++) {
		const struct cert *cert = members.items[i];

		if (!note_names(c, cert, &cert->crl_urls, false, e) ||
		    !note_names(c, cert, &cert->freshest_urls, true, e))
			return false;
	}
	return true;
}

bool crl_points_collect(struct core *c, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;

	return tx_begin(c, &tx, e) && store_row_list(core_store(c), collect_store, c, e) &&
	       store_crl_points_forget(core_store(c), core_now_s(c) - CRL_POINT_FORGET_S, e) &&
	       tx_commit(&tx, e);
}
