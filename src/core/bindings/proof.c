/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/proof.h"

#include "base/mem.h"
#include "base/text.h"
#include "core/bindings/plan.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

struct targets {
	struct {
		char ip[48];
		uint16_t port;
	} items[PROOF_ADDRESSES_MAX];
	size_t n;
};

bool publish_now(struct core *c, enum publish_state *out, struct err *e)
{
	const struct core_hooks *h = core_hooks(c);
	int64_t generation = 0;

	*out = CONSOLE_DOWN;
	if (!h->publish)
		return true;
	if (h->publish(h->arg, &generation, e)) {
		*out = PUBLISHED;
		return true;
	}
	return e->code == ERR_UNREACHABLE;
}

static void target_add(struct targets *t, const char *ip, uint16_t port)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->items[i].port == port && strcmp(t->items[i].ip, ip) == 0)
			return;
	if (t->n == PROOF_ADDRESSES_MAX)
		return;
	text_copy(t->items[t->n].ip, sizeof t->items[t->n].ip, ip);
	t->items[t->n].port = port;
	t->n++;
}

/* A binding of its own on this very address takes its connections. */
static bool is_taken(const struct binding_rows *all, const struct binding_row *row, const char *ip,
		     uint16_t port)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->items[i].id != row->id && all->items[i].port == port &&
		    strcmp(all->items[i].ip, ip) == 0 && strcmp(all->items[i].host, row->host) == 0)
			return true;
	return false;
}

/* The addresses behind "*". Link-local ones need a zone and are left out. */
static void targets_of_machine(struct targets *t, const struct binding_rows *all,
			       const struct binding_row *row, uint16_t port)
{
	struct ifaddrs *list = NULL;

	if (getifaddrs(&list) != 0) {
		target_add(t, "127.0.0.1", port);
		return;
	}
	for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
		char ip[48] = "";

		if (!i->ifa_addr)
			continue;
		if (i->ifa_addr->sa_family == AF_INET) {
			const struct sockaddr_in *a = (const void *)i->ifa_addr;

			(void)inet_ntop(AF_INET, &a->sin_addr, ip, sizeof ip);
		} else if (i->ifa_addr->sa_family == AF_INET6) {
			const struct sockaddr_in6 *a = (const void *)i->ifa_addr;

			if (!IN6_IS_ADDR_LINKLOCAL(&a->sin6_addr))
				(void)inet_ntop(AF_INET6, &a->sin6_addr, ip, sizeof ip);
		}
		if (ip[0] && !is_taken(all, row, ip, port))
			target_add(t, ip, port);
	}
	freeifaddrs(list);
}

static void targets_of(struct targets *t, const struct binding_rows *all,
		       const struct binding_row *row, const char *ip, uint16_t port)
{
	if (strcmp(ip, "*") == 0)
		targets_of_machine(t, all, row, port);
	else
		target_add(t, ip, port);
}

static bool targets_load(struct core *c, const struct binding_row *row, struct targets *t,
			 struct err *e)
{
	struct binding_rows all AUTO_BINDING_ROWS = {.n = 0};
	struct listener_row *more AUTO_MEM = NULL;
	size_t n_more = 0;

	t->n = 0;
	if (!binding_row_list(core_store(c), &all, e) ||
	    !listener_list(core_store(c), &more, &n_more, e))
		return false;
	targets_of(t, &all, row, row->ip, row->port);
	for (size_t i = 0; row->is_default && i < n_more; i++)
		if (!is_taken(&all, row, more[i].ip, more[i].port))
			targets_of(t, &all, row, more[i].ip, more[i].port);
	return true;
}

/* Under which name the proof asks: the host, some name of a wildcard, none for a default. */
static const char *proof_sni(const struct binding_row *row, char *buf, size_t size)
{
	if (row->host[0] == '\0')
		return NULL;
	if (!text_starts_with(row->host, "*."))
		return row->host;
	(void)snprintf(buf, size, "proof%s", row->host + 1);
	return buf;
}

static bool target_shows(const struct core_hooks *h, const struct prove_target *t,
			 const char *cert_sha256, struct buf *evidence)
{
	struct prove_result r = {.connected = false};
	struct err why = ERR_INIT;
	bool v6 = strchr(t->ip, ':') != NULL;
	bool good = false;

	buf_printf(evidence, "%s%s%s%s:%u%s%s: ", evidence->len ? "; " : "", v6 ? "[" : "", t->ip,
		   v6 ? "]" : "", (unsigned)t->port, t->sni ? " as " : "", t->sni ? t->sni : "");
	if (!h->prove(h->arg, t, &r, &why))
		buf_add_str(evidence, why.text);
	else if (!r.connected || r.cert_sha256[0] == '\0')
		buf_printf(evidence, "no certificate: %s", r.error);
	else if (strcmp(r.cert_sha256, cert_sha256) != 0)
		buf_printf(evidence, "shows %.16s... instead of %.16s...", r.cert_sha256,
			   cert_sha256);
	else
		good = true;
	if (good)
		buf_printf(evidence, "%s, %lld ms", r.tls_version, (long long)(r.took_us / 1000));
	return good;
}

bool binding_prove(struct core *c, const struct binding_row *row, const char *cert_sha256,
		   bool *seen_out, struct buf *evidence, struct err *e)
{
	const struct core_hooks *h = core_hooks(c);
	struct targets targets;
	char name[300];
	bool seen = true;

	if (!h->prove) {
		buf_add_str(evidence, "nobody to make a handshake");
		*seen_out = false;
		return true;
	}
	if (!targets_load(c, row, &targets, e))
		return false;
	for (size_t i = 0; i < targets.n; i++) {
		const struct prove_target t = {.ip = targets.items[i].ip,
					       .port = targets.items[i].port,
					       .sni = proof_sni(row, name, sizeof name)};

		seen = target_shows(h, &t, cert_sha256, evidence) && seen;
	}
	*seen_out = seen && targets.n > 0;
	return true;
}
