/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/engine.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

void note(struct findings *f, size_t step, enum fault fault, const char *fmt, ...)
{
	if (fault > f->steps[step])
		f->steps[step] = fault;
	if (fault <= f->worst)
		return;
	va_list ap;
	f->worst = fault;
	f->worst_step = step;
	va_start(ap, fmt);
	(void)vsnprintf(f->detail, sizeof f->detail, fmt, ap);
	va_end(ap);
}

static void check_validity(const struct judgement *j, const struct cert *c, size_t step,
			   struct findings *f)
{
	char when[RFC3339_SIZE];
	if (j->now_s < c->not_before_s) {
		time_rfc3339(c->not_before_s, when);
		note(f, step, FAULT_NOT_YET_VALID, "valid from %s", when);
	} else if (j->now_s > c->not_after_s) {
		time_rfc3339(c->not_after_s, when);
		note(f, step, FAULT_EXPIRED, "it expired at %s", when);
	}
}

/* Sizes in bits; legacy is what the early 2010s issued. */
static void check_key(const struct judgement *j, const struct cert *c, size_t step,
		      struct findings *f)
{
	unsigned least = 0;
	switch (c->key_type) {
	case KEY_RSA:
	case KEY_RSA_PSS:
	case KEY_DSA:
		least = j->policy->legacy_algorithms ? 1024 : 2048;
		break;
	case KEY_EC:
		least = j->policy->legacy_algorithms ? 192 : 224;
		break;
	case KEY_ED25519:
	case KEY_ED448:
	case KEY_UNKNOWN:
		break;
	}
	/* RFC 5480 2.1.1: a curve spelled out, or one nobody here knows, may be any curve. */
	if (c->key_type == KEY_EC && (c->defects & CERT_DEFECT_KEY) != 0)
		note(f, step, FAULT_UNSUPPORTED_ALGORITHM, "its key is on no curve that is known");
	if (c->key_bits != 0 && c->key_bits < least)
		note(f, step, FAULT_WEAK_KEY, "its key has %u bits, at least %u are wanted",
		     c->key_bits, least);
}

bool hash_is_good_enough(const struct judgement *j, struct span algorithm)
{
	enum hash_strength h = signature_hash(algorithm);
	return h == HASH_SHA2 || (h == HASH_SHA1 && j->policy->legacy_algorithms);
}

static void check_hash(const struct judgement *j, const struct cert *c, size_t step,
		       struct findings *f)
{
	if (hash_is_good_enough(j, c->signature_algorithm))
		return;
	note(f, step, FAULT_WEAK_SIGNATURE, "it is signed with %s",
	     signature_algorithm_name(c->signature_algorithm));
}

/* What no profile lets pass: two meanings, or none that can be read. */
#define DEFECTS_ALWAYS                                                                             \
	(CERT_DEFECT_VERSION | CERT_DEFECT_DUPLICATE_EXTENSION |                                   \
	 CERT_DEFECT_SIGNATURE_ALGORITHMS | CERT_DEFECT_EXTENSION_FORMAT)

static void check_form(const struct cert *c, size_t step, struct findings *f)
{
	if (c->has_unknown_critical)
		note(f, step, FAULT_UNKNOWN_CRITICAL,
		     "it has a critical extension that is not known here");
	if (c->defects & DEFECTS_ALWAYS)
		note(f, step, FAULT_MALFORMED, "%s",
		     c->defects & CERT_DEFECT_DUPLICATE_EXTENSION ? "an extension is there twice"
		     : c->defects & CERT_DEFECT_EXTENSION_FORMAT  ? "an extension does not parse"
		     : c->defects & CERT_DEFECT_VERSION
			     ? "it has fields that its version does not know"
			     : "it names two different signature algorithms");
}

static const char *purpose_name(enum cert_purpose p)
{
	return p == PURPOSE_CLIENT   ? "client authentication"
	       : p == PURPOSE_SERVER ? "server authentication"
				     : "code signing";
}

static void check_purpose(const struct judgement *j, const struct cert *c, size_t step,
			  struct findings *f)
{
	if (j->policy->check_usage && !cert_allows_purpose(c, j->policy->purpose))
		note(f, step, FAULT_WRONG_USAGE, "its extended key usage lacks %s",
		     purpose_name(j->policy->purpose));
}

/* TLS: who shows the certificate signs, agrees on a key or, as an old server, decrypts one. */
static void check_leaf_usage(const struct judgement *j, const struct cert *c, struct findings *f)
{
	unsigned wanted = KU_DIGITAL_SIGNATURE;
	if (!j->policy->check_usage || !c->has_key_usage)
		return;
	if (j->policy->purpose != PURPOSE_CODE_SIGNING)
		wanted |= KU_KEY_AGREEMENT;
	if (j->policy->purpose == PURPOSE_SERVER)
		wanted |= KU_KEY_ENCIPHERMENT;
	if ((c->key_usage & wanted) == 0)
		note(f, 0, FAULT_KEY_USAGE, "its key usage lacks digital signature");
}

