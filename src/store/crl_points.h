/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/span.h"
#include "store/store.h"

/*
 * Rows of distribution points: where revocation lists are fetched from, and how that went. Texts and
 * bytes are borrowed for the call.
 */
#define CRL_POINTS_MAX 1000    /* distribution points known at a time */
#define CRL_POINT_URL_MAX 1024 /* bytes of one address */

struct store_crl_point {
	const char *url, *issuer; /* whose lists are there */
	struct span issuer_der;
	bool is_delta;
	const char *origin; /* who named it: "store", "client", "list" */
	int64_t seen_at_s;
	int64_t tried_at_s, good_at_s; /* 0: never */
	int64_t next_at_s, failures;
	const char *error; /* of the last try, "" none */
};

typedef bool (*store_crl_point_fn)(void *arg, const struct store_crl_point *row, struct err *e);

/* Somebody names it: new, due at once, or seen again. Nothing happens when the table is full. */
bool store_crl_point_note(struct store *s, const struct store_crl_point *p, struct err *e) MUST_USE;
/* What came of a try: good_at_s 0 leaves the last good time. */
bool store_crl_point_done(struct store *s, const struct store_crl_point *p, struct err *e) MUST_USE;
/* Not tried before at_s: it may not be asked. */
bool store_crl_point_postpone(struct store *s, const char *url, int64_t at_s,
			      struct err *e) MUST_USE;
bool store_crl_point_list(struct store *s, store_crl_point_fn fn, void *arg,
			  struct err *e) MUST_USE; /* by issuer and url */
/* The one that is due the longest. */
bool store_crl_point_due(struct store *s, int64_t now_s, store_crl_point_fn fn, void *arg,
			 bool *found, struct err *e) MUST_USE;
bool store_crl_point_by_url(struct store *s, const char *url, store_crl_point_fn fn, void *arg,
			    bool *found, struct err *e) MUST_USE;
/* All are due: who may be asked has changed. */
bool store_crl_points_again(struct store *s, int64_t now_s, struct err *e) MUST_USE;
/* Those that nobody has named since. */
bool store_crl_points_forget(struct store *s, int64_t seen_before_s, struct err *e) MUST_USE;
