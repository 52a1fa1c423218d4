/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/agents/agent_egress.h"

#include "base/buf.h"
#include "base/num.h"
#include "core/console/settings.h"
#include "core/network.h"
#include "x509/name.h"

#include <string.h>

static bool network_parse(const char *text, size_t len, struct network *out)
{
	char room[64];
	uint64_t bits = 0;
	char *slash;

	while (len > 0 && *text == ' ')
		text++, len--;
	while (len > 0 && text[len - 1] == ' ')
		len--;
	if (len == 0 || len >= sizeof(room))
		return false;
	memcpy(room, text, len);
	room[len] = '\0';
	slash = strchr(room, '/');
	if (slash)
		*slash = '\0';
	if (!ip_parse(room, out->ip, &out->len) ||
	    (slash && !num_u64(slash + 1, 8 * out->len, &bits)))
		return false;
	out->bits = slash ? (unsigned)bits : (unsigned)(8 * out->len);
	return true;
}

/* *sound_out false: not a list. */
static bool list_has(const char *list, const uint8_t *ip, size_t len, bool *sound_out)
{
	struct network n;
	bool has = false;
	size_t count = 0;

	*sound_out = true;
	for (const char *p = list; *p;) {
		size_t part = strcspn(p, ",");

		if (count++ == EGRESS_NETWORKS_MAX || !network_parse(p, part, &n)) {
			*sound_out = false;
			return false;
		}
		has = has || (ip && network_has(&n, ip, len));
		p += part + (p[part] == ',');
	}
	return has;
}

bool agent_egress_is_sound(const char *text)
{
	bool sound;

	(void)list_has(text, NULL, 0, &sound);
	return sound;
}

static const char never[] = "0.0.0.0/8, 169.254.0.0/16, 224.0.0.0/3, ::/128, fe80::/10, ff00::/8";

bool agent_egress_allows(struct core *c, const char *address, bool is_pinned, struct err *e)
{
	struct buf list AUTO_BUF = BUF_INIT;
	uint8_t room[16];
	const uint8_t *ip;
	size_t len;
	bool sound;

	if (!ip_parse(address, room, &len))
		return err_reason(e, "agent.address", "this is no IP address");
	ip = address_plain(room, &len);
	if (list_has(never, ip, len, &sound))
		return err_reason(e, "agent.address",
				  "this address is never connected to: it is link-local, "
				  "multicast or nobody's");
	if (!settings_get_str(c, "agent_egress", &list, e))
		return false;
	if (list.len == 0)
		return true;
	return list_has(buf_str(&list), ip, len, &sound) ||
	       err_reason(e, "agent.address", "%s %.48s is outside the networks of agent_egress",
			  is_pinned ? "the pinned address" : "the agent's address", address);
}
