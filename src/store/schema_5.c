/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/migrate.h"

/*
 * Refused client certificates: a ring, trimmed by whoever writes. The same refusal again counts up.
 */
const char schema_5[] = "CREATE TABLE refusals ("
			" id INTEGER PRIMARY KEY AUTOINCREMENT,"
			" at INTEGER NOT NULL,"
			" last_at INTEGER NOT NULL,"
			" n INTEGER NOT NULL,"
			" binding_id INTEGER NOT NULL," /* as it was: the binding may be gone */
			" endpoint TEXT NOT NULL,"
			" client TEXT NOT NULL,"
			" mode INTEGER NOT NULL,"
			" trust_generation INTEGER NOT NULL,"
			" substatus INTEGER NOT NULL,"
			" win32 INTEGER NOT NULL,"
			" reason TEXT NOT NULL,"
			" explanation TEXT NOT NULL,"
			" subject TEXT NOT NULL,"   /* '' when nothing was sent */
			" sha256 TEXT NOT NULL,"    /* of the leaf, '' likewise */
			" verdict TEXT NOT NULL,"   /* JSON, core/view/view_verdict.h */
			" presented TEXT NOT NULL," /* PEM, leaf first */
			" UNIQUE (binding_id, client, sha256, reason, trust_generation)) STRICT;"

			"PRAGMA user_version = 5;";
