/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/authentication/jws.h"
#include "core/authentication/publications.h"
#include "tests/fuzz/fuzz.h"
#include "wire/agent_state.h"
#include "wire/agent_trust.h"
#include "wire/command.h"
#include "x509/issue.h"
#include "x509/key.h"

#include <string.h>

/*
 * What an agent makes of what its server says: as it comes, and signed with the right key, so that
 * what lies behind the signature is reached too. The sample is a token, a payload or a state.
 */
#define NOW INT64_C(1795305600)
#define ME "00112233445566778899aabbccddeeff"

static struct secret key;
static struct cert *cert;

static void key_make(void)
{
	const struct issue_params p = {
		.common_name = "fuzz", .not_before_s = NOW - 86400, .not_after_s = NOW + 86400};
	struct buf der AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;

	must(key_generate("ec256", &key, &e) && cert_make_self_signed(&key, &p, &der, &e) &&
	     cert_parse(der.data, der.len, &cert, &e));
}

/* True: it was taken, and then it must be what a command has to be. */
static bool try_command(struct span token)
{
	struct replay seen = {.seq = 6};
	const struct command_judge j = {
		.key = cert, .agent_id = ME, .seen = &seen, .now_s = NOW, .skew_s = 600};
	struct command c AUTO_COMMAND = COMMAND_INIT;
	struct err e = ERR_INIT;

	if (!command_verify(&j, token, &c, &e)) {
		must(e.code != ERR_OK && c.args == NULL);
		return false;
	}
	must(c.seq > 6 && c.jti[0] && c.cmd[0] && c.iat_s <= NOW + 600 && c.exp_s >= NOW - 600);
	must(c.exp_s - c.iat_s >= 0 && c.exp_s - c.iat_s <= COMMAND_LIFE_MAX_S);
	must(!c.args || json_is_object(c.args));
	return true;
}

static bool try_publication(struct span token, bool pinned)
{
	const struct publication held = {.number = 2, .ntcer = cert};
	struct publication next AUTO_PUBLICATION = PUBLICATION_INIT;
	struct err e = ERR_INIT;

	if (!publication_follow(&held, token, pinned, &next, &e)) {
		must(e.code != ERR_OK && next.ntcer == NULL);
		return false;
	}
	must(next.number == 3 && next.ntcer && next.ipcer.n <= PUBLICATION_IPCER_MAX);
	return true;
}

static bool try_catalogue(struct span token)
{
	const struct catalogue_judge j = {
		.key = cert, .agent_id = ME, .revision = 4, .now_s = NOW, .skew_s = 600};
	struct catalogue c AUTO_CATALOGUE = CATALOGUE_INIT;
	struct err e = ERR_INIT;

	if (!catalogue_verify(&j, token, &c, &e)) {
		must(e.code != ERR_OK && c.items == NULL);
		return false;
	}
	must(c.revision >= 4 && c.n <= CATALOGUE_ITEMS_MAX);
	for (size_t i = 0; i < c.n; i++) {
		must(strspn(c.items[i].sha256, "0123456789abcdef") == (size_t)2 * SHA256_BYTES);
		must(agent_trust_is_store(c.items[i].store));
		must(strcmp(c.items[i].store, AGENT_TRUST_DISALLOWED) != 0);
	}
	return true;
}

static void sign_and_try(const json_t *payload)
{
	struct buf token AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;

	if (jws_sign(&key, cert, COMMAND_TYP, payload, &token, &e)) {
		(void)try_command(buf_span(&token));
		must(!try_publication(buf_span(&token), true)); /* of another type */
	}
	buf_reset(&token);
	if (jws_sign(&key, cert, PUBLICATION_TYP, payload, &token, &e)) {
		must(!try_publication(buf_span(&token), false) ||
		     try_publication(buf_span(&token), true));
		must(!try_command(buf_span(&token)));
	}
	buf_reset(&token);
	if (jws_sign(&key, cert, CATALOGUE_TYP, payload, &token, &e)) {
		(void)try_catalogue(buf_span(&token));
		must(!try_command(buf_span(&token)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct agent_state s AUTO_AGENT_STATE;
	struct publication p AUTO_PUBLICATION = PUBLICATION_INIT;
	json_t *v AUTO_JSON = NULL;
	struct err e = ERR_INIT;

	agent_state_init(&s);
	if (!cert)
		key_make();
	must(!try_command(span_of(data, size)) && !try_publication(span_of(data, size), true));
	must(!try_catalogue(span_of(data, size)));
	must(publication_load(span_of(data, size), &p, &e) == (p.ntcer != NULL));
	if (!json_read(span_of(data, size), &v, &e) || !json_is_object(v))
		return 0;
	sign_and_try(v);
	if (agent_state_read(v, &s, &e)) {
		json_t *again AUTO_JSON = agent_state_json(&s);

		must(again != NULL);
	}
	return 0;
}
