/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "core/core.h"

#define CSR_NAMES_MAX 100 /* names of one kind in a request */

/*
 * Requests: the key is made here and stays; the signed certificate finds its request by public key,
 * in any format.
 */
struct csr_request {
	const char *common_name; /* NULL: first DNS name */
	const char *const *dns_names;
	size_t n_dns_names;
	const char *const *ip_addresses;
	size_t n_ip_addresses;
	const char *key; /* "ec256" ...; NULL: ec256 */
	bool exportable;
	const char *
		renews; /* certificate to renew: names and, with same_key, key come from it; NULL */
	bool same_key;
	const char *friendly_name; /* NULL: none */
};
bool csrs_create(struct core *c, const struct actor *by, const struct csr_request *r, json_t **out,
		 struct err *e) MUST_USE;
bool csrs_list(struct core *c, json_t **out, struct err *e) MUST_USE;
bool csrs_show(struct core *c, const char *id, json_t **out, struct err *e) MUST_USE;
bool csrs_pem(struct core *c, const char *id, struct buf *out, struct err *e) MUST_USE;
/* The same certificate again changes nothing; another one with the key of a request that was answered
 * takes the place of the first. */
bool csrs_complete(struct core *c, const struct actor *by, struct span file, json_t **out,
		   struct err *e) MUST_USE;
/* For an import, in its transaction: cert is kept already, and answers an open request or none. */
bool csrs_answer(struct core *c, const struct actor *by, const struct cert *cert,
		 struct err *e) MUST_USE;
bool csrs_remove(struct core *c, const struct actor *by, const char *id, struct err *e) MUST_USE;
