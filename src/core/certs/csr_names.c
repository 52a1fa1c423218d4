/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/certs/csr_names.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/certs/cert_rows.h"

#include <string.h>

void csr_names_clear(struct csr_names *n)
{
	for (size_t i = 0; i < n->n_dns; i++)
		mem_free(n->dns[i]);
	for (size_t i = 0; i < n->n_ip; i++)
		mem_free(n->ip[i]);
	mem_free(n->json_text);
	cert_unref(n->renewed);
}

/* Names in lower case; what is there twice once. */
static bool name_add(char **list, size_t *n, struct span name, struct err *e)
{
	char *copy;

	for (size_t i = 0; i < *n; i++)
		if (span_equal_nocase(span_str(list[i]), name))
			return true;
	if (*n == ISSUE_NAMES_MAX)
		return err_set(e, ERR_LIMIT, "a request has at most %d names", ISSUE_NAMES_MAX);
	copy = mem_strn(name.p, name.len);
	if (!copy)
		return err_nomem(e);
	for (char *p = copy; *p; p++)
		*p = ascii_lower(*p);
	list[(*n)++] = copy;
	return true;
}

static bool given_add(const struct csr_request *r, struct csr_names *n, struct err *e)
{
	uint8_t ip[16];
	size_t len;

	if (r->n_dns_names > CSR_NAMES_MAX || r->n_ip_addresses > CSR_NAMES_MAX)
		return err_set(e, ERR_LIMIT, "a request names at most %d of a kind", CSR_NAMES_MAX);
	for (size_t i = 0; i < r->n_dns_names; i++) {
		bool is_ip = ip_parse(r->dns_names[i], ip, &len);

		/* an address given as a name is an address: as a name no client would match it */
		if (!name_add(is_ip ? n->ip : n->dns, is_ip ? &n->n_ip : &n->n_dns,
			      span_str(r->dns_names[i]), e))
			return false;
	}
	for (size_t i = 0; i < r->n_ip_addresses; i++) {
		if (!ip_parse(r->ip_addresses[i], ip, &len))
			return err_set(e, ERR_INVALID, "'%.60s' is no IP address",
				       r->ip_addresses[i]);
		if (!name_add(n->ip, &n->n_ip, span_str(r->ip_addresses[i]), e))
			return false;
	}
	return true;
}

static bool renewed_add(struct csr_names *n, struct err *e)
{
	const struct general_names *san = &n->renewed->san;

	for (size_t i = 0; i < san->n; i++) {
		struct buf text AUTO_BUF = BUF_INIT;

		if (san->items[i].kind == GN_DNS &&
		    !name_add(n->dns, &n->n_dns, san->items[i].value, e))
			return false;
		if (san->items[i].kind != GN_IP)
			continue;
		ip_text(san->items[i].value, &text);
		if (!buf_ok(&text))
			return err_nomem(e);
		if (!name_add(n->ip, &n->n_ip, buf_span(&text), e))
			return false;
	}
	return true;
}

static bool renewed_find(struct core *c, const char *name, struct csr_names *n, struct err *e)
{
	struct cert_found f;

	if (!cert_row_find(c, name, false, &f, e) || !cert_row_cert(c, f.sha256, &n->renewed, e))
		return false;
	text_copy(n->friendly_name, sizeof(n->friendly_name), f.friendly_name);
	return true;
}

/* The CN: what was asked for, what the renewed one had, or the first name that is short enough. */
static bool common_name_choose(const struct csr_request *r, struct csr_names *n, struct err *e)
{
	struct buf cn AUTO_BUF = BUF_INIT;

	if (r->common_name)
		buf_add_str(&cn, r->common_name);
	else if (n->renewed && r->n_dns_names == 0 && r->n_ip_addresses == 0 &&
		 !name_common_name(&n->renewed->subject, &cn))
		buf_reset(&cn);
	for (size_t i = 0; i < n->n_dns && cn.len == 0; i++)
		if (strlen(n->dns[i]) <= ISSUE_COMMON_NAME_MAX)
			buf_add_str(&cn, n->dns[i]);
	if (cn.len == 0 && n->n_ip > 0)
		buf_add_str(&cn, n->ip[0]);
	if (!buf_ok(&cn))
		return err_nomem(e);
	if (cn.len >= sizeof(n->common_name) || strlen(buf_str(&cn)) != cn.len)
		return err_set(e, ERR_INVALID, "the common name is too long");
	text_copy(n->common_name, sizeof(n->common_name), buf_str(&cn));
	return true;
}

static bool json_make(struct csr_names *n, struct err *e)
{
	json_t *a AUTO_JSON = json_array();
	struct buf text AUTO_BUF = BUF_INIT;

	for (size_t i = 0; a && i < n->n_dns; i++)
		json_array_append_new(a, json_sprintf("DNS:%s", n->dns[i]));
	for (size_t i = 0; a && i < n->n_ip; i++)
		json_array_append_new(a, json_sprintf("IP:%s", n->ip[i]));
	if (!a || !json_write(a, &text, e))
		return err_nomem(e);
	n->json_text = buf_steal_str(&text);
	return n->json_text || err_nomem(e);
}

bool csr_names_gather(struct core *c, const struct csr_request *r, struct csr_names *out,
		      struct err *e)
{
	if (r->renews && !renewed_find(c, r->renews, out, e))
		return false;
	if (!given_add(r, out, e))
		return false;
	if (out->n_dns + out->n_ip == 0 && out->renewed && !renewed_add(out, e))
		return false;
	if (out->n_dns + out->n_ip == 0)
		return err_reason(e, "csr.no_name", "the request names no host");
	return common_name_choose(r, out, e) && json_make(out, e);
}
