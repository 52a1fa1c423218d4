/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/text.h"
#include "tls/worker.h"

#include <arpa/inet.h>
#include <string.h>

/* Mapped IPv4 addresses of a dual-stack listener are shown as IPv4. */
static void address_text(const struct sockaddr_storage *a, char out[static 48], uint16_t *port)
{
	const struct sockaddr_in *in4 = (const struct sockaddr_in *)a;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)a;

	out[0] = '\0';
	*port = 0;
	if (a->ss_family == AF_INET) {
		inet_ntop(AF_INET, &in4->sin_addr, out, 48);
		*port = ntohs(in4->sin_port);
	} else if (a->ss_family == AF_INET6) {
		if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
			inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], out, 48);
		else
			inet_ntop(AF_INET6, &in6->sin6_addr, out, 48);
		*port = ntohs(in6->sin6_port);
	}
}

static void fill_addresses(const struct connection *c, struct peer *p)
{
	struct sockaddr_storage local = {.ss_family = AF_UNSPEC};
	socklen_t len = sizeof(local);

	address_text(&c->client, p->client_ip, &p->client_port);
	if (getsockname(c->fd, (struct sockaddr *)&local, &len) == 0)
		address_text(&local, p->local_ip, &p->local_port);
	text_copy(p->listener_ip, sizeof(p->listener_ip), c->listener.ip);
}

/* A ticket of TLS 1.2 may have been taken before the server name was known. */
static bool resumed_elsewhere(const struct connection *c)
{
	const struct ticket_scope *was = &c->expect.opened;

	return was->binding_id != 0 &&
	       (!c->binding->scope.resumable || was->binding_id != c->binding->scope.binding_id ||
		memcmp(was->cert_sha256, c->binding->scope.cert_sha256, SHA256_BYTES) != 0);
}

static void fill_tls(struct connection *c, struct peer *p)
{
	const struct served_binding *b = c->binding->served;

	text_copy(p->sni, sizeof(p->sni), c->sni);
	text_copy(p->tls_version, sizeof(p->tls_version), mbedtls_ssl_get_version(&c->ssl));
	text_copy(p->cipher, sizeof(p->cipher), mbedtls_ssl_get_ciphersuite(&c->ssl));
	p->resumed = c->expect.opened.binding_id != 0;
	p->misdirected = resumed_elsewhere(c);
	p->binding_id = b->id;
	text_copy(p->host_cert_sha256, sizeof(p->host_cert_sha256), b->cert->id);
	p->asked_client_cert = b->asks_client_cert;
	p->client_chain = c->presented;
	c->presented = (struct cert_list)CERT_LIST_INIT;
	p->client_chain_unreadable = c->presented_unreadable;
	text_copy(p->client_chain_error, sizeof(p->client_chain_error), c->presented_error);
}

struct peer *peer_of_connection(struct connection *c)
{
	struct peer *p = peer_new();

	if (!p)
		return NULL;
	fill_addresses(c, p);
	p->plain = c->listener.plain;
	p->served = served_ref(c->config->served);
	p->tls_generation = p->served->tls_generation;
	if (c->has_ssl)
		fill_tls(c, p);
	return p;
}
