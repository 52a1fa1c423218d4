/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "core/core.h"

/*
 * The whole console in one file, and back: a ZIP with AES-256 that holds manifest.json, the database in
 * pieces and the master key, which is sealed once more under the password (Argon2id). Private keys that may
 * not leave the machine are not in it: they are named as missing.
 */
#define CONSOLE_BACKUP_MAX_BYTES ((size_t)64 << 20) /* the file, packed: ZIP_MAX_BYTES */
#define CONSOLE_BACKUP_PIECE ((size_t)512 << 10)    /* bytes of the database in one member */

/*
 * report   {"bytes", "change_seq", "missing": [sha256 of certificates whose key is not in it]}
 * Errors   backup.password (none given), ERR_DENIED, ERR_IO
 */
bool console_backup_create(struct core *c, const struct actor *by, const struct secret *password,
			   struct buf *out, json_t **report_out, struct err *e) MUST_USE;

/*
 * Brings a console back, with no console running and nothing opened: from a file of console_backup_create(),
 * or (file empty) from the backup of this name in state_dir/backups. What was there is kept there as
 * replaced-TIME.sqlite and .key.
 * report   {"from", "kept": name or null, "change_seq"}
 * Errors   daemon.running, backup.wrong_password, backup.corrupt, store.newer_schema, ERR_NOT_FOUND, ERR_IO
 */
bool console_backup_restore(const char *state_dir, const struct core_hooks *hooks,
			    const struct actor *by, struct span file, const char *name,
			    const struct secret *password, json_t **report_out,
			    struct err *e) MUST_USE;
