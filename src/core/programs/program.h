/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "trust/judge.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The program that a process runs: its open executable, and whether that carries a good signature. The file is opened
 * once, through /proc, and digested from there, so that nobody can exchange it in between; PATH.p7s beside it is a
 * detached CMS signature over it by somebody who is meant for code signing and whose chain the view believes now.
 * What this says is about the file on disk. docs/IPC.md has what it does not say.
 *
 * Errors   ipc.unseen (the kernel does not show it), ipc.unsigned, ipc.signature, ipc.chain; ERR_IO, ERR_NOMEM
 * Threads  any
 */
#define PROGRAM_MAX_BYTES ((int64_t)256 << 20) /* one executable */
#define PROGRAM_CACHE_MAX 32		       /* executables whose digest is kept */
#define PROGRAM_SIGNATURE ".p7s"	       /* beside the executable */

struct program {
	int fd;
	bool replaced; /* another file has its name by now, or none */
	char path[PATH_MAX];
};

#define PROGRAM_INIT                                                                               \
	{                                                                                          \
		.fd = -1                                                                           \
	}
void program_clear(struct program *p);
#define AUTO_PROGRAM AUTO(program_clear)

/* The caller sees to it that pid is still the same process afterwards. 0: this program. */
bool program_open(pid_t pid, struct program *out, struct err *e) MUST_USE;
/* A file that is to be run. */
bool program_open_file(const char *path, struct program *out, struct err *e) MUST_USE;

/* core/programs/program_signature.c */
bool program_is_signed(const struct program *p, const struct trust_view *view, int64_t now_s,
		       struct err *e) MUST_USE;
/* How many executables were digested so far, the kept ones not counted. */
uint64_t program_digests(void);
