/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "trust/judge.h"

/*
 * Where revocation lists come from: the distribution points that certificates of the stores, good
 * clients and lists themselves name; the schedule by which they are asked; and the state of each
 * issuer. They are asked while some binding checks revocation and is not held to cached lists, and
 * only where the setting crl_egress lets (core/trust/crl_egress.h).
 */
#define CRL_FETCH_SOONEST_S 60	      /* between two tries of one point */
#define CRL_FETCH_LATEST_S 86400      /* a good list is asked for again by then */
#define CRL_FETCH_BACKOFF_MAX_S 21600 /* between two tries that fail */
#define CRL_FETCH_LOOK_AGAIN_S                                                                     \
	3600		     /* at a point that crl_egress does not let; or when that changes */
#define CRL_FETCH_NOW_MAX 32 /* points asked by one request of a person */
#define CRL_POINT_FORGET_S (90 * 86400) /* that nobody names any more */
#define CRL_SOON_S                                                                                 \
	(3 * 86400) /* before its next update a list is warned of, at most so long; a
				  quarter of its life where that is shorter */

/* Takes down the points that certificates of the stores and lists name. */
bool crl_points_collect(struct core *c, struct err *e) MUST_USE;
/* Asks the one point that is due the longest, if any is to be asked now: *out as one of the items
 * below, NULL when there is none. A point that fails is no error. */
bool crl_points_fetch_due(struct core *c, json_t **out, struct err *e) MUST_USE;

/*
 * By hand, at once: one point, or those that crl_egress lets (url NULL). {"items":[{url, issuer,
 * delta, result: new|unchanged|failed, error|null, code|null}]}
 * Errors   ERR_NOT_FOUND crl.no_point, ERR_DENIED
 */
bool crls_fetch(struct core *c, const struct actor *by, const char *url, json_t **out,
		struct err *e) MUST_USE;

/*
 * By issuer: {"items":[{issuer, state: fresh|stale|missing|not_yet, lapses_soon, list|null,
 * delta|null, this_update, next_update, checked, points:[{url, delta, origin, allowed, last_try,
 * last_good, next_try, failures, error|null}]}]}; issuers are those of lists, of points, and the
 * members of the stores that issue.
 */
bool crls_issuers(struct core *c, json_t **out, struct err *e) MUST_USE;

/*
 * What clients name: kept in memory until crl_notes_flush() brings it into the database. Only paths
 * whose signatures hold are given here. Any thread; what does not fit is lost, and named again by
 * the next client.
 */
#define CRL_NOTES_MAX 64 /* points waiting for the database */
struct crl_notes;
bool crl_notes_new(struct crl_notes **out, struct err *e) MUST_USE;
void crl_notes_free(struct crl_notes *n);
void crl_notes_put(struct crl_notes *n, const struct verdict *v);
bool crl_notes_flush(struct core *c, struct crl_notes *n, struct err *e) MUST_USE;
