/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"
#include "base/err.h"

/*
 * The filter of system calls for the console itself: what serving, the database and the link to
 * agents need. What is dangerous and never needed (running programs, forking, tracing, mounting, loading
 * code into the kernel) ends the process; what is merely unknown is refused and stands in the kernel's
 * log. After reader_start(), which forks, and before the first thread.
 */
bool lockdown(struct err *e) MUST_USE;
