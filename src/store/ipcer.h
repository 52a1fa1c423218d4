/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "store/store.h"

/*
 * What OfcIPCer.dat was to hold, number by number; the newest is the present one, older ones are
 * kept.
 */
struct ipcer_row {
	int64_t number;
	char sha256[65];
	char reason[24];    /* bound, reverted, repaired, published */
	char change_id[40]; /* "" none */
	bool trusted_by_us; /* its copy in TrustedPeople was put there by us */
	int64_t created_s;
};

bool ipcer_row_insert(struct store *s, struct ipcer_row *r, struct span der,
		      struct err *e) MUST_USE;
bool ipcer_row_latest(struct store *s, struct ipcer_row *out, struct buf *der_out /* or NULL */,
		      bool *found, struct err *e) MUST_USE;
/* Newest first, at most limit. */
bool ipcer_row_list(struct store *s, struct ipcer_row *out, size_t limit, size_t *n_out,
		    struct err *e) MUST_USE;

/* The certificate that agents were told of before it is bound; putting another replaces it. */
struct ipcer_next_row {
	char sha256[65];
	char actor[128];
	int64_t created_s;
};
bool ipcer_next_put(struct store *s, const struct ipcer_next_row *r, struct span der,
		    struct err *e) MUST_USE;
bool ipcer_next_read(struct store *s, struct ipcer_next_row *out, struct buf *der_out /* or NULL */,
		     bool *found, struct err *e) MUST_USE;
bool ipcer_next_drop(struct store *s, struct err *e) MUST_USE;
