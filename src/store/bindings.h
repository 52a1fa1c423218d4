/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/store.h"

#include <stddef.h>

/*
 * Rows of bindings, their path rules, and the further listeners of this run. core/ decides what may
 * be bound; the database refuses two bindings of one key, two agents' bindings, and the deletion of
 * a certificate or store that a binding names.
 */
#define BINDINGS_MAX 1000		    /* bindings of one console */
#define REVOCATION_FRESHNESS_MAX_S 31536000 /* of a binding */
#define PATH_RULES_MAX 1000		    /* rules over all bindings */
#define PATH_RULES_PER_BINDING 16	    /* path rules of one binding */
#define PATH_PREFIX_MAX 200		    /* bytes of one prefix */
#define PATH_RULES_TEXT_MAX 1024 /* bytes of all rules of a binding as text, terminator included */
#define LISTENERS_MAX 64	 /* further --listen of one run */

/* What a change can change. */
struct binding_state {
	char cert[65];			/* SHA-256, lower-case hex */
	int client_certs;		/* enum client_certs of core/ */
	char issuer_store[64];		/* "" none */
	int revocation;			/* enum revocation_check of trust/ */
	bool revocation_cached_only;	/* its clients' distribution points are not asked */
	int64_t revocation_freshness_s; /* 0: until the next update */
	bool check_usage;
	bool agents;
	/* "PREFIX N" a line, N an enum client_certs, in the order of the prefixes */
	char path_rules[PATH_RULES_TEXT_MAX];
};

struct binding_row {
	int64_t id;
	char ip[48];
	uint16_t port;
	char host[256];
	bool is_default;
	struct binding_state state;
	int64_t version;
};

struct binding_rows {
	struct binding_row *items;
	size_t n;
};
void binding_rows_clear(struct binding_rows *r);
#define AUTO_BINDING_ROWS AUTO(binding_rows_clear)

/* In the order of ip, port, host; the default binding first. */
bool binding_row_list(struct store *s, struct binding_rows *out, struct err *e) MUST_USE;
bool binding_row_by_id(struct store *s, int64_t id, struct binding_row *out, bool *found,
		       struct err *e) MUST_USE;
bool binding_row_by_key(struct store *s, const char *ip, uint16_t port, const char *host,
			struct binding_row *out, bool *found, struct err *e) MUST_USE;
bool binding_row_default(struct store *s, struct binding_row *out, bool *found,
			 struct err *e) MUST_USE;
bool binding_row_agents(struct store *s, struct binding_row *out, bool *found,
			struct err *e) MUST_USE;

/* id 0 is new and gets one; ERR_NOT_FOUND store.not_found for an unknown issuer store; limit.rows. */
bool binding_row_put(struct store *s, struct binding_row *row, struct err *e) MUST_USE;
/* Only the address, so that a row whose certificate is gone can follow it too. */
bool binding_row_move(struct store *s, int64_t id, const char *ip, uint16_t port, int64_t version,
		      struct err *e) MUST_USE;
bool binding_row_delete(struct store *s, int64_t id, struct err *e) MUST_USE;
/* Whether a certificate can be bound as far as the rows go: there, and not removed. */
bool binding_cert_is_there(struct store *s, const char *sha256, bool *out, struct err *e) MUST_USE;
/* Takes the agents' mark from whichever binding has it. */
bool binding_row_clear_agents(struct store *s, int64_t version, struct err *e) MUST_USE;

struct path_rule_row {
	int64_t binding_id;
	char prefix[256];
	int client_certs;
};
bool path_rule_list(struct store *s, struct path_rule_row **out, size_t *n_out,
		    struct err *e) MUST_USE; /* mem_free */

struct listener_row {
	char ip[48];
	uint16_t port;
};
bool listener_list(struct store *s, struct listener_row **out, size_t *n_out,
		   struct err *e) MUST_USE; /* mem_free */
bool listener_replace(struct store *s, const struct listener_row *rows, size_t n,
		      struct err *e) MUST_USE;
