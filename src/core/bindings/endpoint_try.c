/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/programs/control.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool address_fill(const char *ip, uint16_t port, struct sockaddr_storage *out,
			 socklen_t *len_out)
{
	struct sockaddr_in *v4 = (void *)out;
	struct sockaddr_in6 *v6 = (void *)out;

	*out = (struct sockaddr_storage){.ss_family = AF_INET6};
	v6->sin6_port = htons(port);
	*len_out = sizeof *v6;
	if (strcmp(ip, "*") == 0)
		return true; /* all zeroes is any */
	if (inet_pton(AF_INET6, ip, &v6->sin6_addr) == 1)
		return true;
	*out = (struct sockaddr_storage){.ss_family = AF_INET};
	v4->sin_port = htons(port);
	*len_out = sizeof *v4;
	return inet_pton(AF_INET, ip, &v4->sin_addr) == 1;
}

bool endpoint_try(const char *ip, uint16_t port, struct err *e)
{
	struct sockaddr_storage address;
	socklen_t len;
	int fd, on = 1, failed;

	if (!address_fill(ip, port, &address, &len))
		return err_reason(e, "binding.endpoint", "'%.60s' is no address", ip);
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_reason(e, "endpoint.cannot_open", "%s port %u: %s", ip, (unsigned)port,
				  strerror(errno));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	failed = bind(fd, (const struct sockaddr *)&address, len) != 0 || listen(fd, 1) != 0 ? errno
											     : 0;
	(void)close(fd);
	return !failed || err_reason(e, "endpoint.cannot_open", "%s port %u: %s", ip,
				     (unsigned)port, strerror(failed));
}
