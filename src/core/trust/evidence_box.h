/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/roots/reg_file.h"
#include "core/trust/causes.h"
#include "core/trust/evidence.h"
#include "trust/judge.h"
#include "x509/cert.h"

/*
 * The sandbox of evidence.c and evidence_causes.c: the stores as they were brought.
 */
struct box_store {
	char name[64];
	struct cert_list certs;
	size_t not_self_signed;
};

struct box_client {
	struct cert_list chain;
	struct verdict *verdicts[3]; /* by mode */
};

struct box {
	const struct evidence *in;
	struct box_store stores[EVIDENCE_STORES_MAX];
	size_t n_stores;
	struct box_client clients[EVIDENCE_CLIENTS_MAX];
	size_t n_clients;
	struct reg_settings reg;
	enum trust_mode mode;
	bool send;
	const char *list_source; /* "Root" when nothing else has members */
	size_t list_bytes;	 /* names that SendTrustedIssuerList would send */
};

struct box_store *box_find(struct box *b, const char *store); /* NULL: nothing came from there */

/* Likely causes of one kind of refusal, as evidence.h has them; NULL when memory is short. */
json_t *evidence_causes(struct box *b, const struct iis_refusal *r);
/* How Windows calls a status; NULL: not among those that client certificates bring about. */
const char *win32_name(int64_t win32);
