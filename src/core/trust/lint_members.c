/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/lint.h"

#include "base/clock.h"
#include "base/text.h"
#include "x509/signature.h"

#include <stdio.h>
#include <string.h>

/*
 * What is wrong with single members: in the wrong store, expired, weak.
 */

/* Stores whose members decide on clients. */
static bool is_issuer_store(const struct lint_store *s)
{
	return strcmp(s->name, "Root") == 0 || strcmp(s->name, "CA") == 0 ||
	       strcmp(s->name, "ClientAuthIssuer") == 0 || !s->builtin;
}

/* KB 2802568, by the signature and not by the names. */
static bool in_root(struct lint *l, const struct lint_store *s, size_t i, struct err *e)
{
	const struct cert *cert = s->members.items[i];

	if (!s->self_signed[i])
		return lint_add(
			l,
			&(struct lint_finding){
				.rule = "root.not_self_signed",
				.severity = LINT_ERROR,
				.store = s,
				.cert = cert,
				.evidence = cert_is_self_issued(cert)
						    ? "subject and issuer are equal, but the "
						      "signature does not verify with its own key"
						    : "its signature is another key's",
				.consequence =
					"Where Root is the source of the issuer list, only the "
					"certificates in it that are not self-signed are "
					"listed: clients of every other CA get 403.16.",
				.cure = cert->is_ca ? "Move it to CA, where intermediates belong."
						    : "Remove it from Root: it is no CA.",
				.how = cert->is_ca ? CURE_MOVE_TO_CA : CURE_REMOVE},
			e);
	if (cert->has_basic_constraints && !cert->is_ca)
		return lint_add(
			l,
			&(struct lint_finding){
				.rule = "root.not_a_ca",
				.severity = LINT_WARNING,
				.store = s,
				.cert = cert,
				.evidence = "self-signed, and basicConstraints says that it is "
					    "no CA",
				.consequence = "It is an anchor all the same: whoever holds its "
					       "key is trusted as a client.",
				.cure = "Move it to TrustedPeople if it only shows who "
					"somebody is; else remove it."},
			e);
	return true;
}

static bool in_ca(struct lint *l, const struct lint_store *s, size_t i, struct err *e)
{
	const struct cert *cert = s->members.items[i];
	bool in_root_too = lint_store_has(l, "Root", cert);

	if (!s->self_signed[i])
		return true;
	return lint_add(
		l,
		&(struct lint_finding){
			.rule = "ca.self_signed",
			.severity = in_root_too ? LINT_NOTE : LINT_WARNING,
			.store = s,
			.cert = cert,
			.evidence = in_root_too ? "self-signed, and in Root as well"
						: "self-signed, and not in Root",
			.consequence = in_root_too ? "It does nothing here."
						   : "It anchors nothing here: chains that end in "
						     "it are refused as untrusted.",
			.cure = in_root_too ? "Remove it from CA."
					    : "Move it to Root if clients of this root are to "
					      "be trusted; else remove it.",
			.how = in_root_too ? CURE_REMOVE : CURE_BY_HAND},
		e);
}

static bool dates(struct lint *l, const struct lint_store *s, const struct cert *cert,
		  struct err *e)
{
	char evidence[80], until[RFC3339_SIZE];
	bool root = strcmp(s->name, "Root") == 0, ca = strcmp(s->name, "CA") == 0;
	bool gone = cert->not_after_s < l->now_s;

	if (!gone && cert->not_after_s - l->now_s > LINT_EXPIRY_SOON_S)
		return true;
	time_rfc3339(cert->not_after_s, until);
	snprintf(evidence, sizeof(evidence), "valid until %s", until);
	return lint_add(
		l,
		&(struct lint_finding){
			.rule = gone ? "member.expired" : "member.expires_soon",
			.severity = LINT_WARNING,
			.store = s,
			.cert = cert,
			.evidence = evidence,
			.consequence =
				gone ? "No path through it is accepted; clients that present it "
				       "get 403.17 or 403.16."
				     : "From then on no path through it is accepted.",
			.cure = gone   ? "Import its successor if there is one, and remove it."
				: root ? "Get the CA's next root and import it into Root."
				       : "Get the CA's next certificate and import it here.",
			/* an issuer store that runs empty falls back to Root: never by itself */
			.how = gone && (root || ca) ? CURE_REMOVE : CURE_BY_HAND},
		e);
}

