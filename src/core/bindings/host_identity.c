/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/console/settings.h"

#include "base/buf.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#define HOSTS_FILE "/etc/hosts"
#define HOSTS_MAX_BYTES ((size_t)1 << 20)
#define ADDRESSES_MAX 64 /* of one machine in its first certificate */

static void fqdn_from(const struct buf *line, const char *host, char *out, size_t size)
{
	size_t len = strlen(host);
	char word[256];

	for (const char *p = buf_str(line), *end; *p && *p != '#'; p = end) {
		while (ascii_is_space(*p))
			p++;
		for (end = p; *end && *end != '#' && !ascii_is_space(*end);)
			end++;
		if ((size_t)(end - p) >= sizeof(word) || (size_t)(end - p) <= len + 1)
			continue;
		memcpy(word, p, (size_t)(end - p));
		word[end - p] = '\0';
		if (word[len] == '.' && span_equal_nocase(span_of(word, len), span_of(host, len)))
			text_copy(out, size, word);
	}
}

/* From /etc/hosts, where Debian's installer writes it: asking a name server could wait for a
 * network that is not there. */
static void fqdn_find(const char *host, char *out, size_t size)
{
	struct buf all AUTO_BUF = BUF_INIT, line AUTO_BUF = BUF_INIT;
	struct err ignored = ERR_INIT;

	if (strchr(host, '.')) {
		text_copy(out, size, host);
		return;
	}
	if (!file_read(HOSTS_FILE, HOSTS_MAX_BYTES, &all, &ignored))
		return;
	for (size_t i = 0; i < all.len && out[0] == '\0'; i++) {
		if (all.data[i] != '\n') {
			buf_add_char(&line, (char)all.data[i]);
			continue;
		}
		fqdn_from(&line, host, out, size);
		buf_reset(&line);
	}
	if (out[0] == '\0') /* a last line without its end */
		fqdn_from(&line, host, out, size);
}

static bool address_text(const struct sockaddr *sa, char out[static 48])
{
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *v4 = (const void *)sa;

		return inet_ntop(AF_INET, &v4->sin_addr, out, 48) != NULL;
	}
	if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const void *)sa;

		return !IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr) &&
		       inet_ntop(AF_INET6, &v6->sin6_addr, out, 48) != NULL;
	}
	return false;
}

static bool addresses_read(struct host_identity *h, struct err *e)
{
	struct ifaddrs *all = NULL;

	h->addresses = mem_array(ADDRESSES_MAX, sizeof(*h->addresses));
	if (!h->addresses)
		return err_nomem(e);
	if (getifaddrs(&all) != 0)
		return err_sys(e, errno, "cannot list the machine's addresses");
	for (struct ifaddrs *a = all; a && h->n_addresses < ADDRESSES_MAX; a = a->ifa_next)
		if (a->ifa_addr && address_text(a->ifa_addr, h->addresses[h->n_addresses]))
			h->n_addresses++;
	freeifaddrs(all);
	return true;
}

bool settings_server_name(struct core *c, struct buf *out, struct err *e)
{
	char host[256] = "";

	if (!settings_get_str(c, "server_name", out, e))
		return false;
	if (out->len > 0)
		return true;
	if (gethostname(host, sizeof(host) - 1) != 0 || !host[0])
		text_copy(host, sizeof(host), "localhost");
	buf_add_str(out, host);
	return buf_ok(out) || err_nomem(e);
}

bool host_identity_read(struct host_identity *out, struct err *e)
{
	struct host_identity h AUTO(host_identity_clear) = {.n_addresses = 0};

	if (gethostname(h.host, sizeof(h.host) - 1) != 0)
		return err_sys(e, errno, "cannot read the host name");
	fqdn_find(h.host, h.fqdn, sizeof(h.fqdn));
	if (!addresses_read(&h, e))
		return false;
	*out = h;
	h.addresses = NULL;
	return true;
}

void host_identity_clear(struct host_identity *h)
{
	mem_free(h->addresses);
	*h = (struct host_identity){.n_addresses = 0};
}
