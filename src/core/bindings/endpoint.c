/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/bindings.h"

#include "base/num.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

#define HOST_MAX 253 /* octets of a DNS name as text, RFC 1035 2.3.4 */
#define LABEL_MAX 63 /* octets of one label of it */

static void ipv4_canonical(const struct in_addr *v4, char out[static 48])
{
	if (v4->s_addr == INADDR_ANY)
		text_copy(out, 48, "*");
	else
		(void)inet_ntop(AF_INET, v4, out, 48); /* 48 always suffices */
}

/* "0.0.0.0" and "::" mean what "*" says; an IPv4-mapped address is the IPv4 one, since the kernel
 * treats them as the same listener. */
static bool ip_canonical(const char *text, char out[static 48])
{
	struct in_addr v4;
	struct in6_addr v6;

	if (strcmp(text, "*") == 0 || text[0] == '\0') {
		text_copy(out, 48, "*");
		return true;
	}
	if (inet_pton(AF_INET, text, &v4) == 1) {
		ipv4_canonical(&v4, out);
		return true;
	}
	if (inet_pton(AF_INET6, text, &v6) != 1)
		return false;
	if (IN6_IS_ADDR_V4MAPPED(&v6)) {
		memcpy(&v4, v6.s6_addr + 12, sizeof v4);
		ipv4_canonical(&v4, out);
		return true;
	}
	if (IN6_IS_ADDR_UNSPECIFIED(&v6))
		text_copy(out, 48, "*");
	else
		(void)inet_ntop(AF_INET6, &v6, out, 48);
	return true;
}

static bool label_is_good(const char *p, size_t len)
{
	if (len == 0 || len > LABEL_MAX || p[0] == '-' || p[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!ascii_is_alpha(p[i]) && !ascii_is_digit(p[i]) && p[i] != '-' && p[i] != '_')
			return false;
	return true;
}

/* A DNS name in letters, digits and hyphens (underscore is met in the field), "*." at most in
 * front. */
static bool host_is_good(const char *host)
{
	const char *p = text_starts_with(host, "*.") ? host + 2 : host;
	struct in_addr v4;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return false; /* RFC 6066 3: addresses are not permitted in SNI */
	for (;;) {
		const char *dot = strchr(p, '.');
		size_t len = dot ? (size_t)(dot - p) : strlen(p);

		if (!label_is_good(p, len))
			return false;
		if (!dot)
			return true;
		p = dot + 1;
	}
}

static bool host_canonical(const char *text, char out[static 256], struct err *e)
{
	size_t len = strlen(text);

	if (len > 0 && text[len - 1] == '.')
		len--;
	if (len > HOST_MAX)
		return err_reason(e, "binding.endpoint", "host name of %zu octets, at most %d", len,
				  HOST_MAX);
	for (size_t i = 0; i < len; i++)
		out[i] = ascii_lower(text[i]);
	out[len] = '\0';
	if (len > 0 && !host_is_good(out))
		return err_reason(e, "binding.endpoint",
				  "'%.80s' is no host name; names with other letters are written "
				  "in their xn-- form",
				  text);
	return true;
}

/* Splits at the colons outside brackets: ip_out without brackets, *rest at what follows the ip. */
static bool ip_split(const char *text, char ip_out[static 64], const char **rest)
{
	const char *from = text, *to;
	size_t len;

	if (text[0] == '[') {
		from = text + 1;
		to = strchr(text, ']');
		if (!to || to[1] != ':')
			return false;
		*rest = to + 2;
	} else {
		to = strchr(text, ':');
		if (!to)
			return false;
		*rest = to + 1;
	}
	len = (size_t)(to - from);
	if (len >= 64)
		return false;
	memcpy(ip_out, from, len);
	ip_out[len] = '\0';
	return text[0] != '[' || strchr(ip_out, ':') != NULL;
}

bool endpoint_parse(const char *text, struct endpoint *out, struct err *e)
{
	struct endpoint ep = {.port = 0};
	char ip[64], port[8];
	const char *rest, *colon;
	size_t port_len;

	if (!strchr(text, ':') && ip_canonical(text, ep.ip))
		return err_reason(e, "binding.endpoint", "'%.120s' has no port from 1 to 65535",
				  text);
	if (!ip_split(text, ip, &rest) || !ip_canonical(ip, ep.ip))
		return err_reason(e, "binding.endpoint", "'%.120s' does not begin with an address",
				  text);
	colon = strchr(rest, ':');
	port_len = colon ? (size_t)(colon - rest) : strlen(rest);
	if (port_len >= sizeof port)
		return err_reason(e, "binding.endpoint", "'%.120s' has no port from 1 to 65535",
				  text);
	memcpy(port, rest, port_len);
	port[port_len] = '\0';
	if (!num_port(port, &ep.port))
		return err_reason(e, "binding.endpoint", "'%.120s' has no port from 1 to 65535",
				  text);
	if (colon && !host_canonical(colon + 1, ep.host, e))
		return false;
	*out = ep;
	return true;
}

void endpoint_text(const struct endpoint *ep, struct buf *out)
{
	bool v6 = strchr(ep->ip, ':') != NULL;

	buf_printf(out, "%s%s%s:%u:%s", v6 ? "[" : "", ep->ip, v6 ? "]" : "", (unsigned)ep->port,
		   ep->host);
}
