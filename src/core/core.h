/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/secret.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * core/: the use cases. The only door to the stores; REST and command line call the same functions.
 * Every function that changes something runs in one transaction and writes its audit row there.
 *
 * Answers for people are json_t values in the shape of the REST resource (members in CONTRACTS.md),
 * rendered in one place (core/view/view.h), yours to json_decref(). Answers for other code are structs.
 * Threads  a struct core belongs to one thread: it owns a database connection. Open one per thread.
 */
struct core;
struct store; /* store/store.h */
struct cert;
struct cert_list;

enum role { ROLE_NONE = 0, ROLE_VIEWER, ROLE_OPERATOR, ROLE_ADMIN };
const char *role_name(enum role r);
bool role_parse(const char *name, enum role *out) MUST_USE;

/* Who does it: goes into the audit trail. Strings borrowed for the call. */
struct actor {
	const char *name;	/* account or token name; "root" on the command line */
	const char *via;	/* "rest", "cli", "console", "system" */
	const char *address;	/* client address, or "" */
	const char *request_id; /* or "" */
	enum role role;		/* the command line on the machine is ROLE_ADMIN */
};

/* One handshake that the prover makes, from outside the serving threads. */
struct prove_target {
	const char *ip; /* "127.0.0.1", "::1": where to connect; wildcards are already turned into
			   addresses */
	uint16_t port;
	const char *sni; /* NULL: none */
};

struct prove_result {
	bool connected;
	char cert_sha256[65]; /* of the leaf that was shown, "" when none */
	char tls_version[16];
	int64_t took_us;
	char error[160]; /* what went wrong, "" when nothing */
};

/* One GET, for what the console wants to have from elsewhere. */
struct crl_egress; /* core/trust/crl_egress.h */
struct download_request {
	const char *url;
	const struct crl_egress *egress; /* who may be asked */
	bool https;			 /* besides http */
	size_t max_bytes;
};

/*
 * What core needs from the floors above; wired by the roof. Any function may be NULL: then nothing
 *is published (the console is down) and nothing proved. publish	makes the running console
 *serve what the database says (in this process, or another one through the control socket, at most
 *5 s); *tls_generation_out is the generation then served Errors: ERR_UNREACHABLE no console runs;
 *ERR_TIMEOUT; else why the new state cannot be served prove	one full handshake without
 *resumption try_load	whether the TLS library takes this chain and key: the check
 *chain.not_loadable
 * try_endpoint	whether ip:port can be opened (or is ours already): the check endpoint.cannot_open
 * notify	tells listeners of /events; never fails
 */
struct core_hooks {
	void *arg;
	bool (*publish)(void *arg, int64_t *tls_generation_out, struct err *e);
	bool (*prove)(void *arg, const struct prove_target *t, struct prove_result *out,
		      struct err *e);
	bool (*try_endpoint)(void *arg, const char *ip, uint16_t port, struct err *e);
	bool (*try_load)(void *arg, const struct cert *leaf, const struct cert_list *chain,
			 const struct secret *pkcs8, struct err *e);
	void (*notify)(void *arg, const char *topic, const json_t *what);
	/* the body of an answer 200, whole: wire/download.h */
	bool (*download)(void *arg, const struct download_request *r, struct buf *out,
			 struct err *e);
	/* whether the running console would pass core/programs/ipc_policy.h's check; NULL: this is the console */
	bool (*console_is_signed)(void *arg, struct err *e);
	int64_t (*now_s)(void *arg); /* NULL: clock_now_s() */
};

/*
 * Opens the state directory (migrating it under a lock); create makes an empty one, with master
 * key, the first self-signed host certificate not yet made (the daemon does that). Errors
 * ERR_DENIED neither owner nor root, ERR_NOT_FOUND, ERR_DB, ERR_BUSY, reason store.newer_schema
 */
bool core_open(const char *state_dir, bool create, const struct core_hooks *hooks,
	       struct core **out, struct err *e) MUST_USE;
void core_close(struct core *c);
DEFINE_AUTO(struct core *, core, core_close)
#define AUTO_CORE AUTO(core_autop)

const char *core_state_dir(const struct core *c);
struct store *core_store(struct core *c); /* borrowed; for core/ itself */
const struct secret *core_master(const struct core *c);
int64_t core_now_s(const struct core *c);
void core_set_hooks(struct core *c, const struct core_hooks *hooks);
const struct core_hooks *core_hooks(const struct core *c); /* borrowed; for core/ itself */
void core_notify(struct core *c, const char *topic, const json_t *what);

/* The three counters of CONTRACTS.md, "State directory". */
enum core_counter { CORE_TRUST_GENERATION, CORE_TLS_GENERATION, CORE_CHANGE_SEQ };
bool core_counter(struct core *c, enum core_counter counter, int64_t *out, struct err *e) MUST_USE;

/* Housekeeping: deletes for good what was removed more than 30 days ago, ended sessions and old
 * failures. At start and once a day; moves no generation. */
bool core_tidy(struct core *c, struct err *e) MUST_USE;

/*
 * A dry run: what comes between runs in one transaction, sees its own work, and is taken back at the
 * end: no row, no audit, no event, no new generation, nothing published. For use cases that touch
 * the database alone; those that prove or write files have a dry_run of their own.
 */
bool core_dry_begin(struct core *c, struct err *e) MUST_USE;
void core_dry_end(struct core *c);
