/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/agents/agent_view.h"

#include "base/json.h"
#include "core/console/settings.h"

#include <string.h>

static const struct agent_finding findings[] = {
	[STANDING_CURRENT] = {"current", "", ""},
	[STANDING_NTCER_OLD] = {"recoverable", "its OfcNTCer.dat is a former key of this server",
				"none needed: it follows the publications when it connects"},
	[STANDING_IPCER_OLD] = {"recoverable", "its OfcIPCer.dat is not the bound host certificate",
				"none needed: it fetches the current one when it connects"},
	[STANDING_UNKNOWN] = {"mismatched", "its OfcNTCer.dat is none of this server's keys",
			      "restore the key's backup (CertificateManager -r), or run IpXfer on "
			      "the agent with this server's OfcNTCer.dat"},
	[STANDING_LEAKED] = {"mismatched",
			     "its key leaked, and its OfcIPCer.dat is not the host certificate "
			     "shown: it cannot tell us from whoever has the key",
			     "run IpXfer on the agent with this server's OfcNTCer.dat"},
	[STANDING_AHEAD] =
		{"mismatched", "it holds a later publication than the newest of this server",
		 "restore the newest backup of the keys, or run IpXfer on the agent with "
		 "this server's OfcNTCer.dat"},
};

struct agent_finding agent_finding_of(const struct agent_row *r, int64_t seen_since_s)
{
	struct agent_finding f = findings[r->standing];

	if (r->standing >= STANDING_UNKNOWN || r->last_seen_s >= seen_since_s)
		return f;
	f.state = "offline";
	if (r->standing == STANDING_CURRENT) {
		f.reason = "it has not reported for a while";
		f.cure = "start the agent, or look at the network between";
	}
	return f;
}

bool agents_seen_since(struct core *c, int64_t *out, struct err *e)
{
	int64_t beat_s = 0;

	if (!settings_get_int(c, "agent_heartbeat_s", &beat_s, e))
		return false;
	*out = core_now_s(c) - AGENT_OFFLINE_BEATS * beat_s;
	return true;
}

json_t *agent_view(const struct agent_row *r, int64_t seen_since_s)
{
	const struct agent_finding f = agent_finding_of(r, seen_since_s);
	json_t *ipcer = json_array();

	if (r->ipcer_sha256[0])
		(void)json_array_append_new(ipcer, json_string(r->ipcer_sha256));
	for (const char *p = r->ipcer_next; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		(void)json_array_append_new(ipcer, json_stringn(p, n));
		p += n;
	}
	return json_pack(
		"{s:s, s:o, s:s, s:s?, s:i, s:s, s:s, s:o, s:I, s:s, s:s, s:s, s:o, s:o, s:I, s:s, "
		"s:I}",
		"id", r->id, "name", json_text(span_str(r->name)), "address", r->address,
		"pinned_address", r->pinned_address[0] ? r->pinned_address : NULL, "port",
		(int)r->port, "ntcer_sha256", r->ntcer_sha256, "ipcer_sha256", r->ipcer_sha256,
		"ipcer", ipcer, "publication", (json_int_t)r->publication, "state", f.state,
		"reason", f.reason, "cure", f.cure, "last_seen", json_time(r->last_seen_s),
		"registered", json_time(r->registered_s), "refusals", (json_int_t)r->refusals,
		"last_refusal", r->last_refusal, "clones", (json_int_t)r->clones);
}
