/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/crl_egress.h"

#include "base/num.h"
#include "base/text.h"
#include "core/console/settings.h"
#include "x509/name.h"

#include <string.h>

static bool refuse(const char *entry, const char *why, struct err *e)
{
	return err_reason(e, "request.member", "crl_egress: '%.80s' %s", entry, why);
}

/* Loopback, private, link-local, multicast and the like (RFC 6890). */
static const struct network inner[] = {
	{{0}, 4, 8},
	{{10}, 4, 8},
	{{100, 64}, 4, 10},
	{{127}, 4, 8},
	{{169, 254}, 4, 16},
	{{172, 16}, 4, 12},
	{{192, 0, 0}, 4, 24},
	{{192, 0, 2}, 4, 24},
	{{192, 168}, 4, 16},
	{{198, 18}, 4, 15},
	{{198, 51, 100}, 4, 24},
	{{203, 0, 113}, 4, 24},
	{{224}, 4, 3}, /* multicast and reserved */
	{{0}, 16, 96}, /* :: and ::1, and addresses of IPv4 in the form that is no more */
	{{0x01}, 16, 64},
	{{0x20, 0x01, 0x0d, 0xb8}, 16, 32},
	{{0xfc}, 16, 7},
	{{0xfe, 0x80}, 16, 9}, /* link-local and site-local */
	{{0xff}, 16, 8},
};

static bool is_inner(const uint8_t *ip, size_t len)
{
	const uint8_t *p = address_plain(ip, &len);

	for (size_t i = 0; i < ARRAY_LEN(inner); i++)
		if (network_has(&inner[i], p, len))
			return true;
	return false;
}

static bool in_listed_network(const struct crl_egress *g, const uint8_t *ip, size_t len,
			      uint16_t port)
{
	const uint8_t *p = address_plain(ip, &len);

	for (size_t i = 0; i < g->n; i++) {
		const struct crl_egress_entry *x = &g->items[i];

		if ((x->port == 0 || x->port == port) && network_has(&x->net, p, len))
			return true;
	}
	return false;
}

bool crl_egress_allows_address(const struct crl_egress *g, const uint8_t *ip, size_t len,
			       uint16_t port)
{
	return !is_inner(ip, len) || in_listed_network(g, ip, len, port);
}

bool crl_egress_allows_host(const struct crl_egress *g, const char *host, uint16_t port)
{
	uint8_t ip[16];
	size_t len;

	if (ip_parse(host, ip, &len))
		return in_listed_network(g, ip, len, port);
	for (size_t i = 0; i < g->n; i++) {
		const struct crl_egress_entry *x = &g->items[i];
		size_t own = strlen(x->host), all = strlen(host);

		if (own == 0 || (x->port != 0 && x->port != port))
			continue;
		if (!x->below && text_equal_nocase(host, x->host))
			return true;
		if (x->below && all > own + 1 && host[all - own - 1] == '.' &&
		    text_equal_nocase(host + all - own, x->host))
			return true;
	}
	return false;
}

/* "host:port", "[ip]:port", "[ip]": cuts the port off. A bare address of IPv6 has none. */
static bool cut_port(char *text, struct crl_egress_entry *x, struct err *e)
{
	char *colon = strrchr(text, ':'), *close = strrchr(text, ']');
	uint64_t port;

	if (!colon || (close && colon < close) || (!close && strchr(text, ':') != colon))
		return true;
	if (!num_u64(colon + 1, UINT16_MAX, &port) || port == 0)
		return refuse(text, "has no port from 1 to 65535 behind its colon", e);
	x->port = (uint16_t)port;
	*colon = '\0';
	return true;
}

static bool cut_bits(char *text, struct crl_egress_entry *x, bool *given, struct err *e)
{
	char *slash = strchr(text, '/');
	uint64_t bits = 0;

	*given = slash != NULL;
	if (!slash)
		return true;
	if (!num_u64(slash + 1, 128, &bits))
		return refuse(text, "has no number of bits behind its slash", e);
	x->net.bits = (unsigned)bits;
	*slash = '\0';
	return true;
}

static bool is_name(const char *s)
{
	if (s[0] == '\0' || s[0] == '.' || s[0] == '-' || strstr(s, ".."))
		return false;
	for (; *s; s++)
		if (!ascii_is_alpha(*s) && !ascii_is_digit(*s) && *s != '.' && *s != '-' &&
		    *s != '_')
			return false;
	return true;
}

static bool take_name(const char *text, struct crl_egress_entry *x, struct err *e)
{
	x->below = text_starts_with(text, "*.");
	if (!is_name(text + (x->below ? 2 : 0)))
		return refuse(text, "is neither a host name nor an address", e);
	text_copy(x->host, sizeof x->host, text + (x->below ? 2 : 0));
	return true;
}

static bool entry_parse(char *text, struct crl_egress_entry *x, struct err *e)
{
	bool has_bits = false;
	size_t len;

	if (!cut_port(text, x, e) || !cut_bits(text, x, &has_bits, e))
		return false;
	len = strlen(text);
	if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
		text[len - 1] = '\0';
		text++;
	}
	if (!ip_parse(text, x->net.ip, &x->net.len)) {
		x->net.len = 0;
		return has_bits ? refuse(text, "is no address, and has a slash", e)
				: take_name(text, x, e);
	}
	if (!has_bits)
		x->net.bits = (unsigned)x->net.len * 8;
	return x->net.bits <= x->net.len * 8 || refuse(text, "has too many bits", e);
}

bool crl_egress_parse(const char *text, struct crl_egress *out, struct err *e)
{
	struct crl_egress g = {.n = 0};

	for (const char *p = text; *p;) {
		char one[CRL_EGRESS_NAME_SIZE];
		size_t len = strcspn(p, " ,\t\n");

		if (len == 0) {
			p++;
			continue;
		}
		if (len >= sizeof one)
			return refuse(p, "is too long", e);
		if (g.n == CRL_EGRESS_ENTRIES_MAX)
			return err_set(e, ERR_LIMIT, "crl_egress: at most %d entries",
				       CRL_EGRESS_ENTRIES_MAX);
		memcpy(one, p, len);
		one[len] = '\0';
		if (!entry_parse(one, &g.items[g.n], e))
			return false;
		g.n++;
		p += len;
	}
	*out = g;
	return true;
}

bool crl_egress_read(struct core *c, struct crl_egress *out, struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;

	return settings_get_str(c, "crl_egress", &text, e) &&
	       crl_egress_parse(buf_str(&text), out, e);
}
