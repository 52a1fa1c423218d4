/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/engine.h"

#include "base/text.h"

#include <string.h>

/* RFC 5280 4.2.1.6: the local part as it stands, the domain without regard to case. */
static bool email_equal(struct span a, struct span b)
{
	if (a.len != b.len || a.len == 0)
		return false;
	const uint8_t *at = memrchr(a.p, '@', a.len);
	if (at == NULL)
		return false;
	size_t local = (size_t)(at - a.p);
	return span_equal(span_of(a.p, local), span_of(b.p, local)) &&
	       span_equal_nocase(span_of(a.p + local, a.len - local),
				 span_of(b.p + local, b.len - local));
}

static bool matches(const struct trust_policy *policy, const struct general_name *n)
{
	struct span name = span_str(policy->name);
	uint8_t ip[16];
	size_t ip_len = 0;
	switch (policy->name_kind) {
	case NAME_DNS:
		return n->kind == GN_DNS && dns_name_matches(n->value, policy->name);
	case NAME_IP:
		return n->kind == GN_IP && ip_parse(policy->name, ip, &ip_len) &&
		       span_equal(n->value, span_of(ip, ip_len));
	case NAME_RFC822:
		return n->kind == GN_EMAIL && email_equal(n->value, name);
	case NAME_URI:
		return n->kind == GN_URI && span_equal(n->value, name);
	case NAME_NONE:
		break;
	}
	return false;
}

void check_peer_name(const struct judgement *j, const struct cert *leaf, struct findings *f)
{
	const struct trust_policy *policy = j->policy;
	if (policy->name == NULL || policy->name_kind == NAME_NONE)
		return;
	for (size_t i = 0; i < leaf->san.n; i++)
		if (matches(policy, &leaf->san.items[i]))
			return;
	bool host = policy->name_kind == NAME_DNS || policy->name_kind == NAME_IP;
	if (host && cert_common_name_matches(leaf, policy->name))
		note(f, 0, FAULT_NAME_CN_ONLY,
		     "only its common name matches, which counts for nothing");
	else
		note(f, 0, FAULT_NAME_NO_MATCH, "none of its alternative names matches");
}
