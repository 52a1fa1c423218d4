/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/migrate.h"

/*
 * The catalogue of root and intermediate certificates that signature checks need. A digest that is not known is NULL;
 * the certificate itself lies in the stores, found by digest.
 */
const char schema_10[] =
	"CREATE TABLE required_roots ("
	" id INTEGER PRIMARY KEY,"
	" name TEXT NOT NULL,"
	" store TEXT NOT NULL CHECK (store IN ('Root', 'CA')),"
	" sha1 TEXT UNIQUE,"
	" sha256 TEXT UNIQUE,"
	" needed_for TEXT NOT NULL,"
	" since TEXT NOT NULL,"
	" shipped INTEGER NOT NULL CHECK (shipped IN (0, 1)),"
	" confirmed_by TEXT) STRICT;" /* who said that the certificate with this digest is the one */

	"PRAGMA user_version = 10;";
