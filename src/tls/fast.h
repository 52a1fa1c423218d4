/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/*
 * Faster arithmetic for mbedTLS: in this process its point multiplication on P-256 and P-384 is
 * nettle's and its AES-GCM GnuTLS's, by defining four of its functions here, as shim.c does with
 * two others. The first call compares ours with the library's own on fixed numbers and leaves the
 * work to the library when they differ, or when its structures are not those this was built for.
 * fast_hash.h does the same for SHA-256.
 */

/* Whether the faster ones are in use; makes the comparison if it was not made yet. For tests and the
 * status page. Threads  any */
bool fast_is_on(void);

/* Calls that were taken over so far, for the canary. */
unsigned long fast_multiplied(void);
unsigned long fast_sealed(void);
