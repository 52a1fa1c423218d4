/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/certs/csrs.h"
#include "x509/cert.h"
#include "x509/issue.h"

/*
 * The names of a request: those that were given, else those of the certificate that it renews; for
 * core/certs/csrs.c alone.
 */
struct csr_names {
	char common_name[256];
	char *dns[ISSUE_NAMES_MAX];
	size_t n_dns;
	char *ip[ISSUE_NAMES_MAX];
	size_t n_ip;
	char *json_text; /* ["DNS:x", "IP:y"] */
	char friendly_name[256];
	struct cert *renewed; /* NULL: none */
};

bool csr_names_gather(struct core *c, const struct csr_request *r, struct csr_names *out,
		      struct err *e) MUST_USE;
void csr_names_clear(struct csr_names *n);
