/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/trust/crl_points.h"
#include "store/crls.h"
#include "x509/name.h"

/*
 * What the files of revocation lists share, for core/ alone.
 */

/* "fresh", "stale", "not_yet" */
const char *crl_row_state(const struct store_crl *row, int64_t now_s);
bool crl_row_lapses_soon(const struct store_crl *row, int64_t now_s);

/* What bindings want: whether points are asked at all, and the least freshness time, 0 none. */
struct crl_demand {
	bool asks;
	int64_t freshness_s;
};
bool crl_demand_read(struct core *c, struct crl_demand *out, struct err *e) MUST_USE;

/* Takes a point down; what is no address of the web, or too long, is passed over. */
bool crl_point_note(struct core *c, struct span url, const struct name *issuer,
		    const char *issuer_text /* NULL: of issuer */, bool is_delta,
		    const char *origin, struct err *e) MUST_USE;
/* Whether the list of egress lets this address be asked, as far as its host tells. */
struct crl_egress;
bool crl_url_is_allowed(const struct crl_egress *g, bool https, const char *url);
