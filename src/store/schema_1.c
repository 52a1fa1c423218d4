/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/migrate.h"

/*
 * Times are Unix seconds. Fingerprints are lower-case hex. Nothing cascades: whoever deletes says
 * what else goes. A removed certificate keeps its rows, marked, until it is purged; removed_seq
 * says which removal took a membership away, so that coming back restores exactly that one.
 */
const char schema_1[] =
	"CREATE TABLE counters ("
	" name TEXT PRIMARY KEY,"
	" value INTEGER NOT NULL) STRICT;"
	"INSERT INTO counters VALUES ('trust_generation', 1), ('tls_generation', 1),"
	" ('change_seq', 0);"

	/* small things of the program's own: master key id, head of the audit chain, setup code */
	"CREATE TABLE meta ("
	" name TEXT PRIMARY KEY,"
	" value BLOB NOT NULL) STRICT;"

	"CREATE TABLE settings ("
	" name TEXT PRIMARY KEY,"
	" value TEXT NOT NULL," /* JSON */
	" changed_at INTEGER NOT NULL) STRICT;"

	"CREATE TABLE stores ("
	" id INTEGER PRIMARY KEY,"
	" name TEXT NOT NULL UNIQUE COLLATE NOCASE,"
	" builtin INTEGER NOT NULL CHECK (builtin IN (0, 1)),"
	" created_at INTEGER NOT NULL) STRICT;"
	"INSERT INTO stores (name, builtin, created_at) VALUES ('My', 1, 0), ('WebHosting', 1, 0),"
	" ('Root', 1, 0), ('CA', 1, 0), ('TrustedPeople', 1, 0), ('Disallowed', 1, 0),"
	" ('ClientAuthIssuer', 1, 0), ('OfficeScan NT', 1, 0), ('OfficeScan NT Expired', 1, 0);"

	/* private keys, sealed; one row serves every certificate with this public key */
	"CREATE TABLE keys ("
	" id INTEGER PRIMARY KEY,"
	" spki_sha256 TEXT NOT NULL UNIQUE,"
	" type TEXT NOT NULL,"
	" bits INTEGER NOT NULL,"
	" sealed BLOB NOT NULL,"
	" exportable INTEGER NOT NULL CHECK (exportable IN (0, 1)),"
	" created_at INTEGER NOT NULL) STRICT;"

	"CREATE TABLE certificates ("
	" id INTEGER PRIMARY KEY,"
	" sha256 TEXT NOT NULL UNIQUE,"
	" sha1 TEXT NOT NULL,"
	" spki_sha256 TEXT NOT NULL,"
	" key_id INTEGER REFERENCES keys (id) ON DELETE RESTRICT,"
	" der BLOB NOT NULL,"
	" friendly_name TEXT NOT NULL DEFAULT '',"
	" subject TEXT NOT NULL,"
	" issuer TEXT NOT NULL,"
	" search TEXT NOT NULL," /* names and SANs in lower case */
	" not_before INTEGER NOT NULL,"
	" not_after INTEGER NOT NULL,"
	" is_ca INTEGER NOT NULL,"
	" self_signed INTEGER NOT NULL," /* the signature verifies with its own key */
	" for_server INTEGER NOT NULL,"
	" for_client INTEGER NOT NULL,"
	" added_at INTEGER NOT NULL,"
	" removed_at INTEGER) STRICT;"
	"CREATE INDEX certificates_sha1 ON certificates (sha1);"
	"CREATE INDEX certificates_spki ON certificates (spki_sha256);"
	"CREATE INDEX certificates_friendly ON certificates (friendly_name COLLATE NOCASE);"
	"CREATE INDEX certificates_key ON certificates (key_id);"

	"CREATE TABLE memberships ("
	" store_id INTEGER NOT NULL REFERENCES stores (id) ON DELETE RESTRICT,"
	" cert_id INTEGER NOT NULL REFERENCES certificates (id) ON DELETE RESTRICT,"
	" added_at INTEGER NOT NULL,"
	" removed_at INTEGER,"
	" removed_seq INTEGER,"
	" PRIMARY KEY (store_id, cert_id)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX memberships_cert ON memberships (cert_id);"

	/* who relies on what: see migrate.h */
	"CREATE VIEW cert_uses (cert_id, kind, name) AS SELECT NULL, NULL, NULL WHERE 0;"
	"CREATE VIEW store_uses (store_id, kind, name) AS SELECT NULL, NULL, NULL WHERE 0;"
	"CREATE TRIGGER certificates_in_use BEFORE UPDATE OF removed_at ON certificates"
	" WHEN NEW.removed_at IS NOT NULL"
	" AND EXISTS (SELECT 1 FROM cert_uses WHERE cert_id = NEW.id)"
	" BEGIN SELECT RAISE(ABORT, 'the certificate is in use'); END;"

	"CREATE TABLE csrs ("
	" id TEXT PRIMARY KEY,"
	" key_id INTEGER NOT NULL REFERENCES keys (id) ON DELETE RESTRICT,"
	" spki_sha256 TEXT NOT NULL,"
	" der BLOB NOT NULL,"
	" common_name TEXT NOT NULL,"
	" names TEXT NOT NULL," /* JSON array of \"DNS:x\", \"IP:y\" */
	" key_spec TEXT NOT NULL,"
	" friendly_name TEXT NOT NULL,"
	" renews TEXT NOT NULL," /* SHA-256 of the certificate that it renews, or '' */
	" created_at INTEGER NOT NULL,"
	" created_by TEXT NOT NULL,"
	" completed_at INTEGER,"
	" cert_id INTEGER REFERENCES certificates (id) ON DELETE RESTRICT) STRICT;"
	"CREATE INDEX csrs_spki ON csrs (spki_sha256);"
	"CREATE INDEX csrs_cert ON csrs (cert_id);"
	"CREATE INDEX csrs_key ON csrs (key_id);"

	"CREATE TABLE crls ("
	" id INTEGER PRIMARY KEY,"
	" sha256 TEXT NOT NULL UNIQUE,"
	" issuer TEXT NOT NULL,"
	" issuer_der BLOB NOT NULL,"
	" number TEXT NOT NULL," /* hex, '' when the list has none */
	" der BLOB NOT NULL,"
	" is_delta INTEGER NOT NULL,"
	" this_update INTEGER NOT NULL,"
	" next_update INTEGER," /* NULL when the list names none */
	" n_entries INTEGER NOT NULL,"
	" added_at INTEGER NOT NULL) STRICT;"
	"CREATE INDEX crls_issuer ON crls (issuer_der);"

	"CREATE TABLE accounts ("
	" id INTEGER PRIMARY KEY,"
	" name TEXT NOT NULL UNIQUE COLLATE NOCASE,"
	" role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 3),"
	" password TEXT NOT NULL," /* Argon2id, with salt and parameters */
	" created_at INTEGER NOT NULL,"
	" changed_at INTEGER NOT NULL,"
	" last_login_at INTEGER) STRICT;"

	"CREATE TABLE sessions ("
	" id TEXT PRIMARY KEY,"	      /* public, for lists */
	" hash BLOB NOT NULL UNIQUE," /* SHA-256 of the cookie */
	" account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE RESTRICT,"
	" address TEXT NOT NULL,"
	" created_at INTEGER NOT NULL,"
	" seen_at INTEGER NOT NULL,"
	" expires_at INTEGER NOT NULL) STRICT;"
	"CREATE INDEX sessions_account ON sessions (account_id);"

	"CREATE TABLE tokens ("
	" id TEXT PRIMARY KEY,"
	" name TEXT NOT NULL UNIQUE COLLATE NOCASE,"
	" hash BLOB NOT NULL UNIQUE," /* SHA-256 of the token */
	" role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 3),"
	" created_at INTEGER NOT NULL,"
	" created_by TEXT NOT NULL,"
	" expires_at INTEGER,"
	" used_at INTEGER) STRICT;"

	/* failed logins, by account and by address */
	"CREATE TABLE login_failures ("
	" subject TEXT PRIMARY KEY,"
	" n INTEGER NOT NULL,"
	" last_at INTEGER NOT NULL) STRICT;"

	"CREATE TABLE audit ("
	" seq INTEGER PRIMARY KEY,"
	" at INTEGER NOT NULL,"
	" actor TEXT NOT NULL,"
	" via TEXT NOT NULL,"
	" address TEXT NOT NULL,"
	" request_id TEXT NOT NULL,"
	" action TEXT NOT NULL,"
	" object TEXT NOT NULL,"
	" detail TEXT NOT NULL," /* JSON */
	" prev BLOB NOT NULL,"
	" hash BLOB NOT NULL) STRICT;"
	"CREATE INDEX audit_action ON audit (action);"
	"CREATE INDEX audit_object ON audit (object);"
	"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit"
	" BEGIN SELECT RAISE(ABORT, 'the audit trail is not rewritten'); END;"
	"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit"
	" BEGIN SELECT RAISE(ABORT, 'the audit trail is not shortened'); END;"

	"PRAGMA application_id = 1128416334;" /* "CBDN": tells file(1) and us whose it is */
	"PRAGMA user_version = 1;";
