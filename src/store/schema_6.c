/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/migrate.h"

/*
 * Revocation as bindings set it, where lists come from, and changes of the trust mode among those of
 * bindings.
 */
const char schema_6[] =
	/* the check on revocation knows 0 to 2; the last good list that counts is a column of its own */
	"ALTER TABLE bindings ADD COLUMN revocation_last_good INTEGER NOT NULL DEFAULT 0"
	" CHECK (revocation_last_good IN (0, 1));"
	"ALTER TABLE bindings ADD COLUMN revocation_cached_only INTEGER NOT NULL DEFAULT 0"
	" CHECK (revocation_cached_only IN (0, 1));"
	"ALTER TABLE bindings ADD COLUMN revocation_freshness INTEGER NOT NULL DEFAULT 0"
	" CHECK (revocation_freshness >= 0);"

	"ALTER TABLE changes ADD COLUMN kind TEXT NOT NULL DEFAULT 'binding'"
	" CHECK (kind IN ('binding', 'trust_mode'));"

	/* when a list was last heard to be its issuer's present one, and from where it came */
	"ALTER TABLE crls ADD COLUMN checked_at INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE crls ADD COLUMN source TEXT NOT NULL DEFAULT '';"
	"UPDATE crls SET checked_at = added_at;"

	/* distribution points, as certificates of the stores and of good clients name them */
	"CREATE TABLE crl_points ("
	" url TEXT PRIMARY KEY,"
	" issuer TEXT NOT NULL,"
	" issuer_der BLOB NOT NULL,"
	" is_delta INTEGER NOT NULL CHECK (is_delta IN (0, 1)),"
	" origin TEXT NOT NULL CHECK (origin IN ('store', 'client', 'list')),"
	" seen_at INTEGER NOT NULL," /* last named by somebody */
	" tried_at INTEGER,"
	" good_at INTEGER,"
	" next_at INTEGER NOT NULL,"		/* not tried before */
	" failures INTEGER NOT NULL DEFAULT 0," /* since good_at */
	" error TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;"
	"CREATE INDEX crl_points_next ON crl_points (next_at);"
	"CREATE INDEX crl_points_issuer ON crl_points (issuer_der);"

	"PRAGMA user_version = 6;";
