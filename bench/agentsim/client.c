/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * One kept TLS connection to the server. Several agents may share it: each looks by itself whether the
 * certificate shown is one that it accepts.
 */
struct link {
	int fd;
	gnutls_session_t tls;
	gnutls_certificate_credentials_t nobody;
	char shown[65];
	char buf[SIM_TEXT_MAX];
};

struct link *link_new(void)
{
	struct link *l = calloc(1, sizeof(*l));

	l->fd = -1;
	gnutls_certificate_allocate_credentials(&l->nobody);
	return l;
}

static void hang_up(struct link *l)
{
	if (l->tls)
		gnutls_deinit(l->tls);
	if (l->fd >= 0)
		close(l->fd);
	l->tls = NULL;
	l->fd = -1;
}

void link_free(struct link *l)
{
	hang_up(l);
	gnutls_certificate_free_credentials(l->nobody);
	free(l);
}

static bool connect_now(struct link *l)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(sim.port)};
	const struct timeval wait = {.tv_sec = 60};
	const gnutls_datum_t *chain;
	unsigned n;
	int rc, one = 1;

	if (l->tls)
		return true;
	inet_pton(AF_INET, sim.host, &to.sin_addr);
	l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0 || connect(l->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		return false;
	setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	gnutls_init(&l->tls, GNUTLS_CLIENT);
	gnutls_set_default_priority(l->tls);
	gnutls_credentials_set(l->tls, GNUTLS_CRD_CERTIFICATE, l->nobody);
	gnutls_transport_set_int(l->tls, l->fd);
	do
		rc = gnutls_handshake(l->tls);
	while (rc < 0 && !gnutls_error_is_fatal(rc));
	chain = rc == 0 ? gnutls_certificate_get_peers(l->tls, &n) : NULL;
	if (!chain)
		return false;
	digest_of(chain[0].data, chain[0].size, l->shown);
	return true;
}

static bool accepts(struct agent *a, const struct link *l)
{
	bool good = false;

	agent_hold(a);
	for (size_t i = 0; i < a->n_ipcer; i++)
		good = good || strcmp(a->ipcer[i], l->shown) == 0;
	agent_release(a);
	return good;
}

static bool send_all(struct link *l, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = gnutls_record_send(l->tls, p, len);

		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

/* Status and body of one answer; 0: none. */
static int answer_read(struct link *l, char *answer, size_t size)
{
	size_t have = 0, want = 0, head = 0;
	int status = 0;

	for (;;) {
		ssize_t n = gnutls_record_recv(l->tls, l->buf + have, sizeof(l->buf) - 1 - have);
		const char *end, *length;

		if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED)
			continue;
		if (n <= 0)
			return 0;
		have += (size_t)n;
		l->buf[have] = '\0';
		end = strstr(l->buf, "\r\n\r\n");
		if (!end)
			continue;
		head = (size_t)(end - l->buf) + 4;
		length = strcasestr(l->buf, "\r\nContent-Length:");
		want = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
		if (have < head + want)
			continue;
		status = (int)strtol(l->buf + 9, NULL, 10);
		(void)snprintf(answer, size, "%.*s", (int)want, l->buf + head);
		if (strcasestr(l->buf, "\r\nConnection: close"))
			hang_up(l);
		return status;
	}
}

static int ask(struct link *l, struct agent *a, bool pinned, const char *method, const char *path,
	       const char *body, char *answer, size_t size)
{
	char head[1024];
	int n;

	if (!connect_now(l))
		return 0;
	if (pinned && !accepts(a, l))
		return -1;
	n = snprintf(head, sizeof(head),
		     "%s %s HTTP/1.1\r\nHost: %s:%u\r\n%s%s%s%s%sContent-Length: %zu\r\n%s\r\n",
		     method, path, sim.host, (unsigned)sim.port,
		     a->secret[0] && pinned ? "Authorization: Agent " : "",
		     a->secret[0] && pinned ? a->id : "", a->secret[0] && pinned ? "." : "",
		     a->secret[0] && pinned ? a->secret : "", a->secret[0] && pinned ? "\r\n" : "",
		     body ? strlen(body) : 0, body ? "Content-Type: application/json\r\n" : "");
	if (!send_all(l, head, (size_t)n) || (body && !send_all(l, body, strlen(body))))
		return 0;
	return answer_read(l, answer, size);
}

int link_ask(struct link *l, struct agent *a, bool pinned, const char *method, const char *path,
	     const char *body, char *answer, size_t size)
{
	for (int i = 0; i < 3; i++) {
		int status = ask(l, a, pinned, method, path, body, answer, size);

		if (status > 0)
			return status;
		hang_up(l); /* kept too long, or shown another certificate: a new one */
		if (status < 0 && i > 0)
			return -1;
	}
	return 0;
}
