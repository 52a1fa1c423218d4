/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/sandbox.h"
#include "core/reading/reader_message.h"

/*
 * The other side of core/reading/reader.h: the process that makes readers, and what one of them does. For
 * core/reading/reader.c, and for a test that plants something worse than a file.
 */
typedef bool (*reader_work_fn)(const struct reader_request *r, struct buf *reply, struct err *e);

struct reader_setup {
	reader_work_fn work;
	struct sandbox_limits limits;
};

/* Reads r and puts what it holds into reply. */
bool reader_work(const struct reader_request *r, struct buf *reply, struct err *e) MUST_USE;

/* reader_start() with something else to do. */
bool reader_start_with(const struct reader_setup *setup, struct err *e) MUST_USE;

/* Takes one socket a file from control until that is closed; each becomes a process. Does not return. */
_Noreturn void reader_serve(int control, const struct reader_setup *setup);
