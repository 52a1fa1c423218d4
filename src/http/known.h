/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * From where somebody has logged in since the start. A password takes a tenth of a second to look
 * at, and strangers who try some from everywhere make a long queue: whoever was here before does not
 * stand in it. An entry is 64 bits of a SHA-256, so that nobody finds an address that passes for
 * another's; where two want one slot the later has it. From any thread, without a lock.
 */
#define KNOWN_CALLERS_MAX 1024 /* addresses from where somebody has logged in */

struct known_callers {
	atomic_uint_least64_t slots[KNOWN_CALLERS_MAX]; /* 0: nobody's */
};

/* address as text; of IPv6 each /64 is one caller. */
void known_add(struct known_callers *k, const char *address);
bool known_has(const struct known_callers *k, const char *address);
