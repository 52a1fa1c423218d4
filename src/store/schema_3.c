/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/migrate.h"

/*
 * The keys by which agents recognise the server, and what was published to them. An authentication
 * certificate is pinned for ever, also when it is replaced: an agent that still holds its public
 * half must be able to follow.
 */
const char schema_3[] =
	"CREATE TABLE authentication_keys ("
	" cert TEXT PRIMARY KEY REFERENCES certificates (sha256) ON DELETE RESTRICT,"
	" current INTEGER NOT NULL CHECK (current IN (0, 1)),"
	" made_at INTEGER NOT NULL,"
	" replaced_at INTEGER,"		 /* NULL while current */
	" reason TEXT NOT NULL) STRICT;" /* why it was replaced: publications' reasons; '' */
	"CREATE UNIQUE INDEX authentication_keys_one_current"
	" ON authentication_keys (current) WHERE current = 1;"

	"CREATE TABLE publications ("
	" number INTEGER PRIMARY KEY,"
	" token TEXT NOT NULL,"	    /* compact JWS */
	" sha256 TEXT NOT NULL,"    /* of the token */
	" ntcer TEXT NOT NULL,"	    /* the authentication certificate that it announces */
	" signed_by TEXT NOT NULL," /* the one that signed it */
	" reason TEXT NOT NULL"
	"  CHECK (reason IN ('first', 'renewed', 'rebound', 'restored', 'leaked')),"
	" created_at INTEGER NOT NULL) STRICT;"

	"DROP VIEW cert_uses;"
	"CREATE VIEW cert_uses (cert_id, kind, name) AS"
	" SELECT c.id, 'binding', b.ip || ':' || b.port || ':' || b.host"
	"  FROM bindings b JOIN certificates c ON c.sha256 = b.cert"
	" UNION ALL SELECT c.id, 'change', h.id"
	"  FROM changes h JOIN certificates c ON c.sha256 = h.held_after"
	" UNION ALL SELECT c.id, 'change', h.id"
	"  FROM changes h JOIN certificates c ON c.sha256 = h.held_before"
	" UNION ALL SELECT c.id, 'authentication key', CASE k.current WHEN 1 THEN 'current' ELSE "
	"'former' END"
	"  FROM authentication_keys k JOIN certificates c ON c.sha256 = k.cert;"

	"PRAGMA user_version = 3;";
