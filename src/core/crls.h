/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"
#include "core/core.h"
#include "x509/crl.h"

/*
 * Revocation lists: {id, issuer, this_update, next_update|null, entries, number|null, delta, state:
 * fresh|stale|not_yet}. An imported list is checked against an issuer of the stores (crl.no_issuer,
 * crl.signature) and must not be older than the one that is there (crl.older); it takes the place
 * of the former ones of its kind and scope.
 */
bool crls_list(struct core *c, json_t **out, struct err *e) MUST_USE;
/* One file, DER or PEM, one list or several, all or nothing; gives those imported. */
bool crls_import(struct core *c, const struct actor *by, struct span file, json_t **out,
		 struct err *e) MUST_USE;
bool crls_show(struct core *c, const char *id, json_t **out, struct err *e) MUST_USE;
bool crls_remove(struct core *c, const struct actor *by, const char *id, struct err *e) MUST_USE;
