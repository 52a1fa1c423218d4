/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <arpa/inet.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/psa_util.h>
#include <mbedtls/ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <psa/crypto.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef BENCH_FAST
#include "tls/fast.h"
#endif

/*
 * What the TLS library can do when nothing else is asked for: threads that accept, shake hands, say goodbye and close, one
 * connection at a time. No limits, no log, no SNI, no HTTP. What the daemon's full handshakes are measured against.
 *
 *   bench-bare CHAIN.pem KEY.pem THREADS          mbedTLS as it comes
 *   bench-bare-fast CHAIN.pem KEY.pem THREADS     with the arithmetic of src/tls/fast.c, as in the daemon
 *
 * Prints its port, and ends with its standard input.
 */
#define BACKLOG 1024

static mbedtls_ssl_config config;
static mbedtls_x509_crt chain;
static mbedtls_pk_context key;

static int random_bytes(void *unused, unsigned char *out, size_t len)
{
	(void)unused;
	return mbedtls_psa_get_random(MBEDTLS_PSA_RANDOM_STATE, out, len);
}

static void must(int ret, const char *what)
{
	if (ret == 0)
		return;
	fprintf(stderr, "bench-bare: %s: %d\n", what, ret);
	exit(1);
}

static int listen_on(uint16_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons(*port),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	socklen_t len = sizeof(a);

	must(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), "SO_REUSEPORT");
	must(bind(fd, (struct sockaddr *)&a, len), "bind");
	must(listen(fd, BACKLOG), "listen");
	must(getsockname(fd, (struct sockaddr *)&a, &len), "getsockname");
	*port = ntohs(a.sin_port);
	return fd;
}

static void serve_one(int fd)
{
	mbedtls_net_context net = {.fd = fd};
	mbedtls_ssl_context ssl;
	int ret, on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	mbedtls_ssl_init(&ssl);
	must(mbedtls_ssl_setup(&ssl, &config), "setup");
	mbedtls_ssl_set_bio(&ssl, &net, mbedtls_net_send, mbedtls_net_recv, NULL);
	do
		ret = mbedtls_ssl_handshake(&ssl);
	while (ret == MBEDTLS_ERR_SSL_WANT_READ || ret == MBEDTLS_ERR_SSL_WANT_WRITE);
	if (ret == 0)
		(void)mbedtls_ssl_close_notify(&ssl);
	mbedtls_ssl_free(&ssl);
	close(fd);
}

static void *serve(void *listener)
{
	for (;;) {
		int fd = accept(*(int *)listener, NULL, NULL);

		if (fd >= 0)
			serve_one(fd);
	}
	return NULL;
}

static void set_up(const char *chain_file, const char *key_file)
{
	static const uint16_t groups[] = {MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
					  MBEDTLS_SSL_IANA_TLS_GROUP_NONE};

	must((int)psa_crypto_init(), "start");
	mbedtls_ssl_config_init(&config);
	mbedtls_x509_crt_init(&chain);
	mbedtls_pk_init(&key);
	must(mbedtls_x509_crt_parse_file(&chain, chain_file), chain_file);
	must(mbedtls_pk_parse_keyfile(&key, key_file, NULL, random_bytes, NULL), key_file);
	must(mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_SERVER,
					 MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT),
	     "defaults");
	mbedtls_ssl_conf_rng(&config, random_bytes, NULL);
	mbedtls_ssl_conf_groups(&config, groups);
	must(mbedtls_ssl_conf_own_cert(&config, &chain, &key), "certificate");
#ifdef BENCH_FAST
	must(!fast_is_on(), "the faster arithmetic is off");
#endif
}

int main(int argc, char **argv)
{
	int threads = argc == 4 ? atoi(argv[3]) : 0, fds[64];
	uint16_t port = 0;
	pthread_t id;

	if (threads < 1 || threads > 64) {
		fprintf(stderr, "usage: bench-bare CHAIN.pem KEY.pem THREADS\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	set_up(argv[1], argv[2]);
	for (int i = 0; i < threads; i++) {
		fds[i] = listen_on(&port);
		must(pthread_create(&id, NULL, serve, &fds[i]), "thread");
	}
	printf("%u\n", (unsigned)port);
	fflush(stdout);
	(void)getchar();
	return 0;
}
