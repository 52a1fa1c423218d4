/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/json.h"
#include "x509/cert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The agent's own trust directory, never the system's: DIR/trust/{Root,CA,Disallowed}. What the agent writes is one DER
 * file for each certificate, <sha256>.cer; administrators may put *.cer, *.crt and *.pem of their own beside it. A file
 * that is no regular one, too large, unreadable as a certificate, or named like a digest that it does not have, is
 * ignored and said so. In Disallowed nothing is ignored: what of it cannot be taken is an error, since less distrust than
 * was asked for is no answer.
 * docs/AGENTS.md "Roots"
 */
#define AGENT_TRUST_MAX 512		       /* certificates in an agent's trust directory */
#define AGENT_TRUST_NAMES_MAX 4096	       /* files looked at in one store of it */
#define AGENT_TRUST_FILE_MAX ((size_t)1 << 20) /* bytes of one file in it */
#define AGENT_TRUST_IGNORED_MAX 16	       /* ignored files that are named */
#define AGENT_TRUST_SUBJECT_MAX 256	       /* bytes of a subject in the inventory */

#define AGENT_TRUST_ROOT "Root"
#define AGENT_TRUST_CA "CA"
#define AGENT_TRUST_DISALLOWED "Disallowed"

/* Immutable once read; shared by reference. Threads  any */
struct agent_trust;

struct agent_trust_ignored {
	char file[300]; /* "Root/NAME": the name is as hostile as the disk */
	char why[200];
};

/* The whole directory; none is an empty one. */
bool agent_trust_read(const char *state_dir, struct agent_trust **out, struct err *e) MUST_USE;
/* *io (NULL: not read yet) becomes what the directory holds now. Looks at names, sizes and times, and reads only where
 * those moved. *changed_out whether the certificates are others than before. *io stays on failure. */
bool agent_trust_refresh(const char *state_dir, struct agent_trust **io, bool *changed_out,
			 struct err *e) MUST_USE;
struct agent_trust *agent_trust_ref(struct agent_trust *t); /* returns t */
void agent_trust_unref(struct agent_trust *t);		    /* NULL is fine */
DEFINE_AUTO(struct agent_trust *, agent_trust, agent_trust_unref)
#define AUTO_AGENT_TRUST AUTO(agent_trust_autop)

/* Borrowed from t; each sorted by SHA-256, none twice. */
const struct cert_list *agent_trust_roots(const struct agent_trust *t);
const struct cert_list *agent_trust_intermediates(const struct agent_trust *t);
const struct cert_list *agent_trust_disallowed(const struct agent_trust *t);
bool agent_trust_holds(const struct agent_trust *t, const char *store, const char *sha256);
size_t agent_trust_count(const struct agent_trust *t);
/* The first of n that are kept; *total_out how many there were. */
const struct agent_trust_ignored *agent_trust_ignored(const struct agent_trust *t, size_t *n_out,
						      size_t *total_out);

/* SHA-256 in hex of the sorted lines "STORE:SHA256\n". */
const char *agent_trust_digest(const struct agent_trust *t);
/* {"digest", "items": [{"sha256", "store", "subject", "not_after"}]}; NULL: no memory */
json_t *agent_trust_inventory(const struct agent_trust *t);

/* Root, CA or Disallowed, exactly. */
bool agent_trust_is_store(const char *store);
/* Makes the folders, and removes what a write that was killed left behind; before any other thread runs. */
bool agent_trust_ready(const char *state_dir, struct err *e) MUST_USE;
/*
 * Writes c, whole or not at all. Judges nothing.
 * *existed_out   it was there already
 * Errors   ERR_INVALID (no such store), ERR_IO (a folder of it is none, or is elsewhere)
 */
bool agent_trust_add(const char *state_dir, const char *store, const struct cert *c,
		     bool *existed_out, struct err *e) MUST_USE;
