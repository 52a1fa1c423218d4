/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/served.h"

#include "base/mem.h"
#include "base/text.h"
#include "core/bindings/served_build.h"

#include <string.h>

struct served *served_ref(struct served *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void served_binding_clear(struct served_binding *b)
{
	cert_unref(b->cert);
	cert_list_clear(&b->chain);
	cert_list_clear(&b->issuers);
	secret_clear(&b->pkcs8);
	mem_free(b->path_rules);
	*b = (struct served_binding){.id = 0};
}

void served_unref(struct served *s)
{
	if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < s->n_bindings; i++)
		served_binding_clear(&s->bindings[i]);
	mem_free(s->bindings);
	trust_view_unref(s->view);
	mem_free(s);
}

void served_drop_endpoint(struct served *s, const char *ip, uint16_t port)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n_bindings; i++) {
		struct served_binding *b = &s->bindings[i];

		if (b->endpoint.port == port && strcmp(b->endpoint.ip, ip) == 0)
			served_binding_clear(b);
		else
			s->bindings[kept++] = *b;
	}
	s->n_bindings = kept;
}

/* How well a binding's host answers a name: 3 exact, 2 wildcard, 1 default, 0 not at all. */
static int host_rank(const char *host, const char *sni)
{
	if (host[0] == '\0')
		return 1;
	if (!sni || sni[0] == '\0')
		return 0;
	if (text_equal_nocase(host, sni))
		return 3;
	return dns_name_matches(span_str(host), sni) ? 2 : 0;
}

const struct served_binding *served_pick(const struct served *s, const char *local_ip,
					 uint16_t port, const char *sni)
{
	const struct served_binding *best = NULL;
	int best_rank = 0;

	for (size_t i = 0; i < s->n_bindings; i++) {
		const struct served_binding *b = &s->bindings[i];
		bool own = strcmp(b->endpoint.ip, local_ip) == 0;
		int rank;

		if (b->endpoint.port != port || (!own && strcmp(b->endpoint.ip, "*") != 0))
			continue;
		rank = 2 * host_rank(b->endpoint.host, sni);
		if (rank > 0 && rank + own > best_rank) {
			best_rank = rank + own; /* the name first, then the closer address */
			best = b;
		}
	}
	return best;
}

const struct served_binding *served_by_id(const struct served *s, int64_t id)
{
	for (size_t i = 0; i < s->n_bindings; i++)
		if (s->bindings[i].id == id)
			return &s->bindings[i];
	return NULL;
}

bool path_prefix_holds(const char *prefix, size_t len, const char *path)
{
	if (strncmp(path, prefix, len) != 0)
		return false;
	return path[len] == '\0' || path[len] == '/' || (len > 0 && prefix[len - 1] == '/');
}

enum client_certs served_rule(const struct served_binding *b, const char *path)
{
	const struct path_rule *best = NULL;
	size_t best_len = 0;

	for (size_t i = 0; i < b->n_path_rules; i++) {
		const struct path_rule *r = &b->path_rules[i];
		size_t len = strlen(r->prefix);

		if ((!best || len > best_len) && path_prefix_holds(r->prefix, len, path)) {
			best = r;
			best_len = len;
		}
	}
	if (!best || best->client_certs < b->client_certs)
		return b->client_certs;
	return best->client_certs;
}
