/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "trust/fault.h"
#include "trust/judge.h"
#include "trust/view.h"
#include "x509/signature.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One judgement at work, for the files of trust/ alone: the graph of certificates that names connect, the paths through
 * it, and the checks on each. Everything here lives as long as the judgement and belongs to one thread.
 */
#define TRUST_MAX_GRAPH 512  /* different certificates that one judgement connects */
#define TRUST_MAX_ISSUERS 64 /* certificates with an issuer's name tried for one certificate */
#define TRUST_PATH_MAX (TRUST_MAX_DEPTH + 2)
#define TRUST_MAX_LOOKS                                                                            \
	50000 /* certificates looked at as somebody's issuer, by name and key identifier */
#define TRUST_MAX_CRLS 64 /* revocation lists looked at for one certificate */
#define TRUST_CRL_DEPTH 3 /* signers of lists whose own status needs the list of another */

struct node;

struct edge {
	struct node *issuer;
	unsigned rank; /* lower is tried first */
	bool tried;
	enum signature_result signature;
};

struct node {
	struct cert *cert; /* borrowed from the caller's chain or the view, which outlive us */
	struct view_cert *known; /* NULL: lies in no store */
	bool is_presented, is_shadowed, on_path, expanded, edges_cut;
	struct edge *edges;
	size_t n_edges;
	enum self_signed self;
	unsigned distance; /* certificates from here to an anchor, by names; UINT_MAX: no way */
};

/* Leaf first. */
struct path {
	struct node *nodes[TRUST_PATH_MAX];
	size_t n;
	bool anchored; /* the last one is an anchor, so that its own signature and status do not count */
};

/* What the checks found on one path. */
struct findings {
	enum fault steps[TRUST_PATH_MAX];
	enum fault worst;
	size_t worst_step;
	char detail[240];
};

struct judgement {
	struct trust_view *view;
	const struct trust_policy *policy;
	int64_t now_s;
	struct signature_cache *cache;
	struct node *nodes[TRUST_MAX_GRAPH];
	size_t n_nodes, n_presented;	     /* the presented ones are the first */
	uint16_t table[4 * TRUST_MAX_GRAPH]; /* node index + 1 by certificate */
	/* store bits, by mode */
	uint64_t anchors, links, issuer_list, disallowed;
	bool list_only_intermediates; /* Root is the source and holds what is not self-signed */
	struct verdict *verdict;
	unsigned path_ranks[TRUST_MAX_PATHS]; /* of the verdict's paths; lower is better */
	size_t n_looks;			      /* certificates looked at as somebody's issuer */
	enum fault limit;		      /* the limit of work that was hit; FAULT_NONE */
	unsigned effort; /* signatures so far, each by what it costs against one of P-256 */
	bool out_of_memory;
	unsigned crl_depth; /* paths to signers of revocation lists inside one another */
};

/* graph.c */
struct node *graph_node(struct judgement *j, struct cert *c,
			bool presented); /* NULL: full or no memory */
void graph_expand(struct judgement *j, struct node *n);
void graph_measure(struct judgement *j,
		   struct node *leaf); /* expands all, then distances and order */
void graph_free(struct judgement *j);
enum self_signed graph_self_signed(struct judgement *j, struct node *n);
bool graph_is_anchor(struct judgement *j, struct node *n);
bool graph_is_disallowed(const struct judgement *j, const struct node *n);
bool graph_key_ids_disagree(const struct cert *c, const struct cert *issuer);
/*
 * Signatures through the caches and counted; UNSUPPORTED, with the limit set, past it. id is the SHA-256 of the whole
 * that is signed.
 */
enum signature_result judge_signature(struct judgement *j, const struct cert *c,
				      const struct cert *issuer);
enum signature_result judge_crl_signature(struct judgement *j, const struct crl *l,
					  const struct cert *issuer);

/* build.c */
typedef bool (*path_visit_fn)(struct judgement *j, const struct path *p, enum fault end,
			      void *arg); /* true: stop */
/* Visits every path from the leaf up: complete ones with FAULT_NONE, others with how they end. */
void build_paths(struct judgement *j, struct node *leaf, path_visit_fn visit, void *arg);

/* check.c */
void check_path(struct judgement *j, const struct path *p, struct findings *f);
/* What is wrong with the first certificate whatever the path. */
enum fault check_leaf(struct judgement *j, struct node *leaf);
void note(struct findings *f, size_t step, enum fault fault, const char *fmt, ...) PRINTF(4, 5);
void check_strict(struct judgement *j, const struct path *p, struct findings *f);
void check_name_constraints(struct judgement *j, const struct path *p, struct findings *f);
void check_policies(struct judgement *j, const struct path *p, struct findings *f);
void check_revocation(struct judgement *j, const struct path *p, struct findings *f);
void check_peer_name(const struct judgement *j, const struct cert *leaf, struct findings *f);

/* True while there is work left; counts n name comparisons. */
bool spend_names(struct judgement *j, unsigned n);

/* crl_signer.c */
/* Whether l is signed by a key that its issuer may sign it with, under the anchor of p; the issuer of step i first. */
bool crl_is_authentic(struct judgement *j, const struct crl *l, const struct path *p, size_t i);
/* The checks on a path to the signer of a list: RFC 5280 6.1 without purpose and name. */
void check_signer_path(struct judgement *j, const struct path *p, struct findings *f);
bool hash_is_good_enough(const struct judgement *j, struct span algorithm);

/* issuer_list.c */
void issuer_list_find(struct judgement *j);
bool issuer_list_passes(struct judgement *j, const struct path *p);

/* verdict.c */
bool verdict_add_path(struct judgement *j, const struct path *p, const struct findings *f,
		      struct err *e) MUST_USE;
void verdict_conclude(struct judgement *j, bool accept);
/* How a certificate is called in a sentence: its subject, escaped, cut to size. */
const char *cert_called(const struct cert *c, char *out, size_t size);
#define CALLED_SIZE 96