static const char *weakness(const struct cert *cert, bool self_signed)
{
	enum hash_strength hash = signature_hash(cert->signature_algorithm);

	if (cert->key_type == KEY_RSA && cert->key_bits < 2048)
		return "RSA key under 2048 bits";
	if (cert->key_type == KEY_EC && cert->key_bits < 256)
		return "elliptic curve key under 256 bits";
	if (cert->key_type == KEY_DSA)
		return "DSA key";
	if (!self_signed && hash == HASH_MD5)
		return "signed with MD5";
	return !self_signed && hash == HASH_SHA1 ? "signed with SHA-1" : NULL;
}

static bool strength(struct lint *l, const struct lint_store *s, size_t i, struct err *e)
{
	const char *why = weakness(s->members.items[i], s->self_signed[i]);

	return !why ||
	       lint_add(l,
			&(struct lint_finding){
				.rule = "member.weak",
				.severity = LINT_WARNING,
				.store = s,
				.cert = s->members.items[i],
				.evidence = why,
				.consequence = "Paths through it are refused for weakness; whoever "
					       "breaks it signs in its name.",
				.cure = "Replace it by the CA's present certificate."},
			e);
}

static bool distrusted(struct lint *l, const struct lint_store *s, const struct cert *cert,
		       struct err *e)
{
	return !lint_store_has(l, "Disallowed", cert) ||
	       lint_add(
		       l,
		       &(struct lint_finding){
			       .rule = "member.disallowed",
			       .severity = LINT_WARNING,
			       .store = s,
			       .cert = cert,
			       .evidence = "the same certificate is in Disallowed",
			       .consequence = "Disallowed wins: every path through it is refused.",
			       .cure = "Remove it here, or from Disallowed if that was a mistake."},
		       e);
}

static bool one_store(struct lint *l, const struct lint_store *s, struct err *e)
{
	bool root = strcmp(s->name, "Root") == 0, ca = strcmp(s->name, "CA") == 0;

	for (size_t i = 0; i < s->members.n; i++) {
		const struct cert *cert = s->members.items[i];

		if ((root && !in_root(l, s, i, e)) || (ca && !in_ca(l, s, i, e)) ||
		    !dates(l, s, cert, e) || !strength(l, s, i, e) || !distrusted(l, s, cert, e))
			return false;
	}
	return true;
}

bool lint_members(struct lint *l, struct err *e)
{
	for (size_t i = 0; i < l->n_stores; i++)
		if (is_issuer_store(&l->stores[i]) && !one_store(l, &l->stores[i], e))
			return false;
	return true;
}

/* Several certificates of one name and key in one store: a renewed CA beside its former self. */
static bool twins(struct lint *l, const struct lint_store *s, size_t i, struct err *e)
{
	const struct cert *cert = s->members.items[i];

	for (size_t j = 0; j < s->members.n; j++) {
		const struct cert *other = s->members.items[j];
		char evidence[120];

		if (j == i || memcmp(cert->spki_sha256, other->spki_sha256, SHA256_BYTES) != 0 ||
		    !name_equal(&cert->subject, &other->subject) ||
		    cert->not_after_s > other->not_after_s ||
		    (cert->not_after_s == other->not_after_s && i < j))
			continue;
		snprintf(evidence, sizeof(evidence),
			 "%s has the same name and key and is valid longer", other->thumbprint);
		return lint_add(l,
				&(struct lint_finding){
					.rule = "member.superseded",
					.severity = LINT_NOTE,
					.store = s,
					.cert = cert,
					.evidence = evidence,
					.consequence = "Paths are tried through both; reports and "
						       "expiry warnings name the old one.",
					.cure = "Remove it once nothing pins it by fingerprint."},
				e);
	}
	return true;
}

bool lint_keys(struct lint *l, struct err *e)
{
	for (size_t k = 0; k < l->n_stores; k++) {
		const struct lint_store *s = &l->stores[k];

		for (size_t i = 0; is_issuer_store(s) && i < s->members.n; i++)
			if (!twins(l, s, i, e))
				return false;
	}
	return true;
}
