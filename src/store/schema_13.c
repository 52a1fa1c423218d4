/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/migrate.h"

/*
 * Update packages, whose files lie beside the database, and how far each agent is with them.
 * Times are of this server's clock. Step 14 took update_policy_on away again and made the index anew.
 */
const char schema_13[] =
	"CREATE TABLE update_packages ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" package TEXT NOT NULL,"
	" version TEXT NOT NULL,"
	" sha256 TEXT NOT NULL UNIQUE," /* of the ZIP */
	" bytes INTEGER NOT NULL,"
	" p7s BLOB NOT NULL,"
	" files TEXT NOT NULL," /* JSON: those of the manifest */
	" offered INTEGER NOT NULL DEFAULT 0 CHECK (offered IN (0, 1)),"
	" added_at INTEGER NOT NULL,"
	" added_by TEXT NOT NULL,"
	" UNIQUE (package, version)) STRICT;"
	/* one version of each package is offered */
	"CREATE UNIQUE INDEX update_packages_offered ON update_packages (package) WHERE offered = "
	"1;"

	"ALTER TABLE agents ADD COLUMN update_state INTEGER NOT NULL DEFAULT 0;" /* store/agent_updates.h */
	"ALTER TABLE agents ADD COLUMN update_cause INTEGER NOT NULL DEFAULT 0;" /* store/agent_updates.h */
	"ALTER TABLE agents ADD COLUMN update_since INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE agents ADD COLUMN update_package TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE agents ADD COLUMN update_version TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE agents ADD COLUMN update_installed TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE agents ADD COLUMN update_reason TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE agents ADD COLUMN update_missing TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE agents ADD COLUMN update_missing_kind TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE agents ADD COLUMN update_missing_sha256 TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE agents ADD COLUMN update_policy_on INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE agents ADD COLUMN clock_skew_s INTEGER NOT NULL DEFAULT 0;" /* its clock less ours */
	"CREATE INDEX agents_update ON agents (update_state, update_cause, update_since,"
	" last_seen_at, update_missing, update_missing_sha256, update_missing_kind,"
	" update_policy_on);"

	"PRAGMA user_version = 13;";
