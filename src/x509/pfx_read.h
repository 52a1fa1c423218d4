/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "x509/bag.h"
#include "x509/pbe.h"

/*
 * The parts of the PFX reader: pfx.c walks the outer shell, pfx_mac.c proves it, pfx_bags.c takes the members out.
 */
struct pfx_reader {
	const struct secret *password; /* may be NULL */
	struct pbe_work work;
	struct bag bag;
	unsigned n_bags; /* seen so far, of any kind */
};

/* mac_data: contents of MacData. data: what it guards. */
bool pfx_check_mac(struct pfx_reader *r, struct span mac_data, struct span data,
		   struct err *e) MUST_USE;

/* safe: SafeContents, whole. */
bool pfx_read_safe(struct pfx_reader *r, struct span safe, unsigned depth, struct err *e) MUST_USE;
bool pfx_safe_looks_right(struct span safe);
