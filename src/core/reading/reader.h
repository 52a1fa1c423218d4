/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/secret.h"
#include "base/span.h"
#include "core/reading/zip.h"
#include "core/roots/reg_file.h"
#include "x509/bag.h"

#include <stdbool.h>

/*
 * Reads files that come from anywhere in a process of their own, one a file: without network, files,
 * keys or other processes, and with limits on memory and time. What it answers is read again
 * strictly, so that a reader that was taken over can say no more than what a file could hold.
 *
 * Processes come from one that is forked at the start of the program, before there is any secret or
 * thread: it has nothing that a reader could find. For core/ alone; bag_read(), pfx_read(), p7b_read(),
 * zip_read() and reg_file_read() are for the reader itself (scripts/check-source).
 */
#define READER_MEMORY_MAX                                                                          \
	((size_t)1 << 30)   /* addresses of one reader; not in builds with sanitizers */
#define READER_CPU_MAX 60   /* seconds of computing on one file: PBE_WORK_MAX takes 30 */
#define READER_WALL_MAX 120 /* seconds for one file by the clock on the wall */
#define READER_REPLY_MAX                                                                           \
	((size_t)192 << 20) /* bytes of one answer: ZIP_TOTAL_MAX_BYTES and names */

/*
 * First thing in main(), single-threaded, with nothing secret in memory. Errors: ERR_IO, ERR_NOMEM,
 * ERR_UNSUPPORTED (the kernel has no seccomp). Without it every call below is ERR_BUG.
 */
bool reader_start(struct err *e) MUST_USE;
/* Ends and awaits the process; before the end of main(). Fine when none was started. */
void reader_stop(void);

/* As bag_read(), pfx_read() and zip_read(), with file.reader_stopped, file.reader_limit and file.reader_gone
 * besides. Threads: any. */
bool reader_bag(struct span in, const struct secret *password, bool allow_no_mac, struct bag *out,
		struct err *e) MUST_USE;
bool reader_pfx(struct span in, const struct secret *password, bool allow_no_mac, struct bag *out,
		struct err *e) MUST_USE;
/* As reg_file_read(). */
bool reader_reg(struct span in, struct reg_settings *out, struct err *e) MUST_USE;
bool reader_zip(struct span in, const struct secret *password, struct zip *out,
		struct err *e) MUST_USE;
