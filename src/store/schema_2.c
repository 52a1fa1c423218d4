/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "store/migrate.h"

/*
 * Bindings, their changes, and what agents were given. A binding names its certificate by
 * fingerprint, never by a name, and the foreign key keeps it from going. A change keeps what was
 * before and after as JSON for ever; the held_ columns keep both certificates and issuer stores
 * from going while it is open, and are NULL afterwards.
 */
const char schema_2[] =
	"CREATE TABLE bindings ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT," /* never used again: history names it */
	" ip TEXT NOT NULL,"
	" port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),"
	" host TEXT NOT NULL,"
	" cert TEXT NOT NULL REFERENCES certificates (sha256) ON DELETE RESTRICT,"
	" client_certs INTEGER NOT NULL DEFAULT 0 CHECK (client_certs BETWEEN 0 AND 2),"
	" issuer_store_id INTEGER REFERENCES stores (id) ON DELETE RESTRICT,"
	" revocation INTEGER NOT NULL DEFAULT 0 CHECK (revocation BETWEEN 0 AND 2),"
	" check_usage INTEGER NOT NULL DEFAULT 1 CHECK (check_usage IN (0, 1)),"
	" agents INTEGER NOT NULL DEFAULT 0 CHECK (agents IN (0, 1)),"
	" is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),"
	" version INTEGER NOT NULL," /* change_seq of the last change: the entity tag */
	" UNIQUE (ip, port, host)) STRICT;"
	"CREATE INDEX bindings_cert ON bindings (cert);"
	"CREATE INDEX bindings_issuer_store ON bindings (issuer_store_id);"
	"CREATE UNIQUE INDEX bindings_one_agents ON bindings (agents) WHERE agents = 1;"
	"CREATE UNIQUE INDEX bindings_one_default ON bindings (is_default) WHERE is_default = 1;"

	"CREATE TABLE path_rules ("
	" binding_id INTEGER NOT NULL REFERENCES bindings (id) ON DELETE CASCADE,"
	" prefix TEXT NOT NULL,"
	" client_certs INTEGER NOT NULL CHECK (client_certs BETWEEN 0 AND 2),"
	" PRIMARY KEY (binding_id, prefix)) STRICT, WITHOUT ROWID;"

	/* further addresses of this run on which the default binding answers */
	"CREATE TABLE listeners ("
	" ip TEXT NOT NULL,"
	" port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),"
	" PRIMARY KEY (ip, port)) STRICT, WITHOUT ROWID;"

	"CREATE TABLE changes ("
	" id TEXT PRIMARY KEY,"
	" seq INTEGER NOT NULL UNIQUE," /* change_seq when it was staged: the order */
	" version INTEGER NOT NULL,"	/* change_seq of its last step: the entity tag */
	" binding_id INTEGER,"		/* NULL: a binding not yet made */
	" endpoint TEXT NOT NULL,"
	" state TEXT NOT NULL"
	"  CHECK (state IN ('staged', 'committed', 'confirmed', 'reverted', 'aborted')),"
	" before TEXT," /* JSON; NULL: there was no such binding */
	" after TEXT NOT NULL,"
	" held_before TEXT REFERENCES certificates (sha256) ON DELETE RESTRICT,"
	" held_after TEXT REFERENCES certificates (sha256) ON DELETE RESTRICT,"
	" held_before_store_id INTEGER REFERENCES stores (id) ON DELETE RESTRICT,"
	" held_after_store_id INTEGER REFERENCES stores (id) ON DELETE RESTRICT,"
	" agents_from INTEGER," /* the binding that was the agents' before */
	" confirm_within INTEGER NOT NULL DEFAULT 0,"
	" confirm_until INTEGER," /* committed: by then it is confirmed, or returns */
	" prove_until INTEGER,"	  /* committed: by then its maker has proved it, or somebody does */
	" proved INTEGER NOT NULL DEFAULT 0 CHECK (proved IN (0, 1)),"
	" tls_generation INTEGER NOT NULL DEFAULT 0," /* that the commit made */
	" created_at INTEGER NOT NULL,"
	" committed_at INTEGER,"
	" ended_at INTEGER,"
	" actor TEXT NOT NULL,"
	" via TEXT NOT NULL,"
	" override TEXT," /* the reason that was given for overriding failed checks */
	" checks TEXT NOT NULL,"
	" evidence TEXT NOT NULL DEFAULT '') STRICT;" /* of the proof, or why it went back */
	"CREATE INDEX changes_binding ON changes (binding_id, seq);"
	"CREATE INDEX changes_held_before ON changes (held_before);"
	"CREATE INDEX changes_held_after ON changes (held_after);"
	"CREATE UNIQUE INDEX changes_one_open ON changes (endpoint)"
	" WHERE state IN ('staged', 'committed');"
	"CREATE INDEX changes_unproved ON changes (seq) WHERE state = 'confirmed' AND proved = 0;"

	/* what OfcIPCer.dat held, every number kept */
	"CREATE TABLE ipcer ("
	" number INTEGER PRIMARY KEY AUTOINCREMENT,"
	" sha256 TEXT NOT NULL,"
	" der BLOB NOT NULL,"
	" reason TEXT NOT NULL," /* bound, reverted, repaired, published */
	" change_id TEXT,"
	" trusted_by_us INTEGER NOT NULL," /* the copy in TrustedPeople is ours to take away */
	" created_at INTEGER NOT NULL) STRICT;"

	"DROP VIEW cert_uses;"
	"CREATE VIEW cert_uses (cert_id, kind, name) AS"
	" SELECT c.id, 'binding', b.ip || ':' || b.port || ':' || b.host"
	"  FROM bindings b JOIN certificates c ON c.sha256 = b.cert"
	" UNION ALL SELECT c.id, 'change', h.id"
	"  FROM changes h JOIN certificates c ON c.sha256 = h.held_after"
	" UNION ALL SELECT c.id, 'change', h.id"
	"  FROM changes h JOIN certificates c ON c.sha256 = h.held_before;"
	"DROP VIEW store_uses;"
	"CREATE VIEW store_uses (store_id, kind, name) AS"
	" SELECT issuer_store_id, 'binding', ip || ':' || port || ':' || host"
	"  FROM bindings WHERE issuer_store_id IS NOT NULL"
	" UNION ALL SELECT held_after_store_id, 'change', id"
	"  FROM changes WHERE held_after_store_id IS NOT NULL"
	" UNION ALL SELECT held_before_store_id, 'change', id"
	"  FROM changes WHERE held_before_store_id IS NOT NULL;"

	"PRAGMA user_version = 2;";
