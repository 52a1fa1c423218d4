/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/agents/agent_desk.h"
#include "core/core.h"
#include "core/page.h"

/*
 * Update packages for agents (core/updates/package.h says what one is): kept beside the database under their digest, given out at the
 * distribution point, where they prove themselves by digest and signature. Nothing is stored that this server itself
 * would not install: signature, signer, manifest and every file are checked first.
 *
 * package  {id, package, version, sha256, bytes, signer{sha256, subject, not_after}|null, offered, added, added_by, n_files,
 *	    check{good, reason, explanation, missing|null}}: check is the signer's, judged now. One that is shown alone
 *	    has files[] besides
 * Errors   update.not_found, update.exists, update.version, package.signer, package.*, cms.*, zip.*, disk.full
 */
#define UPDATES_MAX 200	       /* packages kept */
#define UPDATES_OFFERED_MAX 32 /* packages of which a version is offered: what an agent takes */
#define UPDATE_SIGNATURE_MAX ((size_t)1 << 20)	  /* its detached signature */
#define UPDATES_DIR "PCCSRV/Pccnt/Common/updates" /* under the state directory */

struct update_request {
	int fd;		       /* the ZIP, from its start; stays open. -1: in memory */
	struct span file;      /* then */
	struct span signature; /* DER or PEM; empty: sign_with */
	const char *sign_with; /* a certificate of My with a key, meant for code signing; or NULL */
	bool offer, dry_run;
};
/* The check is part of the answer where the package is refused: *more_out then is {"check":...}, yours, or NULL. */
bool update_add(struct core *c, const struct actor *by, const struct update_request *r,
		json_t **out, json_t **more_out, struct err *e) MUST_USE;
/* {"items":[package], "total", "agents":{...}, "findings":[...]} */
bool updates_list(struct core *c, json_t **out, struct err *e) MUST_USE;
bool update_show(struct core *c, const char *id, json_t **out, struct err *e) MUST_USE;
/* One version of a package is offered at a time. */
bool update_offer(struct core *c, const struct actor *by, const char *id, bool offered,
		  json_t **out, struct err *e) MUST_USE;
bool update_remove(struct core *c, const struct actor *by, const char *id, struct err *e) MUST_USE;

/* For agents: {"revision","items":[{package, version, sha256, bytes}]} */
bool updates_offered(struct core *c, const struct agent_caller *who, json_t **out,
		     struct err *e) MUST_USE;
/* Moves whenever what is offered changes. */
bool updates_revision(struct core *c, int64_t *out, struct err *e) MUST_USE;

/* The distribution point. name: SHA256.zip or SHA256.p7s. Errors: update.not_found */
bool update_package_open(struct core *c, const char *name, int *fd_out, int64_t *bytes_out,
			 struct err *e) MUST_USE;

/* At start and once a day: files without a row go, signatures without a file come back. */
bool updates_tidy(struct core *c, struct err *e) MUST_USE;
