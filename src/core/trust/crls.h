/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"
#include "core/core.h"
#include "x509/crl.h"

/*
 * Revocation lists: {id, issuer, this_update, next_update|null, entries, number|null, delta, state:
 * fresh|stale|not_yet, lapses_soon, added, checked, source|null}. An imported list is checked against an issuer of the stores (crl.no_issuer,
 * crl.signature) and must not be older than the one that is there (crl.older); it takes the place
 * of the former ones of its kind and scope.
 */
bool crls_list(struct core *c, json_t **out, struct err *e) MUST_USE;
/* One file, DER or PEM, one list or several, all or nothing; gives those imported. */
bool crls_import(struct core *c, const struct actor *by, struct span file, json_t **out,
		 struct err *e) MUST_USE;
/* What a distribution point gave, for core/trust/crl_points.h: imported, or heard to be the present one
 * still. Errors as of import; crl.lapsed when a list's next update is over, which it is taken for all
 * the same. */
struct crl_taken {
	size_t n_new;
	int64_t this_update_s,
		next_update_s; /* of the list that lapses first; next -1: none does */
};
bool crls_take(struct core *c, const struct actor *by, struct span file, const char *source,
	       struct crl_taken *out, struct err *e) MUST_USE;
bool crls_show(struct core *c, const char *id, json_t **out, struct err *e) MUST_USE;
bool crls_remove(struct core *c, const struct actor *by, const char *id, struct err *e) MUST_USE;
