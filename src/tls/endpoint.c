/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tls/endpoint.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 1024

/* "*" is both families by one socket; where the machine has no IPv6, IPv4 alone. */
static bool read_address(const char *ip, uint16_t port, struct sockaddr_storage *out,
			 socklen_t *len_out)
{
	struct sockaddr_in *in4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	*out = (struct sockaddr_storage){.ss_family = AF_INET6};
	if (strcmp(ip, "*") == 0 || inet_pton(AF_INET6, ip, &in6->sin6_addr) == 1) {
		in6->sin6_port = htons(port);
		*len_out = sizeof(*in6);
		return true;
	}
	*out = (struct sockaddr_storage){.ss_family = AF_INET};
	in4->sin_port = htons(port);
	*len_out = sizeof(*in4);
	return inet_pton(AF_INET, ip, &in4->sin_addr) == 1;
}

static int new_socket(int family, bool dual)
{
	int one = 1, v6only = !dual;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)); /* TIME_WAIT only */
	/* accepted sockets inherit it: one call saved per connection */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static bool share(int fd)
{
	int one = 1;

	return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) == 0;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage a = {.ss_family = AF_UNSPEC};
	socklen_t len = sizeof(a);

	if (getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		return 0;
	return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port
					     : ((struct sockaddr_in *)&a)->sin_port);
}

bool endpoint_socket(const char *ip, uint16_t port, enum endpoint_place place, int *fd_out,
		     uint16_t *port_out, struct err *e)
{
	struct sockaddr_storage a;
	socklen_t len;
	int fd, errnum;
	bool ok;

	if (!read_address(ip, port, &a, &len))
		return err_set(e, ERR_INVALID, "'%s' is no IP address", ip);
	fd = new_socket(a.ss_family, strcmp(ip, "*") == 0);
	if (fd < 0 && errno == EAFNOSUPPORT && strcmp(ip, "*") == 0) {
		(void)read_address("0.0.0.0", port, &a, &len);
		fd = new_socket(AF_INET, false);
	}
	if (fd < 0)
		return err_sys(e, errno, "cannot make a socket");
	ok = (place != ENDPOINT_JOIN || share(fd)) && bind(fd, (struct sockaddr *)&a, len) == 0 &&
	     (place == ENDPOINT_JOIN || share(fd));
	if (ok) {
		*fd_out = fd;
		*port_out = port_of(fd);
		return true;
	}
	errnum = errno;
	close(fd);
	(void)err_reason(e, "endpoint.cannot_open", "cannot open %s port %u: %s", ip,
			 (unsigned)port, strerror(errnum));
	e->sys = errnum;
	return false;
}

bool endpoint_name(int fd, char ip_out[static 48], uint16_t *port_out, struct err *e)
{
	struct sockaddr_storage a = {.ss_family = AF_UNSPEC};
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&a;
	const struct sockaddr_in *in4 = (const struct sockaddr_in *)&a;
	socklen_t len = sizeof(a), opt_len = sizeof(int);
	int v6only = 1;

	if (getsockname(fd, (struct sockaddr *)&a, &len) != 0 ||
	    (a.ss_family != AF_INET && a.ss_family != AF_INET6))
		return err_set(e, ERR_INVALID, "the socket is none of TCP");
	*port_out = port_of(fd);
	if (a.ss_family == AF_INET)
		return inet_ntop(AF_INET, &in4->sin_addr, ip_out, 48) != NULL;
	(void)getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, &opt_len);
	if (!v6only && IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr))
		text_copy(ip_out, 48, "*");
	else
		(void)inet_ntop(AF_INET6, &in6->sin6_addr, ip_out, 48);
	return true;
}

bool endpoint_listen(int fd, struct err *e)
{
	if (listen(fd, BACKLOG) < 0) {
		int errnum = errno;

		(void)err_reason(e, "endpoint.cannot_open", "cannot listen: %s", strerror(errnum));
		e->sys = errnum;
		return false;
	}
	return true;
}
