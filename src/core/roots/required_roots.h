/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"
#include "core/core.h"

/*
 * The catalogue of root and intermediate certificates that signature checks of program files need: which they are, and
 * whether this server has them. Data, not code: shipped for a start, edited by administrators. The certificates
 * themselves are imported, never shipped. Roots go to Root and intermediates to CA, whatever came with them: all of
 * them in Root is what later refuses every client with 403.16.
 *
 * entry  {id, name, store, sha1|null, sha256|null, needed_for, since, shipped, confirmed_by|null, state,
 *	   certificate{sha256, stores[], not_after}|null, candidates[sha256]}
 * state  held; missing; misplaced (in another store than it should be); distrusted (in Disallowed); expired;
 *	  unconfirmed (no digest is known: an administrator has to say which certificate it is)
 */
#define REQUIRED_ROOTS_MAX 500			    /* entries of the catalogue */
#define REQUIRED_ROOT_TEXT_MAX 400		    /* bytes of a name, purpose or release */
#define REQUIRED_ROOTS_IMPORT_MAX ((size_t)8 << 20) /* one uploaded file, folder or ZIP */

/* Fills an empty catalogue with what is shipped, once. */
bool required_roots_first_start(struct core *c, struct err *e) MUST_USE;

/* {"items":[entry and "agents"], "total", "held", "attention": n of those that are neither held nor unconfirmed,
 * "agents_total"}; the agents by their standing (core/roots/root_coverage.h). */
bool required_roots_list(struct core *c, json_t **out, struct err *e) MUST_USE;
bool required_root_show(struct core *c, const char *id, json_t **out, struct err *e) MUST_USE;

/* Members as in entry; NULL: stays as it is, or is empty in a new one. "" for a digest: not known. */
struct required_root_edit {
	const char *name, *store, *sha1, *sha256, *needed_for, *since;
};
bool required_root_add(struct core *c, const struct actor *by, const struct required_root_edit *n,
		       json_t **out, struct err *e) MUST_USE;
bool required_root_change(struct core *c, const struct actor *by, const char *id,
			  const struct required_root_edit *n, json_t **out, struct err *e) MUST_USE;
bool required_root_remove(struct core *c, const struct actor *by, const char *id,
			  struct err *e) MUST_USE;

/*
 * The administrator says that this certificate of the stores is the one that the entry means: its digests go into the
 * entry. root.other_digest where the entry has a digest that is not this certificate's; root.kind where a certificate
 * that is not self-signed is to be a root, or the reverse.
 */
bool required_root_confirm(struct core *c, const struct actor *by, const char *id,
			   const char *certificate, json_t **out, struct err *e) MUST_USE;

struct required_roots_import {
	struct span file;      /* certificate, PEM, P7B or a ZIP of such */
	const char *file_name; /* or NULL */
	bool unlisted;	       /* also what the catalogue does not name */
	bool confirm;	       /* one whose name an unconfirmed entry has is that entry's */
	bool dry_run;
};
/*
 * Whether a file of a folder or ZIP is named as certificates are: .cer, .crt, .der, .pem, .p7b or .p7c. What is not is
 * skipped, what is must be readable.
 */
bool required_roots_takes_name(const char *name);
/*
 * {"certificates":[{sha256, thumbprint, subject, not_after, store, entry|null, name|null, existed, confirmed}],
 *  "left_out":[{subject, sha256, why}], "warnings":[{code, text, remedy}], "skipped":[name of a member]}. All or
 * nothing. root.locked where a password would be needed.
 */
bool required_roots_import(struct core *c, const struct actor *by,
			   const struct required_roots_import *r, json_t **out,
			   struct err *e) MUST_USE;
