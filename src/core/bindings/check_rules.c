/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/check_rules.h"

#include "base/clock.h"
#include "base/reason.h"
#include "base/text.h"
#include "x509/key.h"
#include "x509/signature.h"

#include <string.h>

#define RSA_BITS_MIN 2048 /* of a key that may be bound */
#define EC_BITS_MIN 256	  /* of a key that may be bound */
#define NAMES_SHOWN_MAX 6 /* names of a certificate in one line of evidence */

static const struct cert *cert_of(const struct check_input *in)
{
	return in->material.cert;
}

static bool key_is_here(const struct check_input *in, struct buf *evidence)
{
	enum material_state s = in->material.state;

	if (s == MATERIAL_GOOD || s == MATERIAL_MISMATCH) {
		buf_add_str(evidence, "certificate and private key are here");
		return true;
	}
	buf_add_str(evidence, in->material.why);
	return false;
}

static bool key_fits(const struct check_input *in, struct buf *evidence)
{
	bool good = in->material.state != MATERIAL_MISMATCH;

	buf_add_str(evidence, good ? "the private key is the certificate's" : in->material.why);
	return good;
}

static bool key_is_for_tls(const struct check_input *in, struct buf *evidence)
{
	const struct cert *c = cert_of(in);

	if (in->load_tried && in->load.code != ERR_OK && err_is(&in->load, "x509.unsupported_key"))
		buf_add_str(evidence, in->load.text);
	else if (c->key_type == KEY_RSA || c->key_type == KEY_EC)
		buf_printf(evidence, "%s key of %u bits", c->key_type == KEY_RSA ? "RSA" : "EC",
			   c->key_bits);
	else
		buf_add_str(evidence, "neither an RSA nor an EC key");
	return (c->key_type == KEY_RSA || c->key_type == KEY_EC) &&
	       !(in->load.code != ERR_OK && err_is(&in->load, "x509.unsupported_key"));
}

static bool chain_loads(const struct check_input *in, struct buf *evidence)
{
	if (!in->load_tried) {
		buf_add_str(evidence, in->material.state == MATERIAL_GOOD
					      ? "not tried: the console does not run"
					      : "not tried without the private key");
		return true;
	}
	if (in->load.code == ERR_OK) {
		buf_printf(evidence, "loaded with %zu intermediate certificates",
			   in->material.chain.n);
		return true;
	}
	buf_add_str(evidence, in->load.text);
	return err_is(&in->load, "x509.unsupported_key"); /* has a line of its own */
}

static bool not_disallowed(const struct check_input *in, struct buf *evidence)
{
	buf_add_str(evidence, in->in_disallowed ? "the certificate is in Disallowed"
						: "the certificate is not in Disallowed");
	return !in->in_disallowed;
}

static bool is_host_certificate(const struct check_input *in, struct buf *evidence)
{
	buf_add_str(evidence, in->in_host_store ? "the certificate is in My or WebHosting"
						: "the certificate is neither in My nor in "
						  "WebHosting");
	return in->in_host_store;
}

static bool endpoint_opens(const struct check_input *in, struct buf *evidence)
{
	const struct bind_plan *p = in->plan;

	if (p->has_before)
		buf_printf(evidence, "%s is bound already", p->endpoint_text);
	else if (!in->open_tried)
		buf_add_str(evidence, "not tried");
	else if (in->open.code == ERR_OK)
		buf_printf(evidence, "%s can be opened", p->endpoint_text);
	else
		buf_add_str(evidence, in->open.text);
	return in->open.code == ERR_OK;
}

static void names_show(const struct cert *c, struct buf *out)
{
	if (c->san.n == 0)
		buf_add_str(out, "no names");
	for (size_t i = 0; i < c->san.n && i < NAMES_SHOWN_MAX; i++) {
		struct buf one AUTO_BUF = BUF_INIT;

		general_name_text(&c->san.items[i], &one);
		if (i > 0)
			buf_add_str(out, ", ");
		text_escape(out, buf_span(&one));
	}
	if (c->san.n > NAMES_SHOWN_MAX)
		buf_printf(out, " and %zu more", c->san.n - NAMES_SHOWN_MAX);
}

/* A wildcard binding needs just that wildcard; a host needs any name that matches it. */
static bool san_holds(const struct check_input *in)
{
	const struct cert *c = cert_of(in);

	if (!text_starts_with(in->name, "*."))
		return cert_matches_host(c, in->name);
	for (size_t i = 0; i < c->san.n; i++)
		if (c->san.items[i].kind == GN_DNS &&
		    span_equal_nocase(c->san.items[i].value, span_str(in->name)))
			return true;
	return false;
}

