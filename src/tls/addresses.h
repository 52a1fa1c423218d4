/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

#include <netinet/in.h>
#include <stdbool.h>

/*
 * How many connections each client address has, over all workers.
 * Threads  any
 */
struct addresses;

bool addresses_new(struct addresses **out, struct err *e) MUST_USE;
void addresses_free(struct addresses *a);
/* Counts one in, unless the address has max already or memory is short. */
bool addresses_enter(struct addresses *a, const struct sockaddr_storage *who,
		     unsigned max) MUST_USE;
void addresses_leave(struct addresses *a, const struct sockaddr_storage *who);
