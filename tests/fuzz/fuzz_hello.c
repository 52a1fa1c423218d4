/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/mem.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"
#include "tls/connection.h"
#include "tls/hello.h"
#include "tls/mbed.h"
#include "x509/issue.h"
#include "x509/key.h"

#include <string.h>

/*
 * A ClientHello as the front takes it: our look at it, then mbedTLS with our choice of binding. One
 * endpoint with a default binding, one by name and one by wildcard.
 */
static const char *const hosts[] = {"", "localhost", "*.wild.example"};

static struct tls_config *config;
static struct span left; /* what the client still sends */
static struct ticket_box *tickets;

static void make_binding(struct served_binding *b, int64_t id, const char *host, struct cert *cert,
			 const struct secret *key)
{
	struct err e = ERR_INIT;

	*b = (struct served_binding){.id = id, .endpoint = {.port = 443}, .cert = cert_ref(cert)};
	text_copy(b->endpoint.ip, sizeof(b->endpoint.ip), "*");
	text_copy(b->endpoint.host, sizeof(b->endpoint.host), host);
	must(secret_set(&b->pkcs8, key->data, key->len, &e));
	b->asks_client_cert = id == 2;
}

static void start(void)
{
	const struct issue_params params = {
		.common_name = "fuzz", .not_before_s = 1577836800, .not_after_s = 2493072000};
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct buf der AUTO_BUF = BUF_INIT;
	struct served *served = mem_new(struct served);
	struct cert *cert = NULL;
	struct err e = ERR_INIT;

	must(tls_library_start(&e) && key_generate("ec256", &key, &e));
	must(cert_make_self_signed(&key, &params, &der, &e) &&
	     cert_parse(der.data, der.len, &cert, &e));
	served->refs = 1;
	served->n_bindings = ARRAY_LEN(hosts);
	served->bindings = mem_array(ARRAY_LEN(hosts), sizeof(*served->bindings));
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
		make_binding(&served->bindings[i], (int64_t)i + 1, hosts[i], cert, &key);
	cert_unref(cert);
	must(ticket_box_new(&tickets, &e));
	must(tls_config_new(served, tickets, &config, &e));
}

static int receive(void *unused, unsigned char *out, size_t len)
{
	size_t n = len < left.len ? len : left.len;

	(void)unused;
	if (n == 0)
		return MBEDTLS_ERR_SSL_WANT_READ;
	memcpy(out, left.p, n);
	left = span_of(left.p + n, left.len - n);
	return (int)n;
}

static int send_nowhere(void *unused, const unsigned char *in, size_t len)
{
	(void)unused;
	(void)in;
	return (int)len;
}

/* Whether the binding that was chosen is the one that the name leads to. */
static void must_fit(const struct connection *c, const struct hello *seen)
{
	must(c->binding == tls_config_pick(c->config, c->listener.ip, c->listener.port,
					   c->sni[0] ? c->sni : NULL));
	if (seen)
		must(strcmp(seen->sni, c->sni) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct connection c = {.listener = {.ip = "127.0.0.1", .port = 443}};
	enum hello_state state;
	struct hello seen;

	if (!config)
		start();
	state = hello_look(span_of(data, size), &seen);
	if (state == HELLO_READ)
		must(strlen(seen.sni) < sizeof(seen.sni));
	for (size_t cut = 1; cut < size && cut < 8 && state == HELLO_MORE; cut++) {
		struct hello ignored;

		must(hello_look(span_of(data, size - cut), &ignored) == HELLO_MORE);
	}
	left = span_of(data, size);
	c.config = config;
	mbedtls_ssl_init(&c.ssl);
	must(mbedtls_ssl_setup(&c.ssl, &config->ssl[GROUPS_ALL]) == 0);
	mbedtls_ssl_set_bio(&c.ssl, NULL, send_nowhere, receive, NULL);
	mbedtls_ssl_set_user_data_p(&c.ssl, &c);
	must(mbedtls_ssl_handshake(&c.ssl) != 0);
	if (c.binding)
		must_fit(&c, state == HELLO_READ ? &seen : NULL);
	mbedtls_ssl_free(&c.ssl);
	return 0;
}