static bool is_cn_only(const struct check_input *in)
{
	return cert_of(in)->san.n == 0 && cert_common_name_matches(cert_of(in), in->name);
}

static bool name_not_only_in_cn(const struct check_input *in, struct buf *evidence)
{
	bool good = !is_cn_only(in);

	if (good)
		buf_add_str(evidence, "the certificate has subjectAltNames, or another CN");
	else
		buf_printf(evidence, "'%s' is in the CN alone; there is no subjectAltName",
			   in->name);
	return good;
}

static bool name_matches(const struct check_input *in, struct buf *evidence)
{
	if (is_cn_only(in)) {
		buf_add_str(evidence, "only in the CN");
		return true; /* has a line of its own */
	}
	buf_printf(evidence, "'%s' against ", in->name);
	names_show(cert_of(in), evidence);
	return san_holds(in);
}

static bool cn_is_the_name(const struct check_input *in, struct buf *evidence)
{
	struct buf cn AUTO_BUF = BUF_INIT;
	bool good = cert_common_name_matches(cert_of(in), in->name);

	if (!name_common_name(&cert_of(in)->subject, &cn)) {
		buf_add_str(evidence, "the certificate has no CN");
		return false;
	}
	buf_add_str(evidence, "CN '");
	text_escape(evidence, buf_span(&cn));
	buf_printf(evidence, "' against '%s'", in->name);
	return good;
}

static void time_show(struct buf *out, const char *what, int64_t t_s)
{
	char text[RFC3339_SIZE];

	time_rfc3339(t_s, text);
	buf_printf(out, "%s %s", what, text);
}

static bool not_expired(const struct check_input *in, struct buf *evidence)
{
	time_show(evidence, "valid until", cert_of(in)->not_after_s);
	return in->now_s <= cert_of(in)->not_after_s;
}

static bool already_valid(const struct check_input *in, struct buf *evidence)
{
	time_show(evidence, "valid from", cert_of(in)->not_before_s);
	return in->now_s >= cert_of(in)->not_before_s;
}

static bool not_soon_expired(const struct check_input *in, struct buf *evidence)
{
	int64_t left_s = cert_of(in)->not_after_s - in->now_s;

	if (left_s < 0) {
		buf_add_str(evidence, "expired");
		return true; /* has a line of its own */
	}
	buf_printf(evidence, "%lld days left", (long long)(left_s / 86400));
	return left_s >= CHECK_SOON_S;
}

/* ECDHE needs a key that may sign (RFC 8446 4.4.2.2); an absent list of purposes means all. */
static bool serves(const struct check_input *in, struct buf *evidence)
{
	const struct cert *c = cert_of(in);

	if (!cert_allows_purpose(c, PURPOSE_SERVER)) {
		buf_add_str(evidence, "the extended key usage lacks serverAuth");
		return false;
	}
	if (c->has_key_usage && !(c->key_usage & KU_DIGITAL_SIGNATURE)) {
		buf_add_str(evidence, "the key usage lacks digitalSignature");
		return false;
	}
	buf_add_str(evidence, c->has_eku && c->eku.n ? "serverAuth" : "all purposes");
	return true;
}

static bool key_is_strong(const struct check_input *in, struct buf *evidence)
{
	const struct cert *c = cert_of(in);

	buf_printf(evidence, "%u bits", c->key_bits);
	if (c->key_type == KEY_RSA || c->key_type == KEY_RSA_PSS)
		return c->key_bits >= RSA_BITS_MIN;
	if (c->key_type == KEY_EC)
		return c->key_bits >= EC_BITS_MIN;
	return c->key_type != KEY_DSA;
}

static bool signature_is_strong(const struct check_input *in, struct buf *evidence)
{
	buf_add_str(evidence, signature_algorithm_name(cert_of(in)->signature_algorithm));
	/* Nobody relies on the signature of a certificate by itself. */
	return in->material.self_signed ||
	       signature_hash(cert_of(in)->signature_algorithm) == HASH_SHA2;
}

static bool is_not_self_signed(const struct check_input *in, struct buf *evidence)
{
	buf_add_str(evidence,
		    in->material.self_signed ? "signed with its own key" : "signed by an issuer");
	return !in->material.self_signed;
}

