/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "core/page.h"
#include "store/bindings.h"
#include "x509/cert.h"

/*
 * Bindings and their changes. A binding is keyed by ip:port:host ("*" any address, IPv6 in
 * brackets, empty host the default of that endpoint); "default" names the default binding. Every
 * change of what is served is staged, committed, proved by a real handshake to each affected
 * address and name, and confirmed, or returns by itself.
 */
enum client_certs { CLIENT_CERTS_IGNORE = 0, CLIENT_CERTS_ACCEPT, CLIENT_CERTS_REQUIRE };

struct endpoint {
	char ip[48]; /* "*", "127.0.0.1", "::1" without brackets */
	uint16_t port;
	char host[256]; /* "" default, "www.example.org", "*.example.org"; lower case */
};
bool endpoint_parse(const char *text, struct endpoint *out, struct err *e) MUST_USE;
void endpoint_text(const struct endpoint *ep, struct buf *out);

#define CONFIRM_WITHIN_MAX_S 86400 /* that a change waits to be confirmed */
struct bind_request {
	const char *endpoint;
	const char *cert;	  /* any spelling; NULL: as it is */
	int client_certs;	  /* enum client_certs; -1: as it is */
	const char *issuer_store; /* NULL: as it is; "": none */
	int agents;		  /* -1 as it is; 1: becomes the agents' binding */
	int revocation;		  /* -1 as it is; enum revocation_check */
	int cached_only;	  /* 0 as it is, 1 lists in the console alone, 2 fetched too */
	bool sets_freshness;
	int64_t freshness_s;  /* a list checked longer ago counts as lapsed; 0: its next update */
	int confirm_within_s; /* 0: confirmed by the proof alone */
	int check_usage;      /* EKU of client certificates: 0 as it is, 1 checked, 2 not */
	bool sets_path_rules;
	char path_rules[PATH_RULES_TEXT_MAX]; /* core/bindings/path_rules.h */
	int wait_agents; /* percent of agents that must know the certificate first; 0 none */
	const char *override_reason; /* NULL: failed checks block */
	bool dry_run;
	/* Whoever asks over a binding is warned when the change would shut out that very connection:
	 * the binding it came over (0: none, as on the command line), and what it presented. */
	int64_t own_binding;
	const struct cert_list *own_chain; /* NULL or empty: no certificate */
};

/* How the confirmation reached us: counts only when a full handshake on this very connection showed
 * the certificate. */
struct confirm_proof {
	const char *cert_sha256;
	bool full_handshake;
	int64_t tls_generation;	  /* of the snapshot that it was accepted under */
	int64_t trust_generation; /* under which the door let this request pass */
};

bool bindings_list(struct core *c, json_t **out, struct err *e) MUST_USE;
bool bindings_show(struct core *c, const char *id_or_endpoint, json_t **out,
		   struct err *e) MUST_USE;
bool bindings_history(struct core *c, const char *id_or_endpoint, const struct page *p,
		      json_t **out, struct err *e) MUST_USE;
bool bindings_remove(struct core *c, const struct actor *by, const char *id_or_endpoint,
		     struct err *e) MUST_USE; /* never the default one */

bool checks_run(struct core *c, const struct bind_request *r, json_t **checks_out,
		struct err *e) MUST_USE;

/*
 * Refused by a check (ERR_CHECK, reason of the check): *out is set all the same, to {"checks": [...]}
 * A change whose certificate was not seen (ERR_CHECK change.not_seen): *out is the reverted change.
 * Nothing to change: state "confirmed", "unchanged": true and id null.
 */
bool change_stage(struct core *c, const struct actor *by, const struct bind_request *r,
		  json_t **out, struct err *e) MUST_USE;
bool change_commit(struct core *c, const struct actor *by, const char *change, json_t **out,
		   struct err *e) MUST_USE;
/* p NULL: a handshake of its own through the hooks, which is what the command line does. */
bool change_confirm(struct core *c, const struct actor *by, const char *change,
		    const struct confirm_proof *p, json_t **out, struct err *e) MUST_USE;
bool change_abort(struct core *c, const struct actor *by, const char *change, json_t **out,
		  struct err *e) MUST_USE; /* staged: aborted; committed: reverted at once */
bool change_show(struct core *c, const char *change, json_t **out, struct err *e) MUST_USE;
/* stage, commit, prove and, with confirm_within_s 0, confirm: what "bind set" does. */
bool bind_set(struct core *c, const struct actor *by, const struct bind_request *r, json_t **out,
	      struct err *e) MUST_USE;
/* A new change that brings back what was bound before change "to" (NULL: the one before the
 * present). */
bool bind_rollback(struct core *c, const struct actor *by, const char *endpoint, const char *to,
		   json_t **out, struct err *e) MUST_USE;
#define STAGED_KEEP_S 86400 /* a staged change that nobody commits is given up */

/* Reverts committed changes whose deadline has passed, proves those whose maker did not, and gives up
 * old staged ones; *next_s is the next deadline, 0 when none. Start (before listening), timer, and
 * before each new change. */
bool changes_expire(struct core *c, int64_t *next_s, struct err *e) MUST_USE;
/* After the start has published: proves what was committed or confirmed while the console was down;
 * what is not seen goes back. */
bool changes_prove_pending(struct core *c, struct err *e) MUST_USE;

/* The scratch load of one certificate of the database, through the hooks: for the control socket. */
bool binding_try_load(struct core *c, const char *cert_sha256, struct err *e) MUST_USE;

bool drift_show(struct core *c, json_t **out, struct err *e) MUST_USE;
bool drift_repair(struct core *c, const struct actor *by, json_t **out, struct err *e) MUST_USE;
bool ipcer_show(struct core *c, json_t **out, struct err *e) MUST_USE;
/* OfcIPCer.dat is always the bound certificate; a file may name another one only to be told to
 * agents beforehand, as the next one. ERR_CHECK ipcer.not_bound: *out is set all the same, to
 * {"candidate": ..., "remedies": [...]}. */
#define IPCER_FILE_MAX ((size_t)256 << 10) /* bytes of a file with a host certificate */
struct ipcer_request {
	struct span file; /* DER, PEM or P7B; empty: the bound certificate */
	bool as_next;	  /* not bound: it goes out in a publication, beside the bound one */
	bool dry_run;
};
bool ipcer_publish(struct core *c, const struct actor *by, const struct ipcer_request *r,
		   json_t **out, struct err *e) MUST_USE;
/* The announced certificate; ERR_NOT_FOUND ipcer.no_next. */
bool ipcer_next_show(struct core *c, json_t **out, struct err *e) MUST_USE;
bool ipcer_withdraw(struct core *c, const struct actor *by, struct err *e) MUST_USE;
/* Rebuilds the files that mirror the database; before listening. */
bool agent_files_rebuild(struct core *c, struct err *e) MUST_USE;
