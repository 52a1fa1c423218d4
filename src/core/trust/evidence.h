/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "base/secret.h"
#include "base/span.h"
#include "core/trust/iis_log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What an IIS server's own evidence says of its refused client certificates: its log, certificates
 * exported from its stores, and Schannel's settings. All of it is looked at in a view of its own; no
 * state directory is touched, and nothing of it reaches the stores of this console.
 */
#define EVIDENCE_FILES_MAX 200	 /* certificate files */
#define EVIDENCE_STORES_MAX 16	 /* different stores that they came from */
#define EVIDENCE_CLIENTS_MAX 20	 /* client chains that are judged */
#define EVIDENCE_CLIENT "client" /* the store of a file that holds a client's chain, leaf first */

struct evidence_file {
	const char *store; /* as Windows calls it: Root, AuthRoot (counts as Root), CA, ... */
	struct span file;  /* .cer, .p7b, .pfx, PEM */
};

struct evidence {
	const struct evidence_file *files;
	size_t n_files;
	const struct secret *password; /* of .pfx files; NULL: none */
	struct span reg;	       /* empty: none */
	int mode, send;		       /* -1: from reg, else Windows' default, 0 and off */
	const char *issuer_store;      /* sslctlstorename of the binding; NULL: none */
	const struct iis_log *log;     /* ended; NULL: none */
	int64_t now_s;
};

/*
 * {settings{mode, mode_from, send_trusted_issuer_list, send_from, issuer_list_source,
 *  issuer_list_bytes, notes[]}, stores[{store, members, not_self_signed}], log|null{lines, requests,
 *  passed, malformed, without_fields, field_lines, truncated, first, last, others},
 *  refusals[{status, substatus, win32, name, count, first, last, passed_before, clients[],
 *  causes[{id, number, title, evidence, shown}]}], clients[{subject, sha256, modes[3 verdicts]}]}
 * shown: the evidence shows it; else it is what remains possible. The likeliest first.
 */
bool evidence_judge(const struct evidence *in, json_t **out, struct err *e) MUST_USE;