static bool chain_is_complete(const struct check_input *in, struct buf *evidence)
{
	const struct material *m = &in->material;
	const struct cert *last = m->chain.n ? m->chain.items[m->chain.n - 1] : m->cert;

	if (m->self_signed || m->chain_ends_self_signed || m->chain_ends_in_root) {
		buf_printf(evidence, "%zu intermediate certificates are sent", m->chain.n);
		return true;
	}
	buf_add_str(evidence, "the issuer ");
	{
		struct buf name AUTO_BUF = BUF_INIT;

		name_text(&last->issuer, &name);
		text_escape(evidence, buf_span(&name));
	}
	buf_add_str(evidence, " is neither in CA nor in Root");
	return false;
}

static bool root_is_trusted(const struct check_input *in, struct buf *evidence)
{
	const struct material *m = &in->material;

	if (m->self_signed || !m->chain_ends_self_signed || m->chain_ends_in_root) {
		buf_add_str(evidence,
			    m->chain_ends_in_root ? "the root is in Root" : "no root was found");
		return true; /* self-signed and incomplete have lines of their own */
	}
	buf_add_str(evidence, "the chain ends in a root that is not in Root");
	return false;
}

static bool lets_the_asker_in(const struct check_input *in, struct buf *evidence)
{
	if (in->own_is_refused)
		buf_printf(evidence, "your own connection would be refused: %s", in->own_why);
	else
		buf_add_str(evidence, "your own connection would not be refused");
	return !in->own_is_refused;
}

static bool agents_know_it(const struct check_input *in, struct buf *evidence)
{
	const struct agents_share *s = &in->agents;

	if (!in->is_for_agents) {
		buf_add_str(evidence, "agents meet the same certificate as before");
		return true;
	}
	buf_printf(evidence,
		   "%lld of %lld agents know the new certificate; %lld would refuse it until they "
		   "follow the publications, of them %lld report at present",
		   (long long)s->all_holding, (long long)s->all,
		   (long long)(s->all - s->all_holding),
		   (long long)(s->online - s->online_holding));
	return s->all_holding == s->all;
}

static const struct check_rule rules[] = {
	{"key.missing", CHECK_NEVER, CHECK_CERT, false, key_is_here},
	{"key.mismatch", CHECK_NEVER, CHECK_CERT, true, key_fits},
	{"x509.unsupported_key", CHECK_NEVER, CHECK_CERT, true, key_is_for_tls},
	{"chain.not_loadable", CHECK_NEVER, CHECK_CERT, true, chain_loads},
	{"store.disallowed", CHECK_NEVER, CHECK_CERT, false, not_disallowed},
	{"store.wrong_place", CHECK_NEVER, CHECK_CERT, false, is_host_certificate},
	{"endpoint.cannot_open", CHECK_NEVER, CHECK_ENDPOINT, false, endpoint_opens},
	{"name.cn_only", CHECK_FAIL, CHECK_CERT, true, name_not_only_in_cn},
	{"name.no_match", CHECK_FAIL, CHECK_CERT, true, name_matches},
	{"validity.expired", CHECK_FAIL, CHECK_CERT, true, not_expired},
	{"validity.not_yet", CHECK_FAIL, CHECK_CERT, true, already_valid},
	{"eku.no_server_auth", CHECK_FAIL, CHECK_CERT, true, serves},
	{"key.weak", CHECK_FAIL, CHECK_CERT, true, key_is_strong},
	{"x509.weak_signature", CHECK_FAIL, CHECK_CERT, true, signature_is_strong},
	{"chain.incomplete", CHECK_WARN, CHECK_CERT, true, chain_is_complete},
	{"chain.untrusted_root", CHECK_WARN, CHECK_CERT, true, root_is_trusted},
	{"name.cn_differs", CHECK_WARN, CHECK_CERT, true, cn_is_the_name},
	{"chain.self_signed", CHECK_WARN, CHECK_CERT, true, is_not_self_signed},
	{"validity.soon", CHECK_WARN, CHECK_CERT, true, not_soon_expired},
	{"client.own_connection", CHECK_WARN, CHECK_ENDPOINT, false, lets_the_asker_in},
	{"agents.forecast", CHECK_WARN, CHECK_CERT, false, agents_know_it},
};

/* A key that is there and does not open is cured another way than one that was never here. */
const char *check_remedy(const struct check_rule *rule, const struct check_input *in)
{
	if (rule->holds == key_is_here && in->material.state == MATERIAL_KEY_BROKEN)
		return in->material.remedy;
	return reason_find(rule->id)->remedy;
}

const struct check_rule *check_rules(size_t *n_out)
{
	*n_out = ARRAY_LEN(rules);
	return rules;
}
