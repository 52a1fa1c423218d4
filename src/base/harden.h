/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

#include <stdbool.h>

/*
 * First thing in every main() of a program that holds keys or passwords: no core dumps, no tracing
 * by others of the same user. A build with the address sanitizer may still be traced, since its
 * search for leaks traces the program itself.
 */
bool process_harden(struct err *e) MUST_USE;
