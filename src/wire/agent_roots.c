/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/agent_roots.h"

#include "base/mem.h"
#include "base/text.h"
#include "wire/agent_url.h"
#include "wire/fetch.h"
#include "x509/signature.h"

#include <string.h>

bool agent_catalogue_get(const struct agent_link *l, const char *ntcer, struct buf *token_out,
			 bool *found_out, struct err *e)
{
	struct wire_answer a AUTO_WIRE_ANSWER = WIRE_ANSWER_INIT;
	struct buf path AUTO_BUF = BUF_INIT;

	buf_printf(&path, "/roots?ntcer_sha256=%s", ntcer);
	if (!buf_ok(&path))
		return err_nomem(e);
	if (!agent_exchange(l, buf_str(&path), NULL, &a, e))
		return false;
	*found_out = a.status == 200;
	if (a.status == 404)
		return true;
	if (a.status != 200)
		return agent_answer_refused(&a, "/roots", e);
	buf_add_span(token_out, buf_span(&a.body));
	return buf_ok(token_out) || err_nomem(e);
}

struct root_source {
	struct agent_place place;
	struct cert_list pins;
	struct wire_client *client;
	bool plain;
};

static bool connect_by(struct root_source *s, bool plain, struct err *e)
{
	wire_client_free(s->client);
	s->client = NULL;
	s->plain = plain;
	return wire_client_new(plain ? NULL : &s->pins, &s->client, e);
}

bool root_source_new(const struct agent_place *place, const struct cert_list *pins,
		     struct root_source **out, struct err *e)
{
	struct root_source *s AUTO_ROOT_SOURCE = mem_new(struct root_source);

	if (!s)
		return err_nomem(e);
	s->place = *place;
	for (size_t i = 0; i < pins->n; i++)
		if (!cert_list_add(&s->pins, pins->items[i], e))
			return false;
	if (!connect_by(s, false, e))
		return false;
	*out = s;
	s = NULL;
	return true;
}

void root_source_free(struct root_source *s)
{
	if (!s)
		return;
	wire_client_free(s->client);
	cert_list_clear(&s->pins);
	mem_free(s);
}

static bool get(struct root_source *s, const char *sha256, struct wire_answer *out, struct err *e)
{
	struct buf url AUTO_BUF = BUF_INIT;
	struct wire_request r = {.method = "GET"};

	agent_url(&s->place, !s->plain, AGENT_ROOTS, sha256, &url);
	if (!buf_ok(&url))
		return err_nomem(e);
	r.url = buf_str(&url);
	return wire_fetch(s->client, &r, out, e);
}

/* The digest settles what came, not who sent it. */
static bool get_anyhow(struct root_source *s, const char *sha256, struct wire_answer *out,
		       struct err *e)
{
	if (get(s, sha256, out, e))
		return true;
	if (s->plain || !s->place.http_port ||
	    (e->code != ERR_UNREACHABLE && !err_is(e, "agent.unproved")))
		return false;
	*e = (struct err)ERR_INIT;
	return connect_by(s, true, e) && get(s, sha256, out, e);
}

static bool distrusts(const struct agent_trust *held, const char *sha256)
{
	return agent_trust_holds(held, AGENT_TRUST_DISALLOWED, sha256);
}

static bool distrusted(struct err *e)
{
	return err_reason(e, "root.distrusted", "it is in Disallowed here");
}

bool root_check(const struct cert *c, const char *store, const struct agent_trust *held,
		struct err *e)
{
	bool self_signed = cert_is_self_signed(c), is_root = strcmp(store, AGENT_TRUST_ROOT) == 0;

	if (distrusts(held, c->id))
		return distrusted(e);
	if (is_root && !self_signed)
		return err_reason(e, "root.kind", "it is not self-signed, and no root therefore");
	if (!is_root && self_signed)
		return err_reason(e, "root.kind",
				  "it is self-signed, and no intermediate therefore");
	/* version 1 cannot say that it is one, and old roots are of it */
	if (!c->is_ca && (c->version >= 3 || !is_root))
		return err_reason(e, "root.not_ca", "it is no certificate of a CA");
	if (c->has_key_usage && !(c->key_usage & KU_KEY_CERT_SIGN))
		return err_reason(e, "root.not_ca", "its key may not sign certificates");
	return true;
}

bool root_fetch(struct root_source *s, const struct catalogue_item *item,
		const struct agent_trust *held, struct cert **out, struct err *e)
{
	struct wire_answer a AUTO_WIRE_ANSWER = WIRE_ANSWER_INIT;
	struct cert *c AUTO_CERT = NULL;
	uint8_t hash[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1];

	if (distrusts(held, item->sha256))
		return distrusted(e);
	if (!get_anyhow(s, item->sha256, &a, e))
		return false;
	if (a.status != 200)
		return err_reason(e, "download.failed", "the distribution point answers with %d",
				  a.status);
	sha256(buf_span(&a.body), hash);
	hex_lower(span_of(hash, sizeof(hash)), hex);
	if (strcmp(hex, item->sha256) != 0)
		return err_reason(e, "root.digest", "what came has the SHA-256 %s", hex);
	if (!cert_parse(a.body.data, a.body.len, &c, e) || !root_check(c, item->store, held, e))
		return false;
	*out = c;
	c = NULL;
	return true;
}
