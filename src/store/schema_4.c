/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/migrate.h"

/*
 * Agents, as they last told of themselves. What an agent claims is kept apart from what was seen:
 * address is where its last message came from, pinned_address what an administrator said.
 */
const char schema_4[] =
	"CREATE TABLE agents ("
	" id TEXT PRIMARY KEY," /* 128 random bits in hex, made by the agent */
	" name TEXT NOT NULL,"
	" address TEXT NOT NULL,"
	" pinned_address TEXT,"
	" port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),"
	" versions TEXT NOT NULL DEFAULT '{}'," /* JSON */
	" listener_sha256 TEXT NOT NULL," /* of the public key of its ofcsslagent certificate */
	" secret_hash BLOB NOT NULL,"	  /* SHA-256 */
	" ntcer_sha256 TEXT NOT NULL,"
	" ipcer_sha256 TEXT NOT NULL,"
	" publication INTEGER NOT NULL DEFAULT 0,"
	" refusals INTEGER NOT NULL DEFAULT 0," /* that it reported */
	" last_refusal TEXT NOT NULL DEFAULT '',"
	" registered_at INTEGER NOT NULL,"
	" last_seen_at INTEGER NOT NULL) STRICT;"
	"CREATE INDEX agents_name ON agents (name COLLATE NOCASE, id);"
	"CREATE INDEX agents_seen ON agents (last_seen_at);"
	"CREATE INDEX agents_files ON agents (ntcer_sha256, ipcer_sha256);"

	/* why an agent counts as mismatched, if it does; recoverable: it holds a key that was ours */
	"CREATE VIEW agent_states (id, ntcer_current, ntcer_known, ipcer_current) AS"
	" SELECT a.id,"
	"  EXISTS (SELECT 1 FROM authentication_keys k WHERE k.cert = a.ntcer_sha256 AND k.current "
	"= 1),"
	"  EXISTS (SELECT 1 FROM authentication_keys k WHERE k.cert = a.ntcer_sha256),"
	"  a.ipcer_sha256 = (SELECT sha256 FROM ipcer ORDER BY number DESC LIMIT 1)"
	" FROM agents a;"

	"PRAGMA user_version = 4;";
