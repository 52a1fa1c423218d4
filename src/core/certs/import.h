/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"
#include "core/core.h"

/*
 * Import of any file: PFX, PEM in any order, DER, P7B. All or nothing. The answer, dry or not, is
 * {"certificates":[{sha256,thumbprint,store,has_key,exportable,subject,not_after}],"left_out":[{sha256,why}],
 *  "warnings":[{code,text,remedy}]}.
 * By rule: leaf with key to My; CA certificates to CA; other leaves to the asked store, else
 * TrustedPeople; self-signed roots are left out unless trust_roots or store is Root. Errors   those
 * of x509/bag, key.mismatch, store.not_self_signed (into Root without accept_warnings, with CA
 * offered)
 */
struct import_request {
	struct span file;
	const char *file_name; /* for messages, or NULL */
	const char *store;     /* NULL: by rule */
	bool all_to_store;
	const struct secret *password; /* NULL: none given */
	bool exportable, trust_roots, allow_no_mac;
	bool accept_warnings;	   /* --yes, or the tick in the dialog */
	const char *friendly_name; /* NULL: from the file */
	bool dry_run;
};
#define IMPORT_MAX_BYTES ((size_t)8 << 20) /* of a file with certificates and keys */

bool import_file(struct core *c, const struct actor *by, const struct import_request *r,
		 json_t **out, struct err *e) MUST_USE;
