/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/secret.h"
#include "core/bindings/bindings.h"
#include "core/core.h"
#include "trust/judge.h"
#include "x509/cert.h"

#include <stdatomic.h>

/*
 * What is served: one immutable snapshot of bindings, host certificates with keys,
 * client-certificate rules and the trust view, built from the database in one read transaction and
 * published by pointer. tls/ makes its contexts of it; open connections keep the one they started
 * with. Threads  any; built by one, shared by reference
 */
struct path_rule {
	char prefix[256]; /* "/api/v1/agents" */
	enum client_certs client_certs;
};

struct served_binding {
	int64_t id;
	struct endpoint endpoint;
	struct cert *cert;	/* what is shown: the bound one, or the fallback certificate */
	struct cert_list chain; /* sent after the leaf, in order, without the root */
	struct secret pkcs8;
	struct cert_list issuers; /* named in the CertificateRequest; empty: none are */
	bool degraded; /* the bound certificate cannot be served, or is out of its time */
	char degraded_why[240];
	char bound_sha256[65];	/* what is bound, also when degraded */
	char staged_change[40]; /* the committed change that waits to be confirmed; "" none */
	enum client_certs client_certs;
	struct path_rule *path_rules;
	size_t n_path_rules;
	bool asks_client_cert; /* the binding or any rule on it accepts or requires */
	char issuer_store[64]; /* "" none */
	enum revocation_check revocation;
	bool revocation_cached_only;
	int64_t revocation_freshness_s;
	bool check_usage;
	bool agents;
};

struct served {
	atomic_int refs;
	int64_t tls_generation, trust_generation;
	struct served_binding *bindings;
	size_t n_bindings;
	struct trust_view *view;
	enum trust_mode trust_mode;
	bool send_issuer_list;
	char server_name[256];
	bool hsts;
};

bool served_build(struct core *c, struct served **out, struct err *e) MUST_USE;
struct served *served_ref(struct served *s);
void served_unref(struct served *s);
DEFINE_AUTO(struct served *, served, served_unref)

/* The binding for a ClientHello on ip:port with this SNI (NULL: none): exact name, then wildcard,
 * then the endpoint's default; at each of them a binding on this very address before one on "*".
 * local_ip: the address that the client reached; "*" finds those on "*" alone. NULL: none. */
const struct served_binding *served_pick(const struct served *s, const char *local_ip,
					 uint16_t port, const char *sni);
const struct served_binding *served_by_id(const struct served *s, int64_t id);
/* A prefix ends where a path segment ends: "/api" holds for "/api" and "/api/x", not "/apix". */
bool path_prefix_holds(const char *prefix, size_t len, const char *path);
/* The rule that holds for path on b: the longest matching prefix, never weaker than the binding's
 * own. */
enum client_certs served_rule(const struct served_binding *b, const char *path);

/* First start: makes the self-signed host certificate (CN = host name; SAN = host name, FQDN,
 * localhost, addresses) and the default binding on ip:port, if there are none. Later starts: the
 * default binding follows ip:port. */
bool served_first_start(struct core *c, const char *ip, uint16_t port, struct err *e) MUST_USE;
/* Before publishing, by its builder: leaves out the bindings of an endpoint that cannot be opened now. */
void served_drop_endpoint(struct served *s, const char *ip, uint16_t port);

/* The further addresses of this run, on which the default binding answers too; replaces those of
 * the run before. */
bool served_listeners(struct core *c, const struct endpoint *more, size_t n,
		      struct err *e) MUST_USE;
