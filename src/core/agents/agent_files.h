/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "core/core.h"
#include "store/bindings.h"
#include "store/ipcer.h"

/*
 * For core/ alone: what agents know of the server, kept in step with the agents' binding. The rows
 * move in the transaction of the change (agent_files_follow), the file after it
 * (agent_files_write), under the database's write lock so that two programs cannot write it in the
 * wrong order; after a crash in between the start writes it again.
 */
#define AGENT_FILES_DIR "PCCSRV/Pccnt/Common"
#define IPCER_FILE "OfcIPCer.dat"

/* Within a transaction: where the agents' binding shows another certificate than the newest number
 * says, TrustedPeople gets its public copy (the former one of ours goes) and a new number is made.
 * A bound certificate that is not readable changes nothing. */
bool agent_files_follow(struct core *c, const char *reason, const char *change_id,
			struct err *e) MUST_USE;
/* Outside: writes OfcIPCer.dat if it is not what the newest number says. *wrote_out may be NULL. */
bool agent_files_write(struct core *c, bool *wrote_out, struct err *e) MUST_USE;
/* Within a transaction: the public copy into TrustedPeople. *added_out: it was not there. */
bool trusted_copy_add(struct core *c, const char *sha256, bool *added_out, struct err *e) MUST_USE;
bool trusted_copy_is_there(struct core *c, const char *sha256, bool *out, struct err *e) MUST_USE;

bool ipcer_path(const struct core *c, char *out, size_t size, struct err *e) MUST_USE;
/* The file's bytes; *found_out false when there is none. */
bool ipcer_file_read(struct core *c, struct buf *out, bool *found_out, struct err *e) MUST_USE;
