/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"
#include "x509/cert.h"

/*
 * For core/ alone: the certificates that the console makes itself, with the machine's names and
 * addresses.
 */
#define SELF_MADE_DAYS 825	 /* as long as clients take at most, both ends included */
#define SELF_MADE_BEFORE_S 86400 /* begins a day ago: clocks differ */

bool self_made(struct core *c, struct buf *der_out, struct secret *pkcs8_out,
	       struct err *e) MUST_USE;

/* The fallback certificate: what is shown where the bound one cannot be. One for the process, in
 * memory alone, so that it works whatever is wrong with the database; made when it is first
 * needed. Both are copies or references, yours. Threads: any */
bool fallback_get(struct core *c, struct cert **cert_out, struct secret *pkcs8_out,
		  struct err *e) MUST_USE;
