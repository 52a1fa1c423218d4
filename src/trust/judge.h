/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "x509/cert.h"
#include "x509/crl.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The trust engine: presented chain + view of the stores + policy + time -> verdict. Pure: no I/O,
 * no clock, no library but x509/'s headers. A refusal is an answer; ERR_ comes only for memory.
 * DESIGN.md "Trust, exactly" is the specification; RFC 5280 section 6 the algorithm.
 */

/* Limits of work for one judgement: hostile sets end in a refusal that names the limit. */
#define TRUST_MAX_SIGNATURES 200 /* signature checks, of P-256; costlier keys count more */
#define TRUST_MAX_NODES 2000	 /* path nodes looked at */
#define TRUST_MAX_NAMES 1060000	 /* name against constraint comparisons */
#define TRUST_MAX_DEPTH 32	 /* certificates on one path */
#define TRUST_MAX_PRESENTED 64	 /* certificates taken from the peer */
#define TRUST_MAX_PATHS 64	 /* candidate paths kept in the trace */

enum trust_mode { TRUST_MACHINE = 0, TRUST_EXCLUSIVE_ROOT = 1, TRUST_EXCLUSIVE_CA = 2 };
enum trust_profile { PROFILE_DEFAULT, PROFILE_STRICT };
enum name_kind { NAME_NONE, NAME_DNS, NAME_IP, NAME_RFC822, NAME_URI };

/* One store as the engine sees it. Members are indexed by trust_view_new(). */
struct trust_store {
	const char *name; /* "Root", "CA", ... ; borrowed from whoever made the view, until view is
			     freed */
	const struct cert_list *certs;
};

/*
 * The view: an immutable index over stores and CRLs. Made once per trust generation, shared by all
 * judgements. Takes references on certificates and CRLs and copies names.
 */
struct trust_view;
bool trust_view_new(const struct trust_store *stores, size_t n_stores, struct crl *const *crls,
		    size_t n_crls, struct trust_view **out, struct err *e) MUST_USE;
/* Before the view is shared: when list i was last heard to be its issuer's present one. Without it
 * that is when it was issued. */
void trust_view_crl_checked(struct trust_view *v, size_t i, int64_t checked_at_s);
/* For who reads the stores anew: the certificate (sha256 is of its octets) or the list with just these
 * octets, borrowed, so that it need not be parsed again. NULL: the view has none. */
struct cert *trust_view_known_cert(const struct trust_view *v, const uint8_t sha256[static 32],
				   struct span der);
struct crl *trust_view_known_crl(const struct trust_view *v, struct span der);
struct trust_view *trust_view_ref(struct trust_view *v);
void trust_view_unref(struct trust_view *v);

enum revocation_check {
	REVOCATION_OFF,
	REVOCATION_CHECK /* unknown refuses */,
	REVOCATION_SOFT /* unknown passes */,
	REVOCATION_LAST_GOOD /* a lapsed list still speaks; unknown refuses */
};

struct trust_policy {
	enum trust_mode mode;
	const char *issuer_store; /* NULL: none bound */
	enum cert_purpose purpose;
	bool check_usage; /* EKU; true unless the binding says otherwise */
	enum revocation_check revocation;
	int64_t crl_freshness_s; /* a list checked longer ago counts as lapsed; 0: until its
				    next update */
	enum trust_profile profile;
	bool legacy_algorithms; /* SHA-1 and RSA 1024 pass; MD5 never */
	int max_depth; /* certificates between leaf and anchor; -1: no limit but TRUST_MAX_DEPTH */
	const char *name; /* peer name to match, NULL: none */
	enum name_kind name_kind;
	struct oid_list initial_policies; /* empty: any */
	bool explicit_policy, inhibit_mapping, inhibit_any;
};

/* Cache of signature results by certificate and issuer key; sized, thread safe; NULL is allowed
 * everywhere. */
struct signature_cache;
bool signature_cache_new(size_t max_entries, struct signature_cache **out, struct err *e) MUST_USE;
void signature_cache_free(struct signature_cache *c);

struct trust_step {
	struct cert *cert;  /* reference owned by the verdict */
	char store[64];	    /* where this link came from: "presented", "CA", "Root", ... */
	const char *reason; /* what is wrong with this element on this path; NULL: nothing */
};

struct trust_path {
	struct trust_step *steps; /* leaf first */
	size_t n_steps;
	bool complete;	    /* ends in an anchor */
	const char *reason; /* dotted code of the worst fault; NULL: good */
	size_t fault_step;
	char detail[240]; /* the sentence's specifics */
};

struct verdict {
	bool accept;
	const char *reason; /* stable dotted code, "ok" on accept: static */
	int substatus;	    /* 0, 7, 13, 16, 17 */
	uint32_t win32;
	char explanation[480];	  /* one sentence */
	struct trust_path *paths; /* best first; paths[0] is the one judged */
	size_t n_paths;
	/* the effective issuer list that was applied */
	char issuer_list_source[64];
	size_t issuer_list_members;
	bool root_store_is_mixed; /* KB 2802568: non-self-signed members of Root shut the roots out
				     of the list */
	unsigned signatures, nodes, names; /* work done */
};

/* chain: leaf first, then what else the peer sent; n 0 gives 403.7. */
bool trust_judge(const struct trust_view *view, const struct trust_policy *policy,
		 struct cert *const *chain, size_t n, int64_t now_s, struct signature_cache *cache,
		 struct verdict **out, struct err *e) MUST_USE;
void verdict_free(struct verdict *v);
DEFINE_AUTO(struct verdict *, verdict, verdict_free)

/* The verdict for a presented certificate that does not parse: 403.16, x509.corrupt. */
bool verdict_unreadable(const char *why, struct verdict **out, struct err *e) MUST_USE;

/*
 * The path from a host certificate upwards, for the chain that a binding sends and for the check
 * chain.incomplete: issuers from the stores CA and Root by name, key identifier and signature.
 * certs excludes c itself.
 */
struct issuer_chain {
	struct cert_list certs;
	bool ends_in_root; /* the last one is self-signed and in Root */
	bool ends_self_signed;
};
bool trust_issuer_chain(const struct trust_view *view, struct cert *c, int64_t now_s,
			struct issuer_chain *out, struct err *e) MUST_USE;
void issuer_chain_clear(struct issuer_chain *c);
