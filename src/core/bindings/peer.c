/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/peer.h"

#include "base/mem.h"
#include "x509/name.h"

#include <string.h>

void peer_caller(const char *address, uint8_t out[static PEER_CALLER_BYTES])
{
	size_t len = 0;

	memset(out, 0, PEER_CALLER_BYTES);
	if (ip_parse(address, out, &len) && len == PEER_CALLER_BYTES)
		memset(out + 8, 0, 8);
}

struct peer *peer_new(void)
{
	return mem_new(struct peer);
}

void peer_free(struct peer *p)
{
	if (!p)
		return;
	verdict_free(p->verdict);
	cert_list_clear(&p->client_chain);
	served_unref(p->served);
	mem_free(p);
}

bool peer_verdict_holds(const struct peer *p, const struct served *s, int64_t now_s)
{
	return p->verdict && p->verdict_generation == s->trust_generation &&
	       now_s >= p->verdict_s && now_s - p->verdict_s < PEER_VERDICT_KEEP_S;
}
