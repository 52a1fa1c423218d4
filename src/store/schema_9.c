/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/migrate.h"

/*
 * The host certificate that agents were told of before it is bound: at most one.
 */
const char schema_9[] = "CREATE TABLE ipcer_next ("
			" one INTEGER PRIMARY KEY CHECK (one = 1),"
			" sha256 TEXT NOT NULL,"
			" der BLOB NOT NULL," /* its own: it need not be in any store */
			" actor TEXT NOT NULL,"
			" created_at INTEGER NOT NULL) STRICT;"

			"PRAGMA user_version = 9;";
