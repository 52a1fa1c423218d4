/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"
#include "tls/front.h"
#include "tls/mbed.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mbedtls/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * The prover: a client that only wants to know what is shown. It trusts nothing and sends no
 * request; whether the certificate is the right one is for the caller to compare.
 */
struct prover {
	int fd;
	int64_t until_ms;
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config conf;
};

static bool wait_for(const struct prover *p, short events)
{
	struct pollfd pfd = {.fd = p->fd, .events = events};

	for (;;) {
		int64_t left = p->until_ms - clock_mono_ms();
		int n;

		if (left <= 0)
			return false;
		n = poll(&pfd, 1, left > INT_MAX ? INT_MAX : (int)left);
		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
	}
}

static bool read_target(const struct prove_target *t, struct sockaddr_storage *out, socklen_t *len)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	*out = (struct sockaddr_storage){.ss_family = AF_INET};
	if (inet_pton(AF_INET, t->ip, &in4->sin_addr) == 1) {
		in4->sin_port = htons(t->port);
		*len = sizeof(*in4);
		return true;
	}
	out->ss_family = AF_INET6;
	in6->sin6_port = htons(t->port);
	*len = sizeof(*in6);
	return inet_pton(AF_INET6, t->ip, &in6->sin6_addr) == 1;
}

static bool say(struct prove_result *r, const char *what, const char *why)
{
	snprintf(r->error, sizeof(r->error), "%s: %s", what, why);
	return false;
}

static bool dial(struct prover *p, const struct prove_target *t, struct prove_result *r)
{
	struct sockaddr_storage a;
	socklen_t len, n = sizeof(int);
	int errnum = 0;

	if (!read_target(t, &a, &len))
		return say(r, "connect", "no IP address");
	p->fd = socket(a.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return say(r, "connect", strerror(errno));
	if (connect(p->fd, (struct sockaddr *)&a, len) == 0)
		return true;
	if (errno != EINPROGRESS)
		return say(r, "connect", strerror(errno));
	if (!wait_for(p, POLLOUT))
		return say(r, "connect", "timed out");
	if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &errnum, &n) < 0 || errnum != 0)
		return say(r, "connect", strerror(errnum ? errnum : errno));
	return true;
}

static int bio_send(void *prover, const unsigned char *in, size_t len)
{
	const struct prover *p = prover;
	ssize_t n = send(p->fd, in, len, MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return MBEDTLS_ERR_SSL_WANT_WRITE;
	return n < 0 ? MBEDTLS_ERR_SSL_CONN_EOF : (int)n;
}

static int bio_receive(void *prover, unsigned char *out, size_t len)
{
	const struct prover *p = prover;
	ssize_t n = recv(p->fd, out, len, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return MBEDTLS_ERR_SSL_WANT_READ;
	return n < 0 ? MBEDTLS_ERR_SSL_CONN_EOF : (int)n;
}

static bool set_up(struct prover *p, const struct prove_target *t, struct prove_result *r)
{
	static const char *alpn[] = {"http/1.1", NULL};
	/* the quick one first: its share is what the hello brings */
	static const uint16_t groups[] = {
		MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
		MBEDTLS_SSL_IANA_TLS_GROUP_X25519,    MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1,
		MBEDTLS_SSL_IANA_TLS_GROUP_NONE,
	};
	/* SHA-256 first, as browsers say it: with SHA-512 the library signs under an RSA key of 1024
	 * bits what nobody can verify */
	static const uint16_t signatures[] = {
		MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256,
		MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
		MBEDTLS_TLS1_3_SIG_ECDSA_SECP521R1_SHA512,
		MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
		MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,
		MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512,
		MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
		MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
		MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,
		MBEDTLS_TLS1_3_SIG_NONE,
	};
	int ret = mbedtls_ssl_config_defaults(&p->conf, MBEDTLS_SSL_IS_CLIENT,
					      MBEDTLS_SSL_TRANSPORT_STREAM,
					      MBEDTLS_SSL_PRESET_DEFAULT);

	if (ret == 0)
		ret = mbedtls_ssl_conf_alpn_protocols(&p->conf, alpn);
	mbedtls_ssl_conf_rng(&p->conf, tls_rng, NULL);
	mbedtls_ssl_conf_groups(&p->conf, groups);
	mbedtls_ssl_conf_sig_algs(&p->conf, signatures);
	mbedtls_ssl_conf_min_tls_version(&p->conf, MBEDTLS_SSL_VERSION_TLS1_2);
	mbedtls_ssl_conf_authmode(&p->conf, MBEDTLS_SSL_VERIFY_NONE);
	mbedtls_ssl_conf_session_tickets(&p->conf, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
	if (ret == 0)
		ret = mbedtls_ssl_setup(&p->ssl, &p->conf);
	if (ret == 0)
		ret = mbedtls_ssl_set_hostname(&p->ssl, t->sni && t->sni[0] ? t->sni : NULL);
	mbedtls_ssl_set_bio(&p->ssl, p, bio_send, bio_receive, NULL);
	return ret == 0 || say(r, "setup", tls_error_text(ret));
}

static bool shake(struct prover *p, struct prove_result *r)
{
	int ret;

	while ((ret = mbedtls_ssl_handshake(&p->ssl)) != 0) {
		if (ret != MBEDTLS_ERR_SSL_WANT_READ && ret != MBEDTLS_ERR_SSL_WANT_WRITE)
			return say(r, "handshake", tls_error_text(ret));
		if (!wait_for(p, ret == MBEDTLS_ERR_SSL_WANT_READ ? POLLIN : POLLOUT))
			return say(r, "handshake", "timed out");
	}
	return true;
}

static void look(struct prover *p, struct prove_result *r)
{
	const mbedtls_x509_crt *crt = mbedtls_ssl_get_peer_cert(&p->ssl);
	uint8_t digest[SHA256_BYTES];

	text_copy(r->tls_version, sizeof(r->tls_version), mbedtls_ssl_get_version(&p->ssl));
	if (!crt) {
		(void)say(r, "handshake", "no certificate was shown");
		return;
	}
	sha256(span_of(crt->raw.p, crt->raw.len), digest);
	hex_lower(span_of(digest, sizeof(digest)), r->cert_sha256);
	(void)mbedtls_ssl_close_notify(&p->ssl); /* a courtesy */
}

bool tls_prove(const struct prove_target *t, int timeout_ms, struct prove_result *out,
	       struct err *e)
{
	struct prover p = {.fd = -1, .until_ms = clock_mono_ms() + timeout_ms};
	int64_t start_ns = clock_mono_ns();

	if (!tls_library_start(e))
		return false;
	*out = (struct prove_result){.connected = false};
	mbedtls_ssl_init(&p.ssl);
	mbedtls_ssl_config_init(&p.conf);
	out->connected = dial(&p, t, out);
	if (out->connected && set_up(&p, t, out) && shake(&p, out))
		look(&p, out);
	out->took_us = (clock_mono_ns() - start_ns) / 1000;
	mbedtls_ssl_free(&p.ssl);
	mbedtls_ssl_config_free(&p.conf);
	if (p.fd >= 0)
		close(p.fd);
	return true;
}
