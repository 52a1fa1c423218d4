/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/migrate.h"

/*
 * Client certificates that stand for accounts, and the certificate that a session was opened with.
 */
const char schema_7[] =
	"CREATE TABLE account_certificates ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,"
	" kind TEXT NOT NULL CHECK (kind IN ('certificate', 'serial', 'upn', 'email')),"
	" value TEXT NOT NULL,"		 /* what is compared: hex, or a name in one spelling */
	" issuer_sha256 TEXT NOT NULL,"	 /* '' with kind certificate */
	" issuer_subject TEXT NOT NULL," /* to be read by people */
	" issuer_name BLOB NOT NULL,"	 /* canonical; with the key, who the issuer is */
	" issuer_key BLOB NOT NULL,"	 /* SHA-256 of its SubjectPublicKeyInfo */
	" deny INTEGER NOT NULL CHECK (deny IN (0, 1)),"
	" created_at INTEGER NOT NULL,"
	" created_by TEXT NOT NULL,"
	" UNIQUE (account_id, kind, value, issuer_name, issuer_key)) STRICT;"
	"CREATE INDEX account_certificates_value ON account_certificates (value);"

	/* SHA-256 of the leaf; NULL: by password */
	"ALTER TABLE sessions ADD COLUMN certificate TEXT;"

	"PRAGMA user_version = 7;";
