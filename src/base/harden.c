/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/harden.h"

#include <errno.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#if defined(__SANITIZE_ADDRESS__)
#define DUMPABLE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DUMPABLE 1
#endif
#endif
#ifndef DUMPABLE
#define DUMPABLE 0
#endif

/* Both: the limit alone does not hold a core_pattern that is a pipe, and dumpable alone is set
 * again by execve(). */
bool process_harden(struct err *e)
{
	const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};

	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return err_sys(e, errno, "cannot forbid core dumps");
	if (prctl(PR_SET_DUMPABLE, DUMPABLE, 0, 0, 0) != 0)
		return err_sys(e, errno, "cannot forbid core dumps");
	return true;
}
