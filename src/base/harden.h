/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

#include <stdbool.h>

/*
 * First thing in every main(): no core dumps, no tracing by others of the same user, files closed
 * to others by default. Whoever holds keys in memory calls it before reading the first.
 */
bool process_harden(struct err *e) MUST_USE;
