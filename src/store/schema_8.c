/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/migrate.h"

/*
 * Agents that speak: what they prove themselves with, how they stand (store/agents.h, kept beside
 * the row so that lists of many need no arithmetic), what happened to each, and commands on their
 * way. Work on agents is kept by rowid of its rollout, so that a restart goes on where it was.
 */
const char schema_8[] =
	"DROP VIEW agent_states;"
	"DROP INDEX agents_name;"
	"DROP INDEX agents_seen;"
	"DROP INDEX agents_files;"
	"ALTER TABLE agents ADD COLUMN ipcer_next TEXT NOT NULL DEFAULT '';" /* also accepted */
	"ALTER TABLE agents ADD COLUMN secret_next BLOB;" /* SHA-256; counts once it is used */
	"ALTER TABLE agents ADD COLUMN is_proved INTEGER NOT NULL DEFAULT 0;" /* used its secret */
	"ALTER TABLE agents ADD COLUMN token_at INTEGER NOT NULL DEFAULT 0;" /* last registration */
	"ALTER TABLE agents ADD COLUMN token_jti TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE agents ADD COLUMN states TEXT NOT NULL DEFAULT '{}';" /* JSON */
	"ALTER TABLE agents ADD COLUMN standing INTEGER NOT NULL DEFAULT 3;"
	"ALTER TABLE agents ADD COLUMN clones INTEGER NOT NULL DEFAULT 0;"
	/* all that a list filters by, so that the rows themselves are not visited */
	"CREATE INDEX agents_list ON agents (name COLLATE NOCASE, id, address, standing, "
	"last_seen_at);"
	"CREATE INDEX agents_standing ON agents (standing, last_seen_at);"
	"CREATE INDEX agents_address ON agents (address);"
	"CREATE INDEX agents_unproved ON agents (registered_at) WHERE is_proved = 0;"

	"CREATE TABLE agent_events ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" agent TEXT NOT NULL,"
	" at INTEGER NOT NULL,"
	" kind TEXT NOT NULL," /* registered, clone, command, refusal, result */
	" text TEXT NOT NULL,"
	" n INTEGER NOT NULL DEFAULT 1) STRICT;"
	"CREATE INDEX agent_events_agent ON agent_events (agent, id);"

	"CREATE TABLE rollouts ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" kind TEXT NOT NULL CHECK (kind IN ('notify', 'rollout')),"
	" cmd TEXT NOT NULL,"
	" args TEXT NOT NULL," /* JSON */
	" state TEXT NOT NULL CHECK (state IN ('running', 'paused', 'cancelled', 'done')),"
	" parallel INTEGER NOT NULL,"
	" attempts INTEGER NOT NULL," /* at most */
	" jitter_ms INTEGER NOT NULL,"
	" actor TEXT NOT NULL,"
	" created_at INTEGER NOT NULL,"
	" ended_at INTEGER NOT NULL DEFAULT 0) STRICT;"
	"CREATE INDEX rollouts_running ON rollouts (id) WHERE state = 'running';"

	"CREATE TABLE rollout_agents ("
	" rollout INTEGER NOT NULL REFERENCES rollouts (id) ON DELETE CASCADE,"
	" agent TEXT NOT NULL,"
	" state INTEGER NOT NULL DEFAULT 0," /* store/rollouts.h */
	" attempts INTEGER NOT NULL DEFAULT 0,"
	" due_ms INTEGER NOT NULL,"
	" code TEXT NOT NULL DEFAULT '',"
	" detail TEXT NOT NULL DEFAULT '',"
	" ended_at INTEGER NOT NULL DEFAULT 0,"
	" PRIMARY KEY (rollout, agent)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX rollout_agents_due ON rollout_agents (rollout, state, due_ms);"

	"PRAGMA user_version = 8;";
