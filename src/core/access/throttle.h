/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "core/core.h"

/*
 * Slows guessing down, for core/ alone: failures are counted by account and by address (peer_caller(): of
 * IPv6 each /64 is one), in the database, so that every thread and program sees them. After some free ones each further failure
 * doubles the wait; THROTTLE_FORGET_S without one and all is forgotten.
 */
#define THROTTLE_ADDRESS_FREE 5	   /* failures of an address before it waits */
#define THROTTLE_ADDRESS_MAX_S 300 /* that an address waits after failed logins */
#define THROTTLE_ACCOUNT_FREE 10   /* more, and less of a wait: others can cause these */
#define THROTTLE_ACCOUNT_MAX_S 60  /* that an account waits after failed logins */
#define THROTTLE_FORGET_S 900

/* account and address may be NULL. ERR_BUSY auth.throttled with the seconds to wait. */
bool throttle_check(struct core *c, const char *account, const char *address,
		    struct err *e) MUST_USE;
bool throttle_failed(struct core *c, const char *account, const char *address,
		     struct err *e) MUST_USE;
bool throttle_passed(struct core *c, const char *account, const char *address,
		     struct err *e) MUST_USE; /* in a transaction */
