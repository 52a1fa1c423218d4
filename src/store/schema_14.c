/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/migrate.h"

/*
 * Which entry of the catalogue an agent's update waits for, and an index that holds all that updates are counted and
 * found by: the rows themselves, with their long reports, are not visited.
 */
const char schema_14[] =
	"DROP INDEX agents_update;"
	"ALTER TABLE agents DROP COLUMN update_policy_on;"
	"ALTER TABLE agents ADD COLUMN update_entry INTEGER NOT NULL DEFAULT 0;" /* 0: none */
	"CREATE INDEX agents_update ON agents (update_state, update_cause, update_since,"
	" last_seen_at, root_policy, update_entry, update_missing, update_missing_sha256,"
	" update_missing_kind);"

	"PRAGMA user_version = 14;";
