/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a process gives up for good: system calls (seccomp), files and connections (Landlock, where
 * the kernel has it), memory and time. Nothing here can be taken back, and children inherit it.
 * Knows no policy: the tables stand with those who lock themselves in.
 */

/* Builds with a sanitizer reserve terabytes of addresses, and trace themselves when they end. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
	__has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Builds for valgrind (scripts/run-under) and ThreadSanitizer: the system calls of the tools themselves would be refused
 * like ours, so filter, rules and limits are left out. Never in what is installed. */
#if defined(__SANITIZE_THREAD__) && !defined(UNCONFINED)
#define UNCONFINED 1
#endif
#ifndef UNCONFINED
#define UNCONFINED 0
#endif

enum sandbox_action {
	SANDBOX_ALLOW,
	SANDBOX_EPERM,	/* refused, and the kernel's log says so */
	SANDBOX_ENOSYS, /* as if the kernel did not have it: libraries know another way */
	SANDBOX_KILL	/* the process ends */
};

/* One system call; where mask is not 0 only with (argument & mask) == value. */
struct sandbox_rule {
	const char *name; /* unknown names are passed over: kernels and machines differ */
	enum sandbox_action action;
	unsigned argument;
	uint64_t mask, value;
};

/* The filter for all threads of this process. otherwise: what no rule names. Errors: ERR_UNSUPPORTED */
bool sandbox_filter(const struct sandbox_rule *rules, size_t n, enum sandbox_action otherwise,
		    struct err *e) MUST_USE;

/* Version of the kernel's Landlock, 0: none. */
int sandbox_landlock(void);
/* From here on no file is opened and no TCP port bound or connected, as far as Landlock goes; what is open stays. */
bool sandbox_no_files(struct err *e) MUST_USE;

/*
 * Memory of the whole process (not in builds with sanitizers), processor time, and time by the clock on the wall, after
 * which it is killed; no descriptor, process, file content or core beyond what there is. 0: no limit.
 */
struct sandbox_limits {
	size_t memory_bytes;
	unsigned cpu_s, wall_s;
};
bool sandbox_limits(const struct sandbox_limits *l, struct err *e) MUST_USE;

/* No privilege comes back by running another program. */
bool sandbox_no_new_privileges(struct err *e) MUST_USE;

/* Bits of linux/capability.h. Cuts what this thread may do to keep; what it lacks it does not get. The bounding
 * set cannot be cut without CAP_SETPCAP, and then stays. */
bool sandbox_capabilities(uint64_t keep, struct err *e) MUST_USE;
void sandbox_bounding(uint64_t keep);