/* RFC 5280 6.1.4 (k) and (n). A trusted one may leave out what it must not contradict. */
static void check_issuer_bits(const struct cert *c, size_t step, bool may_be_silent,
			      struct findings *f)
{
	bool silent = !c->has_basic_constraints && may_be_silent;
	if (!silent && (c->version < 3 || !c->is_ca))
		note(f, step, FAULT_BASIC_CONSTRAINTS, "it is not marked as a CA%s",
		     c->version < 3 ? ", as version 1 cannot be" : "");
	if (c->has_key_usage && (c->key_usage & KU_KEY_CERT_SIGN) == 0)
		note(f, step, FAULT_KEY_USAGE, "its key usage does not let it sign certificates");
}

static void check_element(struct judgement *j, const struct path *p, size_t i, struct findings *f)
{
	const struct node *n = p->nodes[i];
	bool is_anchor = p->anchored && i == p->n - 1;
	if (graph_is_disallowed(j, n))
		note(f, i, FAULT_DISALLOWED, "it lies in Disallowed");
	check_validity(j, n->cert, i, f);
	check_key(j, n->cert, i, f);
	if (i == 0)
		check_leaf_usage(j, n->cert, f);
	if (i == 0 || !is_anchor)
		check_purpose(j, n->cert, i, f);
	if (i == 0 || !is_anchor)
		check_form(n->cert, i, f);
	if (is_anchor)
		return;
	check_hash(j, n->cert, i, f);
	if (i > 0)
		check_issuer_bits(n->cert, i, false, f);
}

/*
 * An anchor is one for where it lies and how it is signed; what it says itself about issuing is
 * held against it, what it leaves out is not.
 */
static void check_anchor(struct judgement *j, const struct path *p, struct findings *f)
{
	size_t last = p->n - 1;
	struct node *n = p->nodes[last];
	if (last == 0)
		return;
	check_issuer_bits(n->cert, last, true, f);
	check_purpose(j, n->cert, last, f);
	if (graph_self_signed(j, n) != SELF_YES)
		check_form(n->cert, last, f);
}

/* 4.2.1.9: certificates that are not self-issued, between this CA and the last one. */
static void check_path_lengths(const struct path *p, struct findings *f)
{
	int below = 0;
	for (size_t i = 1; i < p->n; i++) {
		const struct cert *c = p->nodes[i]->cert;
		if (c->is_ca && c->path_len >= 0 && below > c->path_len)
			note(f, i, FAULT_PATH_LENGTH,
			     "it allows %d CAs below itself, and there are %d", c->path_len, below);
		below += !cert_is_self_issued(c);
	}
}

static void check_depth(const struct judgement *j, const struct path *p, struct findings *f)
{
	int between = p->n > 2 ? (int)p->n - 2 : 0;
	if (j->policy->max_depth >= 0 && between > j->policy->max_depth)
		note(f, 0, FAULT_MAX_DEPTH,
		     "%d certificates stand between it and the root, at most %d may", between,
		     j->policy->max_depth);
}

enum fault check_leaf(struct judgement *j, struct node *leaf)
{
	struct findings f = {.worst = FAULT_NONE};
	const struct path p = {.nodes = {leaf}, .n = 1};
	check_element(j, &p, 0, &f);
	check_peer_name(j, leaf->cert, &f);
	return f.worst;
}

void check_path(struct judgement *j, const struct path *p, struct findings *f)
{
	for (size_t i = 0; i < p->n; i++)
		check_element(j, p, i, f);
	check_peer_name(j, p->nodes[0]->cert, f);
	if (!p->anchored)
		return;
	check_anchor(j, p, f);
	check_path_lengths(p, f);
	check_depth(j, p, f);
	if (j->policy->profile == PROFILE_STRICT)
		check_strict(j, p, f);
	check_name_constraints(j, p, f);
	check_policies(j, p, f);
	/* Revocation costs signatures: only where nothing worse is known. */
	if (f->worst == FAULT_NONE && j->policy->revocation != REVOCATION_OFF)
		check_revocation(j, p, f);
	if (!issuer_list_passes(j, p))
		note(f, p->n - 1,
		     j->list_only_intermediates ? FAULT_ROOT_STORE_MIXED : FAULT_NOT_IN_ISSUER_LIST,
		     "no certificate of the path is in the issuer list");
}

void check_signer_path(struct judgement *j, const struct path *p, struct findings *f)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct cert *c = p->nodes[i]->cert;
		bool is_anchor = i == p->n - 1;
		if (graph_is_disallowed(j, p->nodes[i]))
			note(f, i, FAULT_DISALLOWED, "it lies in Disallowed");
		check_validity(j, c, i, f);
		check_key(j, c, i, f);
		if (i > 0)
			check_issuer_bits(c, i, is_anchor, f);
		if (is_anchor)
			break;
		check_hash(j, c, i, f);
		check_form(c, i, f);
	}
	check_path_lengths(p, f);
	check_name_constraints(j, p, f);
	check_policies(j, p, f);
	if (f->worst == FAULT_NONE)
		check_revocation(j, p, f);
}
