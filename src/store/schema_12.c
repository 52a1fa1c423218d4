/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/migrate.h"

/*
 * What lies in the trust directories of agents. Agents with the same certificates share one inventory; what it is worth
 * against the catalogue stands beside it, one byte an entry in order of their ids, so that a fleet is counted in one
 * walk over few bytes. What was reported of a certificate is kept once, for as long as an inventory holds it.
 */
const char schema_12[] =
	"CREATE TABLE reported_certificates ("
	" id INTEGER PRIMARY KEY,"
	" sha256 BLOB NOT NULL UNIQUE,"
	" subject TEXT NOT NULL," /* as the first agent that holds it said */
	" not_after INTEGER NOT NULL,"
	" uses INTEGER NOT NULL) STRICT;" /* inventories that hold it */

	"CREATE TABLE inventories ("
	" id INTEGER PRIMARY KEY,"
	" digest TEXT NOT NULL UNIQUE,"	  /* SHA-256 over the sorted lines STORE:SHA256 */
	" members BLOB NOT NULL) STRICT;" /* 5 bytes each: id of the certificate, place */

	"CREATE TABLE inventory_standings ("
	" inventory INTEGER PRIMARY KEY,"
	" standing BLOB NOT NULL) STRICT;"

	/* what agents are offered; the revision only grows, also over a restored backup */
	"CREATE TABLE root_offer ("
	" one INTEGER PRIMARY KEY CHECK (one = 1),"
	" revision INTEGER NOT NULL,"
	" digest TEXT NOT NULL,"
	" trust_generation INTEGER NOT NULL,"	 /* of the stores that it was made from */
	" valid_until INTEGER NOT NULL) STRICT;" /* then one of its certificates ends */

	"ALTER TABLE agents ADD COLUMN inventory INTEGER;" /* NULL: none was sent */
	"ALTER TABLE agents ADD COLUMN inventory_at INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE agents ADD COLUMN root_policy INTEGER NOT NULL DEFAULT 0" /* the server's, on, off */
	" CHECK (root_policy BETWEEN 0 AND 2);"
	"CREATE INDEX agents_inventory ON agents (inventory, root_policy);"
	"CREATE INDEX agents_roots ON agents (name COLLATE NOCASE, id, inventory);"

	"PRAGMA user_version = 12;";
